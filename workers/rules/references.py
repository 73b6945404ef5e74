"""References: who "she" or "it" at the start of a sentence is, where the sentence before leaves no doubt."""

import re
from dataclasses import dataclass

from workers.rules.presupposed import KIN, PET, SOCIAL

_LEAD = re.compile(
    r"(?P<who>he|she|they|it|this|that|these|those|his|her|their|its|him|them)(?P<short>'s|'re|'ve|'ll|'d)?(?=\s|,|$)", re.IGNORECASE
)
_TIME = re.compile(
    r"(?:this|that|these|those) (?:\w+ )?(?:year|month|week|weekend|morning|afternoon|evening|night|summer"
    r"|winter|spring|fall|autumn|time|day|days|semester|quarter)\b|that being said",
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:it|this|that)(?:(?:'s| is| was) (?:my|our)| (?:took|takes|cost) (?:me|us))\b", re.IGNORECASE)
_THERE = re.compile(r"(?<!\w)(?<!in )there\b(?! (?:is|are|was|were|has|have|will)\b|')")
_PLACE = re.compile(r"\b(?:to|in|at|near|from|visit|visited|love|loved) (?:the )?(?P<place>[A-Z]\w+(?: [A-Z]\w+){0,3})")
_GOING = re.compile(
    r"\b(?:go|goes|going|went|move|moved|moving|fly|flying|flew|travel|traveled|travelled|drive|drove|trip"
    r"|return|returned|returning|come|came) (?:back |over |out )?$",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?P<whole>[Mm]y (?:(?:older|younger|little|big|best|eldest|youngest|oldest|twin|new|old|late|step|dear"
    rf"|close|good) )?(?P<kin>{KIN}|{PET}|{SOCIAL})(?: (?P<name>[A-Z][a-z]+))?)\b"
    rf"|\ban? (?:[\w-]+ ){{0,2}}(?P<pet>{PET}|{KIN}|friend)(?:,? (?:named|called) (?P<called>[A-Z]\w+))?"
)
_LEADING_NAME = re.compile(
    r"(?P<name>[A-Z][a-z]+(?: [A-Z][a-z]+)?)(?='s\b| (?:\w+ly )?(?:\w+s|is|was|has|\w+ed|told|said|went|got|told|wants)\b)"
)
_THING = re.compile(
    r"\bI (?:\w+ )?(?:have|got|bought|own|drive|built|made|wrote|am building|am writing|am working on|started"
    r"|founded|run|created|launched) (?:a|an|my|our) (?P<thing>(?:[\w-]+ ){0,3}?[\w-]+)(?: (?:called"
    r"|named) (?P<called>[A-Z][\w-]*))?(?=$|[,.]| (?:for|in|with|to|that|which|from|at|on|last|and|using|about"
    r"|this)\b)"
)
_SHE = re.compile(
    r"(?:sister|mother|mom|mum|mommy|wife|daughter|girlfriend|aunt|grandmother|grandma|niece|granddaughter"
    r"|step(?:mom|mother|daughter)|mother-in-law|sister-in-law|ex-wife|ex-girlfriend|fiancée|godmother)$",
    re.IGNORECASE,
)
_HE = re.compile(
    r"(?:brother|father|dad|daddy|husband|son|boyfriend|uncle|grandfather|grandpa|nephew|grandson|step(?:dad"
    r"|father|son)|father-in-law|brother-in-law|ex-husband|ex-boyfriend|godfather)$",
    re.IGNORECASE,
)
_MANY = re.compile(r"(?:kids|children|twins|parents|grandparents|siblings|family|[a-z]{3,}[^s']s)$", re.IGNORECASE)
_EMPTY_NAMES = frozenset("the this that it he she they we you my our his her their there here when what how if in on at as".split())


@dataclass(frozen=True, slots=True)
class _Somebody:
    words: str
    gender: str
    """she, he, they (several), any (a person or pet of unknown gender) or it."""


def leads_with_pronoun(sentence: str) -> bool:
    """Whether the sentence cannot be understood alone: it starts with he, she, it, they, this, that, or their possessives."""
    return bool(_LEAD.match(sentence)) and not _TIME.match(sentence) and not _OWN.match(sentence)


def resolve(sentence: str, before: str) -> str | None:
    """`sentence` with its leading pronoun replaced by what `before` (the sentence before, as it was said) speaks of.

    None where nothing fits, or more than one thing does.
    """
    match = _LEAD.match(sentence)
    if match is None or not before:
        return None
    pronoun = match["who"].lower()
    wanted = {"his": "he", "her": "she", "their": "they", "its": "it", "him": "he", "them": "they"}.get(pronoun, pronoun)
    fits = [somebody for somebody in _mentioned(before) if _fits(somebody, wanted)]
    if len(fits) != 1:
        return None
    return fits[0].words + _ending(match, pronoun, sentence) + sentence[match.end() :]


def placed(clause: str, before: str) -> str:
    """`clause` with "there" put as the one place that `before` names: "I moved there" after "I love Porto" -> "I moved to Porto"."""
    match = _THERE.search(clause) if "there" in clause else None
    places = {found["place"] for found in _PLACE.finditer(before)} if match else set()
    if match is None or len(places) != 1:
        return clause
    return f"{clause[: match.start()]}{'to' if _GOING.search(clause[: match.start()]) else 'in'} {places.pop()}{clause[match.end() :]}"


def subject_before(before: str) -> str | None:
    """Whom the sentence before is about, where it names exactly one: "Wants to sell" after "Tom called me" is Tom's."""
    somebody = _mentioned(before)
    return somebody[0].words if len(somebody) == 1 and somebody[0].gender != "it" else None


def _ending(match: re.Match[str], pronoun: str, sentence: str) -> str:
    following = sentence[match.end() : match.end() + 20].split()
    owner = pronoun in {"his", "its", "their"} or (pronoun == "her" and bool(following))
    if owner:
        return "'s"
    return {
        None: "",
        "'s": " has" if following[:1] in (["been"], ["got"], ["had"]) else " is",
        "'re": " are",
        "'ve": " have",
        "'ll": " will",
        "'d": " would",
    }[match["short"]]


def _fits(somebody: _Somebody, wanted: str) -> bool:
    if wanted in {"she", "he"}:
        return somebody.gender in {wanted, "any"}
    return somebody.gender == wanted or (wanted == "it" and somebody.gender == "any" and bool(re.search(PET, somebody.words)))


def _mentioned(before: str) -> list[_Somebody]:
    found: dict[str, _Somebody] = {}
    for match in _PERSON.finditer(before):
        noun = match["kin"] or match["pet"]
        name = match["name"] or match["called"]
        words = f"my {match['pet']} {name}" if match["called"] else match["whole"] or f"my {match['pet']}"
        found.setdefault(noun, _Somebody(words[0].upper() + words[1:], _gender(noun)))
    if not found and (leading := _LEADING_NAME.match(before)) and leading["name"].lower().split()[0] not in _EMPTY_NAMES:
        found[leading["name"]] = _Somebody(leading["name"], "any")
    if not found and (thing := _THING.search(before)):
        found[thing["thing"]] = _Somebody(f"My {thing['thing']}" + (f" {thing['called']}" if thing["called"] else ""), "it")
    return list(found.values())


def _gender(noun: str) -> str:
    return "she" if _SHE.match(noun) else "he" if _HE.match(noun) else "they" if _MANY.match(noun) and noun != "boss" else "any"
