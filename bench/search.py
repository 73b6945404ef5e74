"""How long does a search take over HTTP, beside the same model and a bare LanceDB in this process?

python -m bench.search http://127.0.0.1:8000 KEY [--memories 10000] [--users 200] [--calls 500]
"""

from functools import partial
from itertools import islice

from bench.loading import arguments, fill
from bench.server import Server
from bench.texts import questions
from bench.timing import WARM, table, timed
from bench.yardstick import Yardstick

YARDSTICK = "bare model and LanceDB"


def main() -> None:
    given = arguments(__doc__ or "")
    with Server(given.url, given.key) as server, Yardstick() as yardstick:
        names, loaded = fill(server, yardstick, given.memories, given.users)
        asked = [(text, names[place % len(names)]) for place, text in enumerate(islice(questions(seed=2), given.calls + WARM))]
        found = [len(server.search(text, name)) for text, name in asked[:WARM]]
        rows = {
            YARDSTICK: timed([partial(yardstick.search, text, name) for text, name in asked]),
            "search over HTTP": timed([partial(server.search, text + "?", name) for text, name in asked]),
            "a ping over HTTP": timed([server.ping] * len(asked)),
        }
        print(loaded, f"A search finds {sum(found) / len(found):.1f} memories.\n")
        print(table(rows, YARDSTICK))


if __name__ == "__main__":
    main()
