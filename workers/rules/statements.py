"""Statements: messages in, what is worth remembering of them out, in the third person and with a reason for all that is not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.memory import MemoryType, content_hash
from schemas.message import Message
from workers.rules import memory_types
from workers.rules.assistant_turns import AssistantTurn
from workers.rules.noise import Rejected, rejected
from workers.rules.persons import ASSISTANT, USER, Cast
from workers.rules.told import ASKED, Told
from workers.rules.user_turns import UserTurn

MOST = 200
"""Statements kept of one message."""
SHOWN = 100
"""Rejected pieces told of one message."""
_SAYS = re.compile(r"(?P<name>[A-Z][\w.'-]{1,24}(?: [A-Z][\w.'-]{1,24})?): (?=\S)")
_QUESTION = re.compile(r"[.!?:\n]\s+")
_LABELS = frozenset(
    "note update question ps edit context example answer summary reminder warning fact goal task todo "
    "background result output input error user human assistant ai system bot "
    "monday tuesday wednesday thursday friday saturday sunday name age location city job occupation email phone "
    "birthday hobby hobbies allergies diet pronouns fyi hint tip title subject re fwd "
    "option options step steps pros cons first correction clarification disclaimer info information details "
    "about intro introduction bio profile plan idea problem issue solution reason status request requirements "
    "preferences preference likes dislikes favorites favorite family work school home food travel music sports "
    "health budget deadline project team meeting agenda notes breakfast lunch dinner me us you everyone news "
    "bonus conclusion overview objective purpose skills experience education address website language languages "
    "time date place where when who what why how yes no ok okay so and but well listen look hey hi hello thanks "
    "please sorry remember quote translation version code case rule advice opinion thoughts tldr text message "
    "draft english french german spanish story review description prompt instruction instructions facts first "
    "second third finally also important btw spoiler confession today yesterday "
    "tomorrow morning evening".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One memory-worthy statement."""

    text: str
    """Third person, one or two sentences, calendar dates."""
    type: MemoryType
    confidence: float
    """0..1, two decimals: 0.9 and above where somebody said it outright of themselves."""
    speaker: str | None
    """Who said it, where the conversation names people."""
    said_at: datetime
    message: int
    """Place of its message in the conversation."""
    source: str
    """The words it came from."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything said is in one of the two."""

    statements: list[Statement]
    nothing: list[Rejected]


def extract(messages: Sequence[Message], *, said_at: datetime) -> Extraction:
    """What `messages` leave behind. `said_at` dates those that carry no time of their own; relative dates are seen from it.

    Never raises, is linear in the length of the text, and gives the same for the same input.
    """
    found = Extraction([], [])
    known: set[str] = set()
    names = {name for message in messages if (name := _named(message)[0])}
    question = ""
    for place, message in enumerate(messages):
        when = message.said_at or said_at
        name, told, nothing = _read(message, names, when, question)
        question = _last_question(message)
        found.nothing.extend(nothing)
        for statement in _typed(told, name, when, place):
            key = content_hash(statement.text)
            if key in known:
                found.nothing.append(rejected(statement.text, "said before in this conversation"))
            else:
                known.add(key)
                found.statements.append(statement)
    return found


def _last_question(message: Message) -> str:
    """What the assistant asks at the end of its message, if it does."""
    asks = message.role == "assistant" and message.content.rstrip()[-1:] == "?"
    return _QUESTION.split(message.content[-300:].strip())[-1] if asks else ""


def _read(message: Message, names: set[str], when: datetime, question: str) -> tuple[str | None, list[Told], list[Rejected]]:
    name, content = _named(message)
    if message.role == "user":
        turn: UserTurn | AssistantTurn = UserTurn(_cast(name, names), when, question)
    elif message.role == "assistant":
        turn = UserTurn(_cast(name, names), when) if name and len(names) > 1 else AssistantTurn(_cast(None, names), when)
    else:
        return name, [], [rejected(content, "a system message")]
    turn.read(content)
    over = [rejected(told.text, f"more than {MOST} statements in one message") for told in turn.told[MOST:][:1]]
    return name, turn.told[:MOST], _bounded(turn.nothing) + over


def _bounded(nothing: list[Rejected]) -> list[Rejected]:
    """A receipt shows why, not everything: the first pieces, and how many more there were."""
    more = len(nothing) - SHOWN
    return [*nothing[:SHOWN], rejected(nothing[SHOWN].text, f"and {more - 1} pieces more")] if more > 0 else nothing


def _named(message: Message) -> tuple[str | None, str]:
    """Who speaks and what: by the message's name, or by "Anna: ..." at its start."""
    if message.name and message.name.strip():
        return message.name.strip()[:80], message.content
    match = _SAYS.match(message.content) if message.role in {"user", "assistant"} else None
    if match is None or match["name"].split()[0].lower() in _LABELS:
        return None, message.content
    return match["name"], message.content[match.end() :]


def _cast(name: str | None, names: set[str]) -> Cast:
    """In a conversation of two people "you" is the other one; with more of them it stays as it was said."""
    if name is None:
        return Cast(USER, ASSISTANT)
    others = sorted(names - {name})
    return Cast(name, others[0] if len(others) == 1 else ASSISTANT if not others else "")


def _typed(told: Sequence[Told], name: str | None, when: datetime, place: int) -> Iterator[Statement]:
    for one in told:
        kind, typed = memory_types.classify(one.text)
        sure = one.sure if typed >= 0.6 or one.sure >= ASKED else one.sure - 0.05
        yield Statement(one.text, kind, round(sure, 2), name, when, place, one.source)
