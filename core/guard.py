"""Guard: a dependency that tells whose a request is, and the API's description how to say so."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

T = TypeVar("T")


class Guard(SecurityBase, Generic[T]):
    """One dependency, where a `Security` parameter that only documents would be another to solve for each request."""

    def __init__(self, tell: Callable[[Request], Awaitable[T]], *, name: str, description: str) -> None:
        self.model = HTTPBearer(description=description)
        self.scheme_name = name
        self._tell = tell

    async def __call__(self, request: Request) -> T:
        """Who asks, by `tell`; raises what that raises."""
        return await self._tell(request)
