"""Keys: every name mailboxes and receipts have in Redis. The Lua scripts are given the same constants."""

from schemas.event import Lane

BOX = "mneme:box:"
"""+ shard + part: `live` and `bulk` (streams of entries), `counts` (hash: what waits, by subject and owner, and its bytes),
`state` (hash: the last stamp, the last fencing token, and `writes`, who may have a commit under way), `lease`, `commit` (who may
write), `woken` (a wake-up is on its way), `promised` (list: owner and lifecycle event by turns, of maintenance that may be committed
already). One set a shard, for good."""
OPEN = "mneme:open:"
"""+ event id: hash, an open receipt and all that is kept about an unfinished event; ends when the event is closed."""
CLOSED = "mneme:receipt:"
"""+ event id: JSON, a closed receipt; ends by its TTL, or before it where all take too much."""
CLOSINGS = "mneme:closings:"
"""+ owner: stream, the ids of what was closed together and the bytes their receipts take; ends by its TTL."""
WEIGHTS = "mneme:weights"
"""Sorted set: owners by the bytes that their closed receipts take; ends by its TTL."""
WEIGHT = "mneme:weight"
"""The sum of these; ends by its TTL."""
INDEX = "mneme:receipts:"
"""+ owner: sorted set, event id by acceptance; ends by its TTL."""
DEAD = "mneme:dead"
"""Stream: the dead letters of all shards."""
BURIED = "mneme:dead:bytes"
"""How many bytes of events were ever buried."""
BULK = "mneme:bulk:"
"""+ id of a bulk job: hash, its counters; ends by its TTL, and so do its `:errors`, a list of the first lines refused."""
BULKS = "mneme:bulks:"
"""+ owner: sorted set, names of bulk jobs by their beginning; ends by its TTL."""
BULK_STRETCH_S = 10
"""A bulk job's rate is told by what was closed in this stretch of so many seconds and the one before."""
REPLY = "mneme:reply:"
"""+ Event.reply_to: channel, ids of closed events as a JSON list."""

LIFE = "mneme:lifecycle:"
"""+ owner: stream of its lifecycle events, bounded; ends by its TTL. The channel of that name says that there are new ones."""
OUTBOX = "mneme:outbox"
"""Stream: lifecycle events on their way to brokers and webhooks, until each of these has them."""
DROPPED = "mneme:outbox:dropped"
"""Hash: lifecycle events that left the outbox before all had them: `total`, and of the burst that is not told yet `untold`, `since` and
`last`, in seconds since 1970; ends by its TTL."""
HOOK = "mneme:webhook:"
"""+ webhook id + part: `line` (sorted set: what is to be delivered, by what it is about, then in order), `due` (sorted set: the first
of each line by when it is tried, in ms), `deliveries` (hash: all that is kept of each), `log` (sorted set: those that are over, by
when), `state` (hash: the last number, until when it rests, how many were not made). Gone with the webhook."""
HOOKED = "mneme:webhooks:owners"
"""Hash: owner that has or had webhooks -> a number that rises with every change of them."""

RECEIPT_FIELDS = ("owner", "kind", "status", "created", "updated", "started", "attempts", "deaths", "error")
"""What of an open receipt's hash is the receipt. Beside them: `reply`, `job`, `size` (the event's bytes), `by` (the token that runs it),
`work`."""


def lane_key(shard: int, lane: Lane) -> str:
    """The stream of a shard's lane."""
    return f"{BOX}{shard}:{lane}"


def promised_key(shard: int) -> str:
    """The lifecycle events a shard's maintenance has promised."""
    return f"{BOX}{shard}:promised"


def state_key(shard: int) -> str:
    return f"{BOX}{shard}:state"
