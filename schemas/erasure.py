"""Erasure: a user removed from everywhere, and the receipt that says how far it has come and what was found."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class ErasureStatus(StrEnum):
    ERASED = "erased"
    """No read finds anything of the user any more; old files still hold it."""
    COMPLETE = "complete"
    """The files were written anew without it, and looked through."""


class Scan(BaseModel):
    """What was looked at in the end, and what of the user was found there."""

    model_config = ConfigDict(frozen=True)

    left: dict[str, int] = {}
    """By place, what it still holds that was accepted before the erasure. All 0, or it says where."""
    versions_left: int = 0
    """Old versions of tables that still hold what was deleted."""
    aof_rewritten: bool = False
    """Whether Redis has written its append-only file anew."""
    texts: int = 0
    """Erased texts that were looked for, as hashes of 24 bytes of them; those that others' memories hold as well are left out."""
    files: int = 0
    """Files of the data folder that were read to the last byte; 0 where it does not lie on this machine."""
    bytes: int = 0
    found: tuple[str, ...] = ()
    """The files that hold one of the texts all the same, up to 100 of them."""


class Erasure(BaseModel):
    """A user's erasure. It names the user by its subject's key only, so that the receipt can be kept."""

    model_config = ConfigDict(frozen=True)

    id: str
    """The id of the event that asked for it."""
    owner: str
    subject: str
    """See `Scope.subject`: whoever knows the user's name can find the receipt, and nobody can read the name from it."""
    status: ErasureStatus = ErasureStatus.ERASED
    now: bool = False
    """Old files go at once instead of after the grace that open reads have."""
    accepted_at: datetime
    """What was accepted before is erased, what comes after is new."""
    erased_at: datetime
    rewritten_at: datetime | None = None
    """When the tables stood rewritten; versions older than this hold what was deleted."""
    completed_at: datetime | None = None
    counts: dict[str, int] = {}
    """By place, what was found there and erased."""
    scan: Scan | None = None

    @property
    def clean(self) -> bool:
        """Whether the scan has found nothing."""
        scan = self.scan
        return scan is not None and not (any(scan.left.values()) or scan.versions_left or scan.found)


UNVOUCHED = (
    "backups and snapshots, made before",
    "what model providers have logged",
    "messages and dead letters on RabbitMQ, NATS or Kafka, and what is still to be read from a queue",
    "versions that an object store keeps of deleted objects",
    "log lines at DEBUG, and wherever logs are sent",
    "what your own webhooks, streams and exports were given",
)
"""What no scan of ours can see."""
KIND = "erasure"
"""Of the records that erasures are kept as."""
