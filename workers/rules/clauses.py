"""Clauses: a sentence cut into parts that each stand on their own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workers.rules.utterances import is_imperative, is_question, starts_request
from workers.rules.verbs import BASE, COPULAS, FINITE, GERUND, MODALS, PARTICIPLE, PAST, SINGULAR, is_adverb

_JOINT = re.compile(
    r"\s*;\s+|\s+[–—-]{1,3}\s+|\s*—\s*|,\s+(?:(?P<comma_word>and|but|so|yet|plus|while|whereas|or)\s+)?"
    r"|\s+(?P<word>and|but|so|yet|plus|while|whereas)\s+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_OPENER = re.compile(
    r"(?:when|whenever|if|as|because|since|while|after|before|although|though|once|until|unless|even though"
    r"|growing up|given|considering|whether)\b",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"(?:also |then |now |currently |recently |sometimes |usually |honestly |personally |for me )?(?P<who>I|we"
    r"|I'm|I've|I'd|I'll|we're|we've|we'll)\b(?!')",
    re.IGNORECASE,
)
_MINE = re.compile(r"(?:also |now )?(?:my|our)\b", re.IGNORECASE)
_ABLE = re.compile(r"(?:I|we)\s+(?:can|could|would|won't|may|don't have)\b", re.IGNORECASE)
_INFINITIVE = re.compile(r"\bto\s+(?:\w+ly\s+)?([a-z]+)", re.IGNORECASE)
_NOUN_TOO = frozenset(
    "work play drink study travel walk run cook dance paint plan hope wish visit talk help ride drive swim sleep dream use call watch move "
    "stay train start stop change design program code test cycle ski surf garden fish camp coach report "
    "research record garden snowboard park film map stress attempt "
    "track balance rest share smoke support care cost land lack race respect ship show smell smoke spend sail "
    "shop taste trust value view volunteer wear worry aim "
    "answer blog blame book break camp catch challenge craft cut date deal debate drop dress exercise "
    "experience fear feed feel fight focus gain guess guide host hunt interview "
    "journal joy judge jump lead laugh launch line look market measure nurse offer order own paint pay "
    "photograph place plant practice process promise purchase question reach "
    "read regret rent repair return review row rush schedule score search sign sing snack sport stand store "
    "stream stretch struggle switch talk taste teach tour trade transfer "
    "try turn type update upgrade wash water weight wonder write yoga".split()
)
_AFTER_VERB = frozenset(
    "a an the my our your his her their its at in for as with on to from it them him her about around some any "
    "all every no this that these two three four five many several lots "
    "more both really very only over into up out part full".split()
)
_RELATIVE = re.compile(
    r"(?:which|who|whom|whose|where|when)(?:'s|'re|'ve|'d)?\s+(?!(?:should|can|could|would|do|does|did|will|shall)\s+(?:I|you|we|they)\b"
    r"|\w+\s+(?:should|can|could|do|would)\b)",
    re.IGNORECASE,
)
_HOW_TO = re.compile(r"(?:how|what|where|when|who) to\b", re.IGNORECASE)
_ADJUNCT = re.compile(
    r",?\s+(?:and|but|so)\s+(?P<adjunct>(?:after|before|with|when|while|since|as|because|although|if|once|given"
    r"|despite|in|on|by)\b[^,]{2,120})$",
    re.IGNORECASE,
)
_IN_PASSING = re.compile(
    r"\b(?P<thing>(?:my|our|the) (?:[\w'-]+ ){0,10}?[\w'-]+)(?P<comma>), which "
    r"(?P<said>(?:has|have|is|was|are|were)\b[^,;]{0,200}?\d[^,;]*)",
    re.IGNORECASE,
)
_PARTNER = re.compile(r"(?P<the>\b(?:the|my|our|this|those|these|that|a) (?:[\w-]+ )?)?(?P<before>[a-z][\w'-]*) [A-Z][a-z]+$")
_LEANING = re.compile(
    r"(?:(?:I|we)\s+(?:\w+ly\s+|just\s+)?(?:quit|stopped|do|don't|did|didn't|can't|cannot|could|couldn't|am|was"
    r"|have|haven't|would|changed|failed|tried|lost|won|gave up|agreed|refused|forgot)\b(?:\s+not)?"
    r"(?:\s+(?:yet|anymore|any more|now|again|too|either|later|recently|(?:\w+\s+){1,3}ago|last \w+|in \d{4}))*"
    r"|[^,;.]{1,80}?\b(?:it|them|that|those|one|him|her|so|too|either|this))\s*(?:$|[,;])",
    re.IGNORECASE,
)
_SUBORDINATORS = frozenset({"who", "which", "that", "whose", "where"})


@dataclass(frozen=True, slots=True)
class _Head:
    """A clause's subject as written, the verb after it in lower case, and the words after that."""

    subject: str
    verb: str
    rest: tuple[str, ...]


