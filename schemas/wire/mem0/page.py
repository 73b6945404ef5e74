"""Mem0's pages: which rows are asked for, and the envelope that says where the next ones are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict

from schemas.errors import BadInput
from schemas.wire.mem0.entity import EntityObject
from schemas.wire.mem0.event import EventObject
from schemas.wire.mem0.memory import MemoryObject

SIZE, SIZE_MAX = 100, 200
_PAGE_MAX = 1_000_000_000


class _Envelope(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    count: int
    """Rows on all pages."""
    next: str | None
    """URL of the next page."""
    previous: str | None
    """URL of the page before."""


class MemoryPage(_Envelope):
    results: list[MemoryObject]


class EventPage(_Envelope):
    results: list[EventObject]


class EntityPage(_Envelope):
    results: list[EntityObject]
    total_users: int
    total_agents: int
    total_apps: int
    total_runs: int


@dataclass(frozen=True, slots=True)
class Paging:
    """A page and its size, both from 1."""

    page: int
    size: int

    @classmethod
    def of(cls, page: int | None, size: int | None, *, default: int = SIZE, most: int = SIZE_MAX) -> "Paging":
        """The page asked for; a larger size than allowed is cut to `most`. Raises BadInput below 1."""
        for name, value in (("page", page), ("page_size", size)):
            if value is not None and not 1 <= value <= _PAGE_MAX:
                problem = f"must be between 1 and {_PAGE_MAX}"
                raise BadInput(f"{name} {problem}", fields={name: [problem]})
        return cls(page or 1, min(size or default, most))

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    def envelope(self, rows: Sequence[dict[str, Any]], total: int, url: str) -> dict[str, Any]:
        """The page's envelope; `url` is the one that was asked, query and all."""
        return {
            "count": total,
            "next": self._url(url, self.page + 1) if self.offset + self.size < total else None,
            "previous": self._url(url, self.page - 1) if self.page > 1 else None,
            "results": list(rows),
        }

    def _url(self, url: str, page: int) -> str:
        """The same question's other page. Mem0's paths end in a slash. The client's Host header is in it, whatever that says."""
        place, _, asked = url.partition("?")
        query = dict(parse_qsl(asked)) | {"page": str(page), "page_size": str(self.size)}
        return f"{place.rstrip('/')}/?{urlencode(query)}"
