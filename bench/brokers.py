"""Queues under load and fire: a plain client of each broker publishes, a whole Mneme stores; consumer and worker are killed meanwhile.

python -m bench.brokers --messages 10000 --malformed 100 --kills 10       prints what was published, stored, doubled, put aside
python -m bench.brokers --messages 100000 --malformed 0 --kills 0         the rate
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from queue_under_fire import Plan, broker_url, fire, known, letters, mneme_on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", nargs="+", default=["redis", "rabbit", "nats"], choices=["redis", "rabbit", "nats"])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--malformed", type=int, default=100)
    parser.add_argument("--kills", type=int, default=10)
    given = parser.parse_args()
    print("| broker | published | malformed | kills | stored | missing | more than once | dead letters | s | stored/s |\n|" + "---|" * 10)
    whole = [run(broker, Plan(given.messages, given.malformed, given.kills)) for broker in given.brokers]
    sys.exit(not all(whole))


def run(broker: str, plan: Plan) -> bool:
    """Prints a line; True where each message was stored once and each malformed one put aside."""
    with (
        tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder,
        broker_url(broker) as url,
        mneme_on([url], Path(folder) / "data") as server,
    ):
        seconds = fire(server, {broker: url}, plan)
        found, wanted, aside = known(server, [broker]), plan.expected([broker]), len(letters(server))
    missing, more = (wanted - found).total(), (found - wanted).total()
    print(
        f"| {broker} | {plan.messages:,} | {plan.malformed} | {plan.kills} | {found.total():,} | {missing} | {more} | {aside} "
        f"| {seconds:.0f} | {plan.messages / seconds:,.0f} |",
        flush=True,
    )
    return not missing and not more and aside == plan.malformed


if __name__ == "__main__":
    main()
