"""Person: what is noted about a user, said to that user: "The user lives in Lisbon" -> "You live in Lisbon."

Where it is not certain who is meant, the note is not rewritten.
"""

import re
from dataclasses import dataclass, field

from query.answerer.english import BASE, coordinated, is_adverb, is_finite, is_past, with_you, words

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\s+|[^\w\s]|_")
_USER = re.compile(r"\b(?:(the|this|our) )?user(?:'s)?\b", re.IGNORECASE)
_YOU = frozenset("you your yours yourself yourselves you're you've you'll you'd u".split())
_SUBJECTS = {"i": "you", "we": "you", "i'm": "you are", "we're": "you are", "i've": "you have", "we've": "you have"} | {
    f"{who}'{end}": f"you'{end}" for who in ("i", "we") for end in ("ll", "d")
}
_FIRST = {
    **_SUBJECTS,
    "my": "your",
    "our": "your",
    "me": "you",
    "us": "you",
    "mine": "yours",
    "ours": "yours",
    "myself": "yourself",
    "ourselves": "yourself",
}
_THEY = {"they": "you", "their": "your", "them": "you", "theirs": "yours", "themselves": "yourself", "themself": "yourself"}
_THEY |= {"they're": "you are", "they've": "you have"}
_HE = {"he": "you", "she": "you", "his": "your", "her": "your", "him": "you", "hers": "yours", "himself": "yourself"}
_HE |= {"herself": "yourself", "he's": "you are", "she's": "you are"}
_HIS_SUBJECTS = frozenset({"he", "she"})
_CLAUSES = frozenset(
    "and but or that because when if where while since although though as so what whether before after until than how why".split()
)
_RELATIVE = frozenset({"who", "which", "that", "whose", "where"})
_SINGLE = frozenset("wife husband mother father mom dad mum son daughter brother sister girlfriend boyfriend uncle aunt dog cat".split())
_ANYONE = frozenset("friend partner child boss manager colleague client customer somebody someone person team company neighbor".split())
_PLURALS = frozenset("kids children parents people siblings twins family".split()) | {f"{word}s" for word in _SINGLE | _ANYONE}
_NOT_A_USER = frozenset(
    "interface interfaces experience story stories name names account accounts group groups id ids manual guide data base input agent "
    "settings profile profiles role roles test tests research feedback table model service session".split()
)
"""What "user" may be the first half of."""
_ENGLISH = frozenset(
    "the and with are am i'm i've my this that these from about who which because when been would could should very really also every "
    "not don't for have has name favorite favourite is".split()
)
_ENDS = (".", "!", "?", "…", "。", '"', "”", ")")


def told(content: str, speaker: str | None = None) -> str:
    """The note as a reply to its user says it: one or more sentences, in the second person where that is safe, else quoted."""
    text = " ".join(content.replace("’", "'").split())
    said = _second_person(text, speaker)
    if said is not None:
        return _sentence(said)
    who = "I have this noted" if speaker in (None, "user") else f"{'The assistant' if speaker == 'assistant' else speaker} said"
    return f'{who}: "{text}"'


def _second_person(text: str, speaker: str | None) -> str | None:
    """None where it is not clear who is meant."""
    pieces = _TOKEN.findall(text)
    spoken = _unquoted(pieces)
    lows = {low for low in spoken if low}
    first = bool(lows & _FIRST.keys() - {"us"}) or "us" in (piece for piece, low in zip(pieces, spoken, strict=True) if low)
    third = bool(_USER.search(text))
    if lows & _YOU or (first and (third or speaker not in (None, "user") or not _is_english(lows))):
        return None
    if first:
        return _from_first(pieces, spoken)
    return _Telling(pieces, spoken).told() if third else _from_fragment(text)


def _unquoted(pieces: list[str]) -> list[str]:
    """Each piece in small letters, empty where it is no word or stands in quotation marks."""
    lows, quoted = [], False
    for place, piece in enumerate(pieces):
        if piece in '"“”':
            quoted = piece == "“" or (piece == '"' and not quoted and '"' in pieces[place + 1 :])
        lows.append(piece.lower() if piece[0].isalnum() and not quoted else "")
    return lows


def _is_english(lows: set[str]) -> bool:
    """Whether it surely is: "me", "we", "I" and "my" are words of other languages too."""
    return len(lows & _ENGLISH) > 1 or any(len(low) > 3 and (low in BASE or is_past(low)) for low in lows) or bool(lows & {"i'm", "i've"})


def _from_first(pieces: list[str], spoken: list[str]) -> str:
    """ "I am", "my dog": only the verb "to be" has another form."""
    out: list[str] = []
    subject = False
    for place, (piece, low) in enumerate(zip(pieces, spoken, strict=True)):
        if not low or piece == "US" or (low == "i" and _is_numeral(pieces, place)):
            out.append(piece)
        elif low in _FIRST:
            out.append(_FIRST[low])
            subject = low in {"i", "we"}
        else:
            out.append({"am": "are", "was": "were", "wasn't": "weren't"}.get(low, piece) if subject else piece)
            subject = subject and is_adverb(low)
    return "".join(out)


def _is_numeral(pieces: list[str], place: int) -> bool:
    """ "World War I", "I/O"."""
    before = pieces[place - 2] if place >= 2 and pieces[place - 1].isspace() else ""
    after = pieces[place + 1] if place + 1 < len(pieces) else ""
    return after in {"/", "-"} or (before[:1].isupper() and before.lower() not in _CLAUSES and not before.endswith(("ly", "ime")))