def clauses(body: str) -> list[str]:
    """The parts of a sentence, each with its own subject: "I love tea but hate coffee" -> "I love tea", "I hate coffee".

    Cut is where a new first-person clause, a question or a request begins, or a second verb of the same subject; lists,
    infinitives and subordinate clauses stay whole.
    """
    parts: list[str] = []
    start, waiting = 0, bool(_OPENER.match(body))
    carried = ""
    for joint in _JOINT.finditer(body):
        if joint.start() <= start or joint.end() >= len(body):
            continue
        left, right = carried + body[start : joint.start()], joint.end()
        word = (joint["word"] or joint["comma_word"] or "").lower()
        turn = _turns(body, right, word)
        if waiting and not turn:
            waiting = not ("," in joint.group() and (_FIRST.match(body, right) or not _MINE.match(body, right)))
        elif (prefix := _begins(body, right, word, left, turn)) is not None:
            adjunct = _ADJUNCT.search(left) if not turn and not prefix else None
            parts.append(left[: adjunct.start()] if adjunct else left)
            start, carried, waiting = right, (f"{adjunct['adjunct']}, " if adjunct else prefix), False
    parts.append(carried + body[start:])
    return [piece for part in parts for piece in _unfolded(part.strip(" ,;–—-")) if piece]


def _unfolded(part: str) -> list[str]:
    """A number told in passing stands on its own: "I tune the API, which is now at 20 ms" -> "I tune the API", "the API is ..."."""
    match = _IN_PASSING.search(part) if ", which " in part.lower() else None
    if match is None:
        return [part]
    return [part[: match.start("comma")] + part[match.end() :], f"{match['thing']} {match['said']}"]


def _turns(body: str, right: int, word: str) -> bool:
    """Whether a question or a request begins at `right`."""
    asks = is_question(body[right : right + 80]) and not _RELATIVE.match(body, right) and not (word and _HOW_TO.match(body, right))
    return asks or starts_request(body[right : right + 30])


def _begins(body: str, right: int, word: str, left: str, turn: bool) -> str | None:
    """What to put before the clause that begins at `right`; None where none begins, or one that leans on what is before it."""
    if turn:
        return ""
    if word and _LEANING.match(body[right : right + 120]):
        return None
    return "" if _new_clause(body, right, word, left) else _shared_subject(left, body[right : right + 200], word)


def _new_clause(body: str, right: int, word: str, left: str) -> bool:
    """Whether a clause with a first-person subject begins at `right`, and what is before it is a clause too."""
    if first := _FIRST.match(body, right):
        ends = body[first.end() : first.end() + 1] in {"", ","}
        purpose = word == "so" and bool(_ABLE.match(body, right))
        if ends or purpose or word in {"while", "or", "yet"} or (word == "and" and _two_subjects(left)):
            return False
        return is_clause(left) or is_imperative(left) or is_question(left)
    if _MINE.match(body, right) and word not in {"so", "or"}:
        return is_clause(left) and _finite_place(_WORD.findall(body[right : right + 80])[:8]) > 0
    return False


def _two_subjects(left: str) -> bool:
    """Whether a name at the end of `left` shares the verb with the "I" after it: "the changes Carla and I made"."""
    match = _PARTNER.search(left[-60:])
    if match is None:
        return False
    before = match["before"].lower()
    verb = is_adverb(before) or any(before in verbs for verbs in (BASE, SINGULAR, PAST, GERUND))
    noun = before not in _AFTER_VERB and (bool(match["the"]) or not verb)
    return before in {"that", "when", "where", "because", "since", "if", "how"} or (noun and before not in COPULAS)


