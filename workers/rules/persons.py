"""Persons: who is meant by I, you and we, and the sentence about them in the third person."""

import re
from dataclasses import dataclass, field

from workers.rules.verbs import ADVERBS, BASE, FINITE, PARTICIPLE, PAST, UNCHANGED, agree, is_adverb, is_past

USER = "the user"
ASSISTANT = "the assistant"

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\s+|[^\w\s]|_")
_SLANG = {
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "have to",
    "dunno": "don't know",
    "kinda": "kind of",
    "sorta": "sort of",
    "fav": "favorite",
    "fave": "favorite",
    "luv": "love",
    "bday": "birthday",
    "gf": "girlfriend",
    "bf": "boyfriend",
    "hubby": "husband",
    "yrs": "years",
    "u": "you",
    "ur": "your",
    "ain't": "am not",
    "im": "I am",
    "ive": "I have",
    "weve": "we have",
    "youre": "you are",
    "youve": "you have",
    **{f"{verb}nt": f"{verb}n't" for verb in ("do", "ca", "wo", "did", "does", "is", "have", "has", "was", "could", "would", "should")},
}
_ENDINGS = {"m": " am", "re": " are", "ve": " have", "ll": " will"}
_SHORT = re.compile(r"'(?:(?<=\bI')|(?<=\bwe')|(?<=\byou'))(?P<end>m|re|ve|ll|d)\b", re.IGNORECASE)
_SAID_SHORT = re.compile(rf"\b(?:{'|'.join(_SLANG)})\b", re.IGNORECASE)
_SLANG_HEADS = frozenset(re.split(r"\W", word)[0] for word in _SLANG)
_WORD = re.compile(r"\w+")
_ALONE_I = re.compile(r"i(?<![\w'.-]i)(?![\w'.-]|\s?\.\s?e)|i(?<!\wi)(?='(?:m|re|ve|ll|d)\b)")
"""A lower-case "i" is the speaker, unless the text is not English enough to tell. The letter comes first: that is quick to search for."""
_NUMBERED = frozenset(
    "war part chapter type phase level act volume book elizabeth henry charles richard george louis step class grade".split()
)
_JOINT = re.compile(
    r"^(?:(?P<first>[Mm]y [\w' .-]{1,50}?|[A-Z][\w'-]{1,30}(?: [A-Z][\w'-]{1,30})?) and (?:I|me)|(?:[Mm]e"
    r"|I) and (?P<second>[Mm]y [\w'-]{1,30}|[A-Z][\w'-]{1,30}))\b(?!')"
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks and to whom, as they are named in a statement."""

    speaker: str = USER
    addressee: str = ASSISTANT


def possessive(name: str) -> str:
    """the user -> the user's; James -> James's."""
    return f"{name}'s"


def spelled_out(text: str) -> str:
    """Contractions of I, we, you opened up, slang and lost apostrophes put right: "i'm gonna" -> "I am going to"."""
    text = text.replace("’", "'").replace("`", "'")
    text = _SHORT.sub(lambda match: _ENDINGS.get(match["end"].lower()) or _had_or_would(match), _ALONE_I.sub("I", text))
    if not _SLANG_HEADS.isdisjoint(_WORD.findall(text.lower())):
        text = _SAID_SHORT.sub(_spell, text)
    return text


def _spell(match: re.Match[str]) -> str:
    word = match.group()
    return word if len(word) < 3 and word.isupper() else _SLANG[word.lower()]


def _had_or_would(match: re.Match[str]) -> str:
    """ "I'd been there" had; "I'd love to" would."""
    for word in match.string[match.end() : match.end() + 60].lower().split()[:3]:
        if not is_adverb(word):
            participle = (word in PARTICIPLE and (word not in BASE or word in {"become", "come", "run"})) or word in {"better"}
            return " had" if participle else " would"
    return " would"


_TELLING = frozenset("i we my our me us myself ourselves mine ours you your yours yourself".split()) | frozenset('"“”')
"""All else stays as it is, but for the verb behind one of these."""


@dataclass(slots=True)
class _Telling:
    """One rewriting: what has been said so far decides between "the user" and "they"."""

    cast: Cast
    past: bool
    out: list[str] = field(default_factory=list)
    named: bool = False
    """The speaker is the subject: they/their/them may follow."""
    owning: bool = False
    """The speaker was mentioned as an object: their may follow."""
    others: bool = False
    """Somebody else is "they" already."""
    verb: str = ""
    """How the next verb is put: singular, plural or not at all."""
    adjacent: bool = False
    """The verb just put was singular and stands right before."""


_YOUR = {"your": "my", "yours": "mine", "yourself": "myself"}
_YOU = re.compile(r"\b(?P<you>you|your|yours|yourself)\b(?: (?P<be>are|were)\b)?(?= ?(?P<next>[\w']*))", re.IGNORECASE)


def from_your_side(text: str) -> str:
    """What somebody was told about themselves as they would say it: "you love your job" -> "I love my job"."""
    return _YOU.sub(_as_i, text)


def _as_i(match: re.Match[str]) -> str:
    you, following = match["you"].lower(), (match["next"] or "").lower()
    if you != "you":
        return _YOUR[you]
    if match["be"]:
        return "I am" if match["be"].lower() == "are" else "I was"
    subject = match.start() == 0 or following in BASE or following in FINITE or is_adverb(following) or is_past(following)
    return "I" if subject else "me"


def third_person(text: str, cast: Cast, *, past: bool = False) -> str:
    """A first-person clause about the speaker: "I love my job" -> "the user loves their job".

    The first mention names the speaker, later ones are they, their and them where that is clear. `past` says that it speaks
    of the past, which decides "I read". Text in double quotes stays as it was said.
    """
    telling = _Telling(cast, past)
    pieces = _TOKEN.findall(_joined(text, telling))
    telling.others = any(piece.lower() in {"they", "them", "their"} for piece in pieces)
    quoted = False
    for place, piece in enumerate(pieces):
        if not quoted and not telling.verb and not telling.adjacent and piece.lower() not in _TELLING:
            telling.out.append(piece)
        elif piece in '"“”':
            quoted = not quoted and (piece != '"' or '"' in pieces[place + 1 :]) if piece != "”" else False
            telling.out.append(piece)
        elif quoted or not (piece[0].isalpha()):
            telling.out.append(piece)
            telling.adjacent = telling.adjacent and piece.isspace()
        else:
            _word(telling, piece, pieces, place)
    return "".join(telling.out)


def _joined(text: str, telling: _Telling) -> str:
    """ "My wife and I" is a subject of its own, and plural."""
    match = _JOINT.match(text)
    if match is None or (match["first"] and any(word in FINITE for word in match["first"].lower().split())):
        return text
    other = match["first"] or match["second"]
    mine = other.lower().startswith("my ")
    telling.named, telling.others = mine, not mine
    telling.out.append(f"{telling.cast.speaker} and their {other[3:]}" if mine else f"{other} and {telling.cast.speaker}")
    return text[match.end() :]


def _word(telling: _Telling, piece: str, pieces: list[str], place: int) -> None:
    low = piece.lower()
    if low in {"i", "we"} and _is_subject(piece, pieces, place):
        _subject(telling)
    elif low in {"my", "our"}:
        telling.out.append("their" if telling.named or (telling.owning and not telling.others) else possessive(telling.cast.speaker))
    elif low in {"me", "us"} and piece != "US":
        telling.owning = True
        telling.out.append("them" if telling.named and not telling.others else telling.cast.speaker)
    elif low in {"myself", "ourselves"}:
        telling.out.append("themselves" if telling.named else telling.cast.speaker)
    elif low in {"mine", "ours"}:
        telling.out.append("theirs" if telling.named else possessive(telling.cast.speaker))
    elif low in {"you", "your", "yours", "yourself"} and telling.cast.addressee:
        telling.out.append(telling.cast.addressee if low in {"you", "yourself"} else possessive(telling.cast.addressee))
        telling.verb = "singular" if low == "you" and _next_word(pieces, place) in BASE | FINITE else telling.verb
    else:
        _verb(telling, piece, low)


def _next_word(pieces: list[str], place: int) -> str:
    return next((piece.lower() for piece in pieces[place + 1 : place + 3] if piece[0].isalpha()), "")


def _is_subject(piece: str, pieces: list[str], place: int) -> bool:
    """Whether an "I" is a person: not the one of "World War I" or "I/O"."""
    if piece == "I":
        before = pieces[place - 2] if place >= 2 else ""
        roman = before[:1].isupper() and before.lower() in _NUMBERED
        return not roman and not (place + 1 < len(pieces) and pieces[place + 1] in {"/", "-", "."} and place + 2 < len(pieces))
    return True


def _subject(telling: _Telling) -> None:
    if telling.named and not telling.others:
        telling.out.append("they")
        telling.verb = "plural"
    else:
        telling.out.append(telling.cast.speaker)
        telling.verb = "singular"
    telling.named = True


def _verb(telling: _Telling, piece: str, low: str) -> None:
    """The word after a subject agrees with it; adverbs between them pass."""
    if not telling.verb:
        telling.out.append(_coordinated(telling, piece, low))
        return
    if is_adverb(low) and not (low in BASE and low not in ADVERBS):
        telling.out.append(piece)
        return
    if telling.verb == "plural":
        telling.out.append({"am": "are", "was": "were"}.get(low, piece))
    else:
        form = agree(low, past=telling.past)
        telling.adjacent = form != low and low in BASE
        telling.out.append(form if form != low else piece)
    telling.verb = ""


def _coordinated(telling: _Telling, piece: str, low: str) -> str:
    """ "I cook and bake": the second verb stands right behind the first."""
    if not telling.adjacent or low in {"and", "or"}:
        return piece
    telling.adjacent = False
    follows = len(telling.out) > 2 and telling.out[-2].lower() in {"and", "or"}
    return agree(low, past=telling.past) if follows and low in BASE and low not in PAST and low not in UNCHANGED else piece
