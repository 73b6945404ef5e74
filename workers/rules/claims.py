"""Claims: what a statement says of whom, in slots: who, which attribute, which value, and whether it may have only one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from workers.rules import slots
from workers.rules.predicates import PLANNED, holder_of, parted, taste_of, value_of, words_of
from workers.rules.states import state_of
from workers.rules.verbs import BASE, GERUND, PARTICIPLE, PAST, SINGULAR
from workers.rules.wordings import basic

_ATTRIBUTE_WORDS = 5
_VALUE_WORDS = 9


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a statement claims."""

    holder: frozenset[str]
    """Basic words of whom it is about: empty for the user, {"sister", "anna"}, {"deadline"} where nobody is named."""
    slot: str
    """The attribute: residence, employer, like, "attribute", "do" ..."""
    key: frozenset[str]
    """What tells attributes of one slot apart: {"favorite", "color"}, {"response", "time"}; the verb of "do"."""
    value: frozenset[str]
    """Basic words of the value."""
    positive: bool = True
    single: bool = False
    """Whether a holder has one value at a time, so that another one corrects it."""
    change: bool = False
    """Whether the statement says that something changed."""
    old: frozenset[str] = frozenset()
    """The value that no longer holds, where the statement names it."""
    plan: bool = False
    """Whether it is only intended."""


_HAVE = {"own": "have", "possess": "have"}
_ADVERBS = re.compile(r"^(?:(?:now|also|currently|really|still|actually|just|recently|strongly) )+", re.IGNORECASE)
_NEGATED = re.compile(
    r"(?:no longer|doesn't|does not|isn't|is not|is no longer|not|never|stopped being|has never|have never)\b", re.IGNORECASE
)
_NEGATION = re.compile(r"\b(?:no longer|not) ")
_CALLED = re.compile(r"(?:(?:wants|prefers|likes) to be called|goes by) (?P<v>.+)", re.IGNORECASE)
_NAMED = re.compile(r"(?:is|are) (?:named|called) (?P<v>.+)", re.IGNORECASE)
_FILLER = re.compile(r"^(?:been|got|also) ")
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Said:
    """A predicate being read."""

    holder: frozenset[str]
    subject: str
    bare: str
    """Without leading adverbs."""
    plain: str
    """Without its negation, too."""
    negative: bool
    change: bool

    def claim(self, slot: str, value: str | frozenset[str] | None, **more: Any) -> Claim:
        known = value if isinstance(value, frozenset) else value_of(value)
        return Claim(self.holder, slot, more.pop("key", _NOTHING), known, **{"change": self.change, **more})


@lru_cache(maxsize=8192)
def claims(text: str) -> tuple[Claim, ...]:
    """What a statement in the third person claims, the most telling first; none where no predicate is found."""
    subject, predicate = parted(text)
    if not predicate:
        return ()
    bare = _ADVERBS.sub("", predicate)
    negative = bool(_NEGATED.match(bare))
    plain = _NEGATION.sub("", bare, count=1) if negative else bare
    said = _Said(holder_of(subject), subject, bare, plain, negative, bool(slots.CHANGED.search(text)))
    return (*_about(said), *_measures(said, text))


def _about(said: _Said) -> Iterator[Claim]:
    if moved := _moved(said):
        yield moved
        return
    placed = list(_placed(said))
    yield from placed
    if all(claim.slot == "employer" for claim in placed):
        yield from _tastes(said)
        yield from _state(said) or _attribute(said)
        yield from _deed(said)


def _moved(said: _Said) -> Claim | None:
    """From one place, thing or habit to another."""
    if match := slots.MOVING.match(said.plain):
        return said.claim("residence", _pick(match, "v"), positive=not said.negative, single=True, plan=True)
    if (match := slots.MOVED.match(said.bare)) and (match["v"] or match["v2"] or match["old"]):
        return said.claim("residence", _pick(match, "v"), single=True, change=True, old=value_of(match["old"] or match["left"]))
    if match := slots.SWITCHED.match(said.bare):
        return said.claim("switch", _pick(match, "v"), change=True, old=value_of(_pick(match, "old")))
    return None


def _placed(said: _Said) -> Iterator[Claim]:
    """Home, employer, age and the like: where each person stands."""
    if said.holder & slots.HEADS or "favorite" in said.holder or PLANNED.match(said.bare):
        return
    if match := slots.LEFT_JOB.match(said.bare):
        yield said.claim("employer", match["v"], positive=False, single=True, change=True)
    for slot, pattern in slots.SLOTS:
        if match := pattern.match(said.plain) or pattern.match(said.bare):
            value = value_of(match.string[match.start("v") :] if slot == "status" and match["v"] else _pick(match, "v"))
            if slot == "status" and "break" in value:
                yield said.claim("do", said.bare.partition(" with ")[2], key=frozenset({"have"}), positive=False, change=True)
                value = frozenset({"single"})
            slot = "dwelling" if slot == "residence" and value & slots.DWELLINGS else slot
            pair = slot == "status" and said.subject.lower().startswith("the user and ")
            yield replace(said.claim(slot, value, positive=not said.negative, single=True), holder=_NOTHING if pair else said.holder)
            if slot != "employer":
                return