def _finite_place(words: Sequence[str]) -> int:
    """The place of the first finite verb that is not inside a relative clause; 0 when there is none."""
    for place, word in enumerate(words):
        low = word.lower()
        if low in _SUBORDINATORS or (place and low in {"and", "or"}):
            return 0
        if place and low in BASE and _is_plural(words[place - 1]):
            return place
        if place and low in FINITE and not (low in SINGULAR and words[place - 1].lower() in {"my", "our", "the", "a"}):
            return place
    return 0


def _is_plural(word: str) -> bool:
    low = word.lower()
    return (low.endswith("s") and not low.endswith(("ss", "us", "is", "'s"))) or low in {"children", "people"}


def is_clause(text: str) -> bool:
    """Whether the text has a subject and a finite verb of its own."""
    words = _WORD.findall(text[:200])
    if len(words) < 2 or _OPENER.match(text):
        return False
    if words[0].lower() in {"i", "we", "i'm", "i've", "i'd", "i'll", "im", "we're", "we've", "we'll"}:
        return True
    return _finite_place(words[:12]) > 0 or words[0].lower() in PAST


def _head(clause: str) -> _Head | None:
    words = _WORD.findall(clause[:300])
    if not words:
        return None
    if words[0].lower() in {"i", "we"}:
        place = next((n for n, word in enumerate(words[1:6], 1) if not is_adverb(word.lower()) or word.lower() in BASE), 0)
        subject = words[0]
    elif words[0].lower() in {"my", "our"}:
        place = _finite_place(words[:10])
        subject = clause[: clause.find(words[place])].strip() if place else ""
    else:
        return None
    return _Head(subject, words[place].lower(), tuple(word.lower() for word in words[place + 1 :])) if place else None


def _shared_subject(left: str, right: str, word: str) -> str | None:
    """What to put before `right` when it begins with a second verb of `left`'s subject; None when it does not."""
    if word not in {"and", "but", "yet", "plus"} or (head := _head(left)) is None:
        return None
    words = [found.lower() for found in _WORD.findall(right)]
    while words and is_adverb(words[0]) and words[0] not in BASE:
        words.pop(0)
    if len(words) < 2:
        return None
    if head.subject.lower() in {"i", "we"}:
        return _after_i(head, words, word)
    same = (words[0] in SINGULAR and head.verb in SINGULAR | dict.fromkeys(("is", "has", "does", "doesn't"))) or (
        words[0] in PAST and head.verb in PAST
    )
    verb = words[0] in {"is", "has", "was", "doesn't", "isn't", "can", "will"} or (same and _is_verb(words, SINGULAR.get(words[0], "")))
    return f"{head.subject} " if verb else None


def _is_verb(words: Sequence[str], base: str = "") -> bool:
    return (base or words[0]) not in _NOUN_TOO or words[1] in _AFTER_VERB or words[1] in GERUND


def _after_i(head: _Head, words: Sequence[str], word: str) -> str | None:
    verb = words[0]
    if verb in {"am", "have", "was", "don't", "can't", "didn't", "haven't", "had", "can", "will"} | COPULAS and head.verb not in MODALS:
        return f"{head.subject} "
    if (verb in PAST or verb in PARTICIPLE) and verb not in BASE:
        return _past_after_i(head, words)
    if (
        verb in GERUND
        and head.verb in {"am", "was"}
        and head.rest
        and head.rest[0] in GERUND
        and words[1] in _AFTER_VERB
        and not _has_infinitive(head)
    ):
        return f"{head.subject} {head.verb} "
    present = head.verb in BASE or head.verb in {"am", "have"} or (head.verb == "don't" and word == "but")
    if verb in BASE and present and not _has_infinitive(head) and (word == "but" or _is_verb(words)):
        return f"{head.subject} "
    return None


def _past_after_i(head: _Head, words: Sequence[str]) -> str | None:
    participle = next((n for n in head.rest[:2] if n in PARTICIPLE), "")
    if head.verb in {"was", "have", "had"} and participle and words[0] in PARTICIPLE:
        return f"{head.subject} {head.verb} "
    return f"{head.subject} " if head.verb in PAST else None


def _has_infinitive(head: _Head) -> bool:
    """Whether a bare verb may belong to "to" or a modal before it: "I want to cook and dance"."""
    if head.verb in MODALS or head.verb == "used" or not MODALS.isdisjoint(head.rest):
        return True
    return any(found not in _AFTER_VERB and not found.endswith("ing") for found in _INFINITIVE.findall(" ".join(head.rest)))
