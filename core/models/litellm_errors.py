"""What a provider's failure means: litellm's exceptions in words of ours, each saying what to do about it."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from schemas.errors import MnemeError, Refused, UpstreamFailed

if TYPE_CHECKING:
    from core.models.litellm_door import Endpoint

_REFUSED = {400, 413, 422}
_SAID_MAX = 300


def translated(error: Exception, endpoint: "Endpoint") -> Exception:
    """The error to raise.

    A wrong key, a wrong address and an empty account are UpstreamFailed as well: the work waits until someone puts them right,
    and the message says how. Only what the provider holds against this very request is Refused. Bugs stay what they are.
    """
    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError) or status == 408:
        return UpstreamFailed(f"{endpoint.model} gave no answer within {endpoint.timeout_s:g} s")
    if isinstance(error, MnemeError) or not (isinstance(status, int) or isinstance(error, OSError)):
        return error
    if status in _REFUSED:
        return Refused(f"{endpoint.model} refuses the request ({status})", said=_said(error))
    failure, said = _failure(status, error, endpoint)
    return UpstreamFailed(f"{endpoint.model} {failure}", retry_after_s=retry_after_s(error), said=said)


def _failure(status: int | None, error: Exception, endpoint: "Endpoint") -> tuple[str, str]:
    """In our words, and in the provider's where they help."""
    prefix = endpoint.settings_prefix
    match status:
        case 401 | 403:
            return f"does not accept the API key ({status}): check {prefix}_API_KEY", ""
        case 402:
            return "wants to be paid first (402)", _said(error)
        case 404:
            return f"is not known at {endpoint.api_base or 'its provider'} (404): check {prefix}_MODEL and {prefix}_API_BASE", ""
        case 429:
            return "refuses for its rate limit or quota (429)", _said(error)
        case _:
            return f"failed ({status or 'no connection'})", _said(error)


def _said(error: Exception) -> str:
    """The provider's own words, in one line, bounded."""
    text = " ".join(str(error).split())
    return text.rpartition("Exception - ")[2][:_SAID_MAX]  # before that stand litellm's names for it


def retry_after_s(error: Exception) -> int | None:
    """Seconds the provider asks us to stay away, from its Retry-After header: a number or a date."""
    value = _header(error, "retry-after")
    if value is None:
        return None
    try:
        return max(1, round(float(value)))
    except (ValueError, OverflowError):
        return _seconds_until(value)


def _header(error: Any, name: str) -> str | None:
    """litellm puts a provider's headers here or there."""
    kept = getattr(error, "litellm_response_headers", None) or {}
    sent = getattr(getattr(error, "response", None), "headers", None) or {}
    return kept.get(name) or sent.get(name)


def _seconds_until(date: str) -> int | None:
    try:
        at = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(1, round((at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()))
