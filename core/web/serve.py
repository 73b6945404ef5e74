"""Serving an app: `python -m core.web.serve query.app:web`, uvicorn with bounds on what its connections may hold."""

import argparse
import resource

import uvicorn

from core.priority import answer_soon
from core.settings import Settings
from core.web.protocol import BoundedProtocol

_GRACE_S = 2
_HEADERS = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}
"""On every answer: nobody guesses its type, shows /docs in a frame, or is told which page a link was on."""


def main() -> None:
    _take_all_descriptors()
    answer_soon()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app", help="module:factory")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    uvicorn.run(
        given.app,
        factory=True,
        host=given.host,
        port=given.port,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        limit_concurrency=Settings().connections_max,
        log_level="warning",
        access_log=False,
        server_header=False,
        headers=list(_HEADERS.items()),
        timeout_graceful_shutdown=_GRACE_S,
    )


def _take_all_descriptors() -> None:
    """A shell gives 1,024 open files, which idle connections alone would use up; we bound the connections ourselves."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
