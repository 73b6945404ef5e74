"""Calls of a script that share a round trip: each is answered for itself, fails for itself, and none is forgotten."""

import asyncio

import pytest
from redis.exceptions import ConnectionError

from core.mailbox import together as module
from core.mailbox.together import Together
from schemas.errors import Unavailable

ECHO = "if ARGV[1] == 'bad' then return redis.error_reply('bad') end return ARGV[1]"


class Counted(Together):
    """Counts its round trips."""

    trips = 0
    failing = False

    async def _run(self, calls):
        self.trips += 1
        if self.failing:
            raise ConnectionError("away")
        return await super()._run(calls)


@pytest.fixture
def together(redis) -> Counted:
    return Counted(redis, redis.register_script(ECHO))


async def test_calls_that_come_together_go_together(together: Counted) -> None:
    answers = await asyncio.gather(*(together.run([str(n)]) for n in range(200)))
    assert answers == [str(n).encode() for n in range(200)]
    assert together.trips <= 6  # 64 at once, and the script had to be loaded


async def test_one_that_fails_fails_alone(together: Counted) -> None:
    good, bad, fine = await asyncio.gather(*(together.run([word]) for word in ("good", "bad", "fine")), return_exceptions=True)
    assert (good, fine) == (b"good", b"fine")
    assert isinstance(bad, Exception)


async def test_a_lone_call_after_others_is_answered(together: Counted) -> None:
    """Also in the very moment in which the last round trip ends."""
    for n in range(50):
        await asyncio.gather(together.run(["a"]), together.run(["b"]))
        assert await asyncio.wait_for(together.run([str(n)]), 5) == str(n).encode()


async def test_who_gave_up_waiting_keeps_nobody(together: Counted) -> None:
    calls = [asyncio.create_task(together.run([str(n)])) for n in range(3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    assert await asyncio.gather(calls[0], calls[2]) == [b"0", b"2"]


async def test_each_gets_an_error_of_its_own(together: Counted) -> None:
    """Callers write into it how far they had come."""
    together.failing = True
    first, second = await asyncio.gather(together.run(["1"]), together.run(["2"]), return_exceptions=True)
    assert isinstance(first, Unavailable)
    assert isinstance(second, Unavailable)
    assert first is not second


async def test_a_script_that_redis_forgot_is_loaded_again(together: Counted, redis) -> None:
    assert await together.run(["before"]) == b"before"
    await redis.script_flush()
    assert await together.run(["after"]) == b"after"


async def test_while_redis_hangs_nobody_waits_for_more_than_one_try(together: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two round trips hang; who stands behind them for long is told with them, who has just come is tried."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.2)
    hanging, tried = asyncio.Event(), list[bytes]()

    async def hang(calls):
        tried.extend(args[0] for args in calls)
        await hanging.wait()
        raise TimeoutError

    monkeypatch.setattr(together, "_run", hang)
    calls = []
    for name in ("first", "second", "long"):
        calls.append(asyncio.create_task(together.run([name])))
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    calls.append(asyncio.create_task(together.run(["late"])))
    await asyncio.sleep(0)
    hanging.set()
    found = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
    assert all(isinstance(error, Unavailable) for error in found)
    assert tried == ["first", "second", "late"]
