"""Places: all that holds users' words. A table or a family of keys that is in neither list fails a test."""

from collections.abc import Mapping
from typing import Final

from workers.erasure.conversations import CONVERSATIONS
from workers.erasure.exports import EXPORTS
from workers.erasure.letters import LETTERS
from workers.erasure.lifecycle import LIFECYCLE
from workers.erasure.place import Place, Whose
from workers.erasure.profiles import PROFILES
from workers.erasure.reads import READS
from workers.erasure.receipts import RECEIPTS
from workers.erasure.rows import ROWS
from workers.erasure.runs import RUNS
from workers.erasure.waiting import WAITING
from workers.erasure.webhooks import WEBHOOKS

PLACES: Final[tuple[Place, ...]] = (
    WAITING, RECEIPTS, LETTERS, CONVERSATIONS, EXPORTS, LIFECYCLE, WEBHOOKS, PROFILES, RUNS, READS, ROWS,
)  # fmt: skip
"""In this order."""

WORDLESS_TABLES: Final[Mapping[str, str]] = {
    "keys": "API keys: hashes, names that owners give them",
    "owners": "accounts and their plans",
    "meta": "what the store was made with",
}
"""Kind of table -> what is in it instead."""

WORDLESS_KEYS: Final[Mapping[str, str]] = {
    "mneme:receipts:": "ids of events, by owner",
    "mneme:closings:": "ids of events, by owner",
    "mneme:weight": "bytes of receipts, by owner",
    "mneme:reply:": "channels: ids of events",
    "mneme:chats:": "names of conversations' keys, which are hashes",
    "mneme:runs:open": "ids of runs",
    "mneme:maintenance": "arq's queue of runs, and the schedule's turns: ids",
    "mneme:pipeline": "arq's queue of shards: numbers",
    "mneme:outbox:positions": "how far each that listens has come",
    "mneme:outbox:dropped": "counters",
    "mneme:webhooks": "arq's queue, who has some and which are busy: ids",
    "mneme:bulk:": "counters of bulk jobs, and why lines were refused, in words that hold nothing of them",
    "mneme:bulks:": "names of bulk jobs by owner",
    "mneme:projects:generation": "a number",
    "mneme:project:": "locks",
    "mneme:place:": "who carries out which run",
    "mneme:alive:": "names of processes",
    "mneme:keys:generation": "a number",
    "mneme:bootstrap": "a lock",
    "mneme:used": "counters by owner",
    "mneme:queue:again:": "counters by event id",
    "mneme:erased": "subjects' keys and moments",
    "mneme:erasure:": "what is known of an erasure until it is over: ids, counts, hashes",
    "mneme.ingest": "what was published and not yet read: it counts as new",
    "arq:": "arq's jobs: shards and runs",
}
"""What keys' names begin with -> what is in them instead."""


async def counted(whose: Whose) -> dict[str, int]:
    """What all places hold, by name."""
    found: dict[str, int] = {}
    for place in PLACES:
        found |= await place.holds(whose)
    return found