def _from_fragment(text: str) -> str:
    """ "Prefers dark mode": a note that leaves the user out; anything else stays as it is."""
    head, _, rest = text.partition(" ")
    low = head.lower()
    if rest and with_you(low) != low and is_finite(low) and low not in {"was", "am"}:
        return f"You {with_you(low)} {rest}"
    return text


@dataclass(slots=True)
class _Telling:
    """One rewriting of a note in the third person."""

    pieces: list[str]
    lows: list[str]
    out: list[str] = field(default_factory=list)
    mentioned: bool = False
    subject: bool = False
    """The user is the subject of the sentence."""
    verb: bool = False
    """The next verb is the user's."""
    agreed: bool = False
    """So was one before: more may follow behind "and"."""
    people: bool = False
    """Somebody was mentioned who could be "they","""
    person: bool = False
    """or "he" or "she"."""
    unclear: bool = False

    def told(self) -> str | None:
        place = 0
        while place < len(self.pieces):
            place += self._take(place)
        return None if self.unclear else "".join(self.out)

    def _take(self, place: int) -> int:
        """Rewrites from `place` on; gives how many pieces it took."""
        low = self.lows[place]
        if taken := self._user(place):
            return taken
        if low in _THEY or low in _HE:
            self._pronoun(place)
        elif low:
            self._word(place)
        else:
            self.out.append(self.pieces[place])
            self._end(self.pieces[place])
        return 1

    def _end(self, piece: str) -> None:
        if piece in ".!?;":
            self.verb = self.agreed = False
        elif not piece.isspace() and piece != ",":
            self.verb = False

    def _user(self, place: int) -> int:
        """ "The user", "User", "the user's"; how many pieces that is, 0 where it is none of them."""
        article = 2 if self.lows[place] in {"the", "this", "our"} and self._at(place + 2).startswith("user") else 0
        low, after = self._at(place + article), self._at(place + article + 2)
        if low == "user's":
            self._say("your")
            self.mentioned, self.subject = True, False
            return article + 1
        if low != "user" or after in _NOT_A_USER or not (article or (self._starts(place) and (is_finite(after) or is_adverb(after)))):
            return 0
        self.unclear = self.unclear or self._before(place) == "of" or self._follows(place + article, ",")
        self.verb = self.subject = self._starts(place)
        self._say("you")
        self.mentioned = True
        return article + 1

    def _starts(self, place: int) -> bool:
        """Whether a clause begins here."""
        return place == 0 or self._before(place) in _CLAUSES | {""}

    def _pronoun(self, place: int) -> None:
        low, piece = self.lows[place], self.pieces[place]
        they = low in _THEY
        if not self.mentioned or ((self.people if they else self.person) and not self.subject):
            self.out.append(piece)  # of somebody else, who is the subject
            return
        self.unclear = self.unclear or (self.people if they else self.person)
        if low == "her" and not self._at(place + 2):
            self._say("you")
        else:
            self._say((_THEY if they else _HE)[low])
        self.verb = low in _HIS_SUBJECTS

    def _word(self, place: int) -> None:
        low, piece = self.lows[place], self.pieces[place]
        self._notice(place)
        if self.verb and is_adverb(low) and not is_finite(low):
            self.out.append(piece)
            return
        after = self._at(place + 2)
        if self.verb or (self.agreed and self._behind_and(place) and coordinated(low, after)):
            changed = with_you(low)
            self.agreed = self.agreed or changed != low or is_past(low)
            self.out.append(changed if changed != low else piece)
        else:
            self.out.append(piece)
        self.verb = False
        self.agreed = self.agreed and low not in _RELATIVE

    def _behind_and(self, place: int) -> bool:
        before = [low for low in self.lows[max(0, place - 4) : place] if low and not is_adverb(low)]
        comma = place >= 2 and self.pieces[place - 2] == ","
        return comma or bool(before and before[-1] in {"and", "or", "but"})

    def _notice(self, place: int) -> None:
        low, piece = self.lows[place], self.pieces[place]
        self.people = self.people or low in _PLURALS or low in _ANYONE
        named = piece[0].isupper() and piece[1:].islower() and not self._starts(place)
        self.person = self.person or low in _SINGLE or low in _ANYONE or named

    def _at(self, place: int) -> str:
        return self.lows[place] if place < len(self.lows) else ""

    def _before(self, place: int) -> str:
        """The word before, empty where there is none."""
        return self._at(place - 2 if place >= 2 and self.pieces[place - 1].isspace() else place - 1) if place else ""

    def _follows(self, place: int, piece: str) -> bool:
        return self.pieces[place + 1 : place + 2] == [piece]

    def _say(self, word: str) -> None:
        start = not self.out or "".join(self.out).rstrip()[-1:] in {".", "!", "?"}
        self.out.append(word.capitalize() if start else word)


def _sentence(text: str) -> str:
    """With a capital at the start, unless that is a name like iPhone, and an end."""
    head = text.split(" ", 1)[0]
    text = text[:1].upper() + text[1:] if head[1:] == head[1:].lower() else text
    return text if text.endswith(_ENDS) else f"{text.rstrip(',;: ')}."


def plain_words(said: str) -> list[str]:
    """The words of a told note, negations spelled out: "you don't like" -> you do not like."""
    spelled = [part for word in words(said) for part in (_spelled(word)).split()]
    return [word for word in spelled if word]


def _spelled(word: str) -> str:
    if word in {"can't", "cannot"}:
        return "can not"
    if word == "won't":
        return "will not"
    return f"{word[:-3]} not" if word.endswith("n't") else word
