"""What the HTTP benches have in common: their arguments, and a store filled twice, ours and the yardstick's."""

import argparse
import time
from collections.abc import Sequence
from itertools import islice

from bench.server import Server
from bench.texts import statements
from bench.yardstick import Yardstick
from schemas.ids import new_id


def arguments(what: str) -> argparse.Namespace:
    """The server, and how much to load and to ask."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a running server, e.g. http://127.0.0.1:8000")
    parser.add_argument("key", help="an API key of it")
    parser.add_argument("--memories", type=int, default=10_000, help="loaded first, over all users; 0 loads none")
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--calls", type=int, default=500, help="calls timed, after 20 to warm up")
    return parser.parse_args()


def fill(server: Server, yardstick: Yardstick, memories: int, users: int) -> tuple[list[str], str]:
    """The names of the users, new in every run, and a line on how long the load took."""
    run = new_id()[-8:]
    names = [f"bench-{run}-{number}" for number in range(users)]
    texts = list(islice(statements(seed=1), memories))
    by_user: dict[str, Sequence[str]] = {name: texts[number::users] for number, name in enumerate(names)}
    if not texts:
        return names, "Nothing was loaded."
    ours_s = server.load(by_user)
    started = time.perf_counter()
    yardstick.load(by_user)
    raw_s = time.perf_counter() - started
    ours, raw = memories / ours_s, memories / raw_s
    return names, f"Loaded {memories:,} memories of {users} users: {ours:,.0f} a second; the yardstick {raw:,.0f} ({ours / raw:.2f} of it)."
