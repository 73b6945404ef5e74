"""Messages from plain clients of a broker, while consumer and worker are killed: each is stored once, rubbish is put aside.

Redis Streams under fire: tests/ingest/consumer/test_redis_streams.py.
`python -m bench.brokers --messages 10000 --malformed 100 --kills 10` is the long run.
"""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from brokers import RABBIT, nats_program
from queue_under_fire import Plan, broker_url, fire, known, letters, mneme_on

HERE = {"rabbit": RABBIT.exists(), "nats": nats_program() is not None}


@pytest.mark.timeout(400)
def test_every_message_of_every_broker_is_stored_once_though_consumer_and_worker_are_killed(tmp_path: Path) -> None:
    brokers = [name for name, here in HERE.items() if here or os.environ.get("CI")]
    if not brokers:
        pytest.skip("no broker is installed here")
    plan = Plan(messages=300, malformed=10, kills=3)
    with ExitStack() as stack:
        urls = {name: stack.enter_context(broker_url(name)) for name in brokers}
        server = stack.enter_context(mneme_on(urls.values(), tmp_path / "data"))
        fire(server, urls, plan)
        assert known(server, brokers) == plan.expected(brokers)
        assert len(letters(server)) == plan.malformed * len(brokers)
