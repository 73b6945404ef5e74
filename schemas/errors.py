"""The error tree: every failure a caller can see, with its HTTP status and whether trying again helps.

MnemeError
├── BadInput                400  the request says something impossible; `fields` names the places
├── Unauthenticated         401  no key, or one that is unknown or revoked
├── Forbidden               403  a valid key that may not do this
├── NotFound                404  no such thing for this owner
├── MethodNotAllowed        405  the path exists, but not with this method
├── Gone                    410  it was here, and is no longer kept
├── Conflict                409  it contradicts what is stored (an immutable memory, another embedding model)
├── TooLarge                413  a body over the bound
├── TooManyRequests         429  a mailbox is full; `retry_after_s` says when to come back
│   └── LimitReached        429  a plan's quota is used up
│       └── RateReached     429  more requests within a second than one owner may make
├── Unavailable             503  something we need does not answer now; retryable
│   ├── UpstreamFailed      503  a model provider failed, refused for rate, or timed out
│   ├── NotInTime           503  accepted and durable, but its outcome did not come before the wait ended
│   └── RunNotInTime        503  maintenance that was ordered and takes longer than the caller can wait
├── Unreadable              502  a provider's answer could not be read, even after repair; retryable
├── Refused                 502  a provider refuses this very request (too long for it, against its policy)
├── Poison                  500  an event that can't be handled, however often it is tried
└── LeaseLost               503  this process no longer owns the shard: whatever it was doing must not be committed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class MnemeError(Exception):
    """The root: `message` is for the caller, `status` an HTTP status, `retryable` whether the same call may succeed later.

    `said` are words of somebody else's, a provider's or a model's, which may quote a memory: the message ends in them, `brief` does not.
    """

    status = 500
    retryable = False

    def __init__(self, message: str, *, retry_after_s: int | None = None, said: str = "") -> None:
        self.brief = message
        self.message = f"{message}: {said}" if said else message
        super().__init__(self.message)
        self.retry_after_s = retry_after_s


_SHOWN_CHARS = 100


def shown(text: str) -> str:
    """What a client called something, as a refusal repeats it: its beginning, where it is long."""
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}..."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: pydantic's name for it, the way to it (("body", "messages", 0, "role")), and words."""

    type: str
    loc: tuple[str | int, ...]
    message: str


class BadInput(MnemeError):
    """`fields` maps a top-level field to its problems.

    `problems` is set where the request does not fit the schema, for dialects that show paths; empty for anything else,
    such as a body that is no JSON.
    """

    status = 400

    def __init__(self, message: str, *, fields: Mapping[str, Sequence[str]] | None = None, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.fields = {name: list(about) for name, about in (fields or {}).items()}
        self.problems = tuple(problems)


class Unauthenticated(MnemeError):
    status = 401


class Forbidden(MnemeError):
    status = 403


class NotFound(MnemeError):
    status = 404


class MethodNotAllowed(MnemeError):
    status = 405


class Gone(MnemeError):
    status = 410


class Conflict(MnemeError):
    status = 409


class TooLarge(MnemeError):
    status = 413


class TooManyRequests(MnemeError):
    status = 429
    retryable = True


class LimitReached(TooManyRequests):
    """`limit` of what, how much of it `remaining`, and `resets_at`, in seconds since 1970, when there is more."""

    def __init__(self, message: str, *, limit: int, remaining: int, resets_at: int, retry_after_s: int) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.limit = limit
        self.remaining = remaining
        self.resets_at = resets_at


class RateReached(LimitReached):
    pass


class Unavailable(MnemeError):
    status = 503
    retryable = True


class UpstreamFailed(Unavailable):
    pass


class NotInTime(Unavailable):
    """`event_id` stays accepted: its receipt will say what became of it."""

    def __init__(self, message: str, *, event_id: str, retry_after_s: int = 1) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.event_id = event_id


class RunNotInTime(Unavailable):
    """`run_id` goes on: its record will say what became of it."""

    def __init__(self, message: str, *, run_id: str, retry_after_s: int = 5) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.run_id = run_id


class Unreadable(MnemeError):
    status = 502
    retryable = True


class Refused(MnemeError):
    status = 502


class Poison(MnemeError):
    pass


class LeaseLost(MnemeError):
    status = 503
    retryable = True
