"""Together: small calls of one script, made by many requests at once, share a round trip to Redis."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from copy import copy
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError, RedisError

from core.mailbox.scripts import Argument
from core.redis import patiently, redis_errors
from schemas.errors import Unavailable

_CALLS_MAX = 64
_AT_ONCE = 2
"""Round trips: the next call need not wait for the sync of the one before to return."""

_PATIENCE_S = 1.5
"""Who waited so long when Redis turns out to be away is told so: to wait for the next try as well would be to wait twice as long."""

Call = tuple[float, Sequence[Argument], "asyncio.Future[Any]"]
"""When it came, by time.monotonic(), what is asked, and who waits for the answer."""


class Together:
    """Who calls while others are on their way goes with the next ones: no timer, so a lone call leaves at once.

    Each call is a run of the script for itself, in the order in which they came, and fails for itself.
    """

    def __init__(self, redis: Redis, script: AsyncScript) -> None:
        self._redis = redis
        self._script = script
        self._waiting: deque[Call] = deque()
        self._senders = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, args: Sequence[Argument]) -> Any:
        """The script's answer, as Redis gives it. Raises Unavailable. Like every script it may run twice."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((time.monotonic(), args, future))
        if self._senders < _AT_ONCE:
            self._senders += 1
            self._tasks.add(task := asyncio.create_task(self._send_all(), name="together"))
            task.add_done_callback(self._tasks.discard)
        with redis_errors():
            return await future

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                calls = [self._waiting.popleft() for _ in range(min(_CALLS_MAX, len(self._waiting)))]
                await self._send([call for call in calls if not call[2].done()])
        finally:  # in the same step as the last look: who comes after it starts another
            self._senders -= 1

    async def _send(self, calls: Sequence[Call]) -> None:
        try:
            answers = await patiently(lambda: self._answers([args for _, args, _ in calls]))
        except Exception as error:
            calls = [*calls, *(self._impatient() if isinstance(error, Unavailable) else ())]
            answers = [copy(error) for _ in calls]  # who catches one may write into it
        except BaseException:
            for _, _, future in calls:
                future.cancel()
            raise
        for (_, _, future), answer in zip(calls, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _impatient(self) -> list[Call]:
        """Those who have waited for long, taken out of the line: nothing of theirs was sent."""
        found: list[Call] = []
        while self._waiting and time.monotonic() - self._waiting[0][0] > _PATIENCE_S:
            found.append(self._waiting.popleft())
        return found

    async def _answers(self, calls: Sequence[Sequence[Argument]]) -> list[Any]:
        """An answer or an error a call."""
        answers = await self._run(calls)
        if unknown := [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]:
            await self._redis.script_load(self._script.script)
            for place, answer in zip(unknown, await self._run([calls[place] for place in unknown]), strict=True):
                answers[place] = answer
        return answers

    async def _run(self, calls: Sequence[Sequence[Argument]]) -> list[Any | RedisError]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for args in calls:
                pipe.execute_command("EVALSHA", self._script.sha, 0, *args)
            return await pipe.execute(raise_on_error=False)