def _tastes(said: _Said) -> Iterator[Claim]:
    if match := slots.DISLIKES.match(said.bare):
        yield said.claim("like", taste_of(match["v"]), positive=False)
    elif match := slots.LIKES.match(said.bare):
        yield said.claim("like", taste_of(match["v"]))
    if match := slots.PREFERS.match(said.bare):
        yield said.claim("prefer", match["v"], old=value_of(_pick(match, "old")))


def _attribute(said: _Said) -> Iterator[Claim]:
    """ "The user's favorite color is blue", "The deadline was moved to March 10": the subject names what has one value."""
    if match := _CALLED.match(said.bare):
        yield said.claim("called", words_of(match["v"]), single=True)
    if (match := _NAMED.match(said.bare)) and said.holder:
        yield said.claim("named", match["v"])
    elif match := slots.CHANGED_THEIR.match(said.bare):
        yield from _of_thing(said, match["thing"], match["v"], match["old"])
    elif match := slots.BECAME.match(said.bare):
        yield from _of_thing(said, said.subject, match["v"], match["old"])


def _of_thing(said: _Said, subject: str, value: str, old: str | None) -> Iterator[Claim]:
    """Only for short subjects whose main noun is known to have one value, or one date, at a time."""
    head = slots.HEAD.match(subject)
    key, found = holder_of(subject), value_of(value)
    heads = words_of(". " + head[1].split()[-1]) if head else _NOTHING
    if not key or len(key) > _ATTRIBUTE_WORDS or not found or len(found) > _VALUE_WORDS:
        return
    if value.split()[0].endswith("ing"):
        return
    owned = "'s " in subject and bool(heads & slots.BELONGING) and bool(slots.NOMINAL.match(value))
    if heads & slots.HEADS or owned or "favorite" in key or (heads & slots.EVENTS and slots.DATED.search(value)):
        slot = "state" if "color" in key and "favorite" not in key else "attribute"
        yield Claim(_NOTHING, slot, key, found, single=True, change=said.change, old=value_of(old))


def _state(said: _Said) -> list[Claim]:
    """ "The user's car is red now": what the thing is like."""
    state = state_of(said.subject, said.bare, negative=said.negative)
    if state is None:
        return []
    change = said.change or state.change
    return [Claim(_NOTHING, "state", state.key, state.value, single=state.only or change, change=change, old=state.old)]


def _deed(said: _Said) -> Iterator[Claim]:
    """What somebody does, has or is, by its verb: any number of values at a time."""
    if match := _IS.match(said.bare):
        yield _being(said, match["not"] is not None, match["rest"])
    elif match := slots.ENDED.match(said.bare):
        first, _, rest = (match["v"] or "").partition(" ")
        known = first.lower() in BASE or any(first.lower() in forms for forms in (GERUND, SINGULAR, PAST, PARTICIPLE))
        verb = basic(first.lower()) if known else "have" if slots.LET_GO.match(said.bare) else ""
        if verb:
            yield _doing(said, verb, rest if known else match["v"], positive=False, change=True)
    else:
        first, _, rest = said.plain.partition(" ")
        perfect = first.lower() in {"has", "have", "had"} and rest.partition(" ")[0].lower() in PARTICIPLE
        first, _, rest = rest.partition(" ") if perfect else (first, "", rest)
        none = rest.startswith("no ")
        yield _doing(said, basic(first.lower()), rest.removeprefix("no "), positive=not said.negative and not none)


_IS = re.compile(
    r"(?:is|are|was|were|isn't|aren't|wasn't)\b(?: (?:probably|really|currently|actually|certainly"
    r"|usually))?(?P<not>(?<=n't)| not\b| no longer\b)? (?P<rest>.+)",
    re.IGNORECASE,
)


def _being(said: _Said, negative: bool, rest: str) -> Claim:
    """ "Is learning Spanish" is learning, "is afraid of dogs" is being."""
    first, _, after = rest.partition(" ")
    if first.lower() in GERUND:
        return _doing(said, basic(first.lower()), after, positive=not negative)
    return _doing(said, "is", rest, positive=not negative)


_DROPPED_OUT = re.compile(r"out of (?P<v>.+)", re.IGNORECASE)


def _doing(said: _Said, verb: str, rest: str, *, positive: bool, change: bool | None = None) -> Claim:
    verb = "visit" if verb == "be" and rest.startswith("to ") else _HAVE.get(verb, verb)
    if verb == "drop" and (match := _DROPPED_OUT.match(rest)):
        verb, rest = "graduate", match["v"]
    rest = _FILLER.sub("", rest)
    return said.claim("do", rest, key=frozenset({verb}), positive=positive, change=said.change if change is None else change)


def _measures(said: _Said, text: str) -> Iterator[Claim]:
    """Numbers that a statement gives in passing: "..., response time, which has improved to 250ms"."""
    for match in slots.MEASURE.finditer(text[:600]):
        yield from _of_thing(said, slots.LEADING.sub("", match["np"]), match["v"], match["old"])


def _pick(match: re.Match[str], name: str) -> str | None:
    """The group of that name that matched, of several alternatives: v, v2, v3."""
    return next((value for key, value in match.groupdict().items() if key.rstrip("0123456789") == name and value), None)
