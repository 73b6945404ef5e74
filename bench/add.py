"""How long does a synchronous add take over HTTP, beside embedding the same text and merging one row in this process?

python -m bench.add http://127.0.0.1:8000 KEY [--memories 10000] [--users 200] [--calls 200]
"""

from functools import partial
from itertools import islice

from bench.loading import arguments, fill
from bench.server import Server
from bench.texts import statements
from bench.timing import WARM, table, timed
from bench.yardstick import Yardstick

YARDSTICK = "bare model and one LanceDB merge"


def main() -> None:
    given = arguments(__doc__ or "")
    with Server(given.url, given.key) as server, Yardstick() as yardstick:
        names, loaded = fill(server, yardstick, given.memories, given.users)
        said = [(text, names[place % len(names)]) for place, text in enumerate(islice(statements(seed=4), given.calls + WARM))]
        kept: list[bool] = []

        def add(text: str, name: str) -> None:
            kept.append(any(verdict.get("id") for verdict in server.add(text, name)))

        rows = {
            YARDSTICK: timed([partial(yardstick.add, text, name) for text, name in said]),
            "add over HTTP": timed([partial(add, text, name) for text, name in said]),
            "a ping over HTTP": timed([server.ping] * len(said)),
        }
        print(loaded, f"{sum(kept)} of {len(kept)} adds left a memory.\n")
        print(table(rows, YARDSTICK))


if __name__ == "__main__":
    main()
