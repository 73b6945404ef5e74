"""The mailbox: accepted events, a shard each its lanes, lease and wake-up, until their receipts are closed."""

from core.mailbox.commit_lock import CommitLocks
from core.mailbox.dead_letters import DeadLetter, DeadLetters
from core.mailbox.entry import Entry
from core.mailbox.lease import Lease
from core.mailbox.mailbox import Depth, Mailbox

__all__ = ["CommitLocks", "DeadLetter", "DeadLetters", "Depth", "Entry", "Lease", "Mailbox"]
