"""Fields that several requests and answers have: the end user, times, scores."""

from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

USER_MAX_CHARS = 320
"""An e-mail address has no more; any other string may stand there as well, compared as it is."""
pooling: ContextVar[bool] = ContextVar("pooling", default=False)
"""Whether the install being asked lets requests go without an end user; set by the routes from its settings."""

_DECIMALS = 6


def not_blank(text: str) -> str:
    """The text. Raises what pydantic shows as a field's problem."""
    if not text.strip():
        raise PydanticCustomError("blank", "Must not be blank")
    return text


def _named(value: Any) -> Any:
    if value is None and not pooling.get():
        raise PydanticCustomError("missing", "Field required")
    return value


UserId = Annotated[str, Field(min_length=1, max_length=USER_MAX_CHARS), AfterValidator(not_blank)]
"""An end user's id."""
RequiredUserId = Annotated[UserId | None, BeforeValidator(_named), Field(validate_default=True)]
"""The same; None only where the install pools."""


def user_required(schema: dict[str, Any]) -> None:
    """For /docs: the end user is required, whatever an install may allow."""
    schema["required"] = sorted({*schema.get("required", ()), "external_user_id"})


def stamp(moment: datetime) -> str:
    """UTC with milliseconds and a Z: 2026-03-14T08:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rounded(score: float) -> float:
    """A score as it is shown: six decimals."""
    return round(score, _DECIMALS)
