"""Answers: JSON by orjson."""

from typing import Any

import orjson
from starlette.responses import Response

Responses = dict[int | str, dict[str, Any]]
"""Status -> what /docs says of that answer."""


class Json(Response):
    """Routes return it whole, so that FastAPI does not walk it again. Takes what orjson takes: datetimes, enums, str-keyed dicts."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)
