"""Programs that stand in for Mneme's processes, and ways to watch them."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cli.processes import Process

WEB = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
PATIENCE_S = 60.0
IDLE = "import signal; print('at work'); signal.pause()"


def stand_in(name: str, code: str = IDLE, *words: str) -> Process:
    return Process(name=name, argv=(sys.executable, "-u", "-I", "-S", "-c", code, *words))


async def until(condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Returns once the condition holds; fails the test when it does not in time."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - another process' state: there is nothing to await
            await asyncio.sleep(0.02)


def in_time(condition: Callable[[], object]) -> None:
    """As `until`, where no loop runs."""
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "it did not come true in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process of that number runs (one that only waits to be buried does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
