"""Direct: routes whose path has no parameters are looked up; only the others are searched for one after the other."""

from collections.abc import Sequence
from typing import Any

from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class Direct(BaseRoute):
    """All of them as one route, to stand before those it was made from: routers in routers would each be asked twice."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._found: dict[tuple[str, str], Any] = {}
        for context in iter_route_contexts(routes):
            if isinstance(context.original_route, APIRoute) and context.path and "{" not in context.path:
                for method in context.methods or ():
                    self._found.setdefault((method, context.path), context)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        context = self._found.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if context is None:
            return Match.NONE, {}
        return Match.FULL, {"endpoint": context.endpoint, "path_params": {}, "route": context.original_route, "direct": context.app}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["direct"](scope, receive, send)
