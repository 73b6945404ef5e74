"""Compose: a reply made of what is remembered, and of nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from query.answerer.asked import Ask, Kind, read
from query.answerer.person import told
from query.answerer.relevance import Told, answers, near
from query.answerer.yes_no import verdict
from schemas.search import Hit

UNKNOWN = "I do not know that about you yet."
UNKNOWN_STRANGE = "I do not know that yet."
NOTHING = "I do not know anything about you yet."
NOTED = "Thank you for telling me."
WELCOME = "You are welcome."
GREETING = "Hello! Ask me about anything you have told me."
ONLY_REMEMBERS = "I can only answer from what I remember: no language model is configured."
_RELATED = "I do not know that for certain. What I do know:"
_HELPS = "What I know that may help:"
_ABOUT = "Here is what I know about you:"
_REST = "The rest I do not know yet."
_ANSWERS_MAX, _RELATED_MAX = 5, 3
_LINE_MAX = 300
"""Characters of a memory in a list of all."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply, and the memories it is made of, best first."""

    text: str
    used: tuple[Hit, ...] = ()


def answer(message: str, hits: Sequence[Hit]) -> Answered:
    """The reply to `message` from the memories found for it, best first.

    Every statement in it is a memory, in the second person where that is safe and quoted where it is not. What no memory
    answers is said not to be known; what is no question is acknowledged.
    """
    asks = read(message)
    replies = [_reply(ask, hits) for ask in asks]
    known = [reply for reply in replies if reply.used]
    if not known:
        return replies[0]
    texts = list(dict.fromkeys(reply.text for reply in known))
    used = tuple(dict.fromkeys(hit.memory.id for reply in known for hit in reply.used))
    by_id = {hit.memory.id: hit for hit in hits}
    rest = [_REST] if len(known) < len(replies) else []
    return Answered(" ".join([*texts, *rest]), tuple(by_id[name] for name in used))


def _reply(ask: Ask, hits: Sequence[Hit]) -> Answered:
    match ask.kind:
        case Kind.GREETING:
            return Answered(GREETING)
        case Kind.THANKS:
            return Answered(WELCOME)
        case Kind.TOLD:
            return Answered(NOTED)
        case Kind.REQUEST:
            helpful = near(hits, ask)[:_RELATED_MAX]
            return _made(f"{ONLY_REMEMBERS} {_HELPS} {_joined(helpful)}", helpful) if helpful else Answered(ONLY_REMEMBERS)
        case Kind.PERSON:
            return _everything(hits)
    return _answer(ask, hits)


def _answer(ask: Ask, hits: Sequence[Hit]) -> Answered:
    sure = answers(ask, hits)[:_ANSWERS_MAX]
    if sure:
        said = verdict(ask, sure[0].text) if ask.kind is Kind.CLOSED else None
        if said is None:
            return _made(_joined(sure), sure)
        return _made(f"{'Yes' if said else 'No'}, {_inside(sure[0].text)}", sure[:1])
    related = near(hits, ask)[:_RELATED_MAX] if ask.personal else []
    if related:
        return _made(f"{_RELATED} {_joined(related)}", related)
    return Answered(UNKNOWN if ask.personal else UNKNOWN_STRANGE)


def _everything(hits: Sequence[Hit]) -> Answered:
    lines = {told(_short(hit.memory.content), hit.memory.speaker): hit for hit in reversed(hits)}
    if not lines:
        return Answered(NOTHING)
    ordered = sorted(lines.items(), key=lambda line: hits.index(line[1]))
    if len(ordered) == 1:
        return Answered(ordered[0][0], (ordered[0][1],))
    return Answered("\n".join([_ABOUT, *(f"- {text}" for text, _ in ordered)]), tuple(hit for _, hit in ordered))


def _made(text: str, of: Sequence[Told]) -> Answered:
    return Answered(text, tuple(one.hit for one in of))


def _joined(of: Sequence[Told]) -> str:
    return " ".join(dict.fromkeys(one.text for one in of))


def _inside(text: str) -> str:
    """A sentence behind "Yes,"."""
    return text[0].lower() + text[1:] if text.startswith(("You ", "Your ")) else text


def _short(text: str) -> str:
    return text if len(text) <= _LINE_MAX else f"{text[:_LINE_MAX].rsplit(' ', 1)[0]} …"
