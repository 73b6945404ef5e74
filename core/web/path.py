"""Paths: every route answers with and without a slash at the end, and with two at the start, without a redirect."""

from starlette.types import ASGIApp, Receive, Scope, Send


def canonical(path: str) -> str:
    """One slash at the start, none (of one) at the end; clients join base URLs and paths as they please."""
    path = "/" + path.lstrip("/")
    return path[:-1] if path.endswith("/") and path != "/" else path


class CanonicalPath:
    """Routes see the canonical path. `raw_path` stays as it came: an entity's name may hold an encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": canonical(scope["path"])}
        await self._app(scope, receive, send)
