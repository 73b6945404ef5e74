"""The README's producers, run as printed against real brokers; only addresses and the key are put in."""

import asyncio
import re
import sys

import pytest
from server import ROOT

SECTION = (ROOT / "README.md").read_text().split("## Send it through a queue")[1].split("\n## ")[0]
PROGRAMS = dict(re.findall(r"\*\*([^*]+)\*\* \(`pip.*?```python\n(.*?)```", SECTION, re.DOTALL))


@pytest.fixture(params=PROGRAMS)
def printed(request, redis_url) -> tuple[str, str, str]:
    """A program, the address it is printed with, and the one of the broker beside us."""
    places = {
        "Redis Streams": ("redis://localhost:6379/0", lambda: redis_url),
        "RabbitMQ": ("amqp://guest:guest@localhost/", lambda: request.getfixturevalue("rabbit").url),
        "NATS JetStream": ("nats://localhost:4222", lambda: request.getfixturevalue("nats").url),
    }
    address, url = places[request.param]
    return PROGRAMS[request.param], address, url()


async def test_what_the_readmes_producers_send_is_accepted(printed, redis, consuming, until, events, api_key):
    program, address, url = printed
    assert address in program
    code = program.replace(address, url).replace("YOUR_KEY", api_key)
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE)
    _, said = await running.communicate()
    assert running.returncode == 0, said.decode()
    async with consuming(url):
        await until(lambda: _one(events))
    [event] = await events()
    assert (event.scope.owner, event.scope.user) == ("keyed", "alice")


async def _one(events) -> bool:
    return bool(await events())


def test_all_three_are_there():
    assert list(PROGRAMS) == ["Redis Streams", "RabbitMQ", "NATS JetStream"]
