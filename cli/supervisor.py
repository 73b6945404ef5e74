"""The long-lived half of `mneme up`: starts everything, keeps it alive, stops it in order. Standard library only, to stay small."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path

from cli.banner import first_key, ready_line
from cli.child import Child, how_it_ended, lines, spawn
from cli.console import Console
from cli.plan import Plan, make_plan
from cli.ports import base_url, ready
from cli.processes import STOP_ORDER, Process
from cli.redis_server import answers
from cli.refusal import Refused
from core.priority import answer_soon

_LOADING_WORTH_SAYING_S = 5.0
_READY_POLL_S = 0.1
_LAST_KEY_S = 3.0
_UNREADY_WORTH_SAYING_S = 30.0


class Supervisor:
    """Runs a plan from the first start to the last process' end."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self.children: dict[str, Child] = {}
        self.ready = asyncio.Event()
        self._plan = plan
        self._console = console
        self._stopping = asyncio.Event()
        self._redis_answers = asyncio.Event()
        self._refusal: Refused | None = None

    def stop(self) -> None:
        """Begins an orderly end; called again, kills what is left."""
        if not self._stopping.is_set():
            self._stopping.set()
            return
        for child in self.children.values():
            child.kill()

    async def run(self) -> None:
        """Returns once `stop` was called and everything has ended. Raises Refused, everything ended too, when it cannot start."""
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(self._start_or_stop(group)), group.create_task(self._watch_redis())]
            await self._stopping.wait()
            for task in background:
                task.cancel()
            await asyncio.wait(background)
            await self._stop_all()
        if self._refusal:
            raise self._refusal

    async def _start_or_stop(self, group: asyncio.TaskGroup) -> None:
        try:
            await self._start(group)
        except Refused as refusal:
            self._refusal = refusal
            self._stopping.set()

    async def _start(self, group: asyncio.TaskGroup) -> None:
        began = time.monotonic()
        await self._start_redis(group)
        await self._prepare()
        for process in self._plan.processes:
            self._keep(process, group, gate=self._redis_answers)
        await self._wait_until_ready()
        self._say(ready_line(base_url(self._plan.host, self._plan.port), time.monotonic() - began))
        self.ready.set()

    def _keep(self, process: Process, group: asyncio.TaskGroup, gate: asyncio.Event) -> Child:
        child = self.children[process.name] = Child(process, self._console.say, gate)
        group.create_task(child.keep())
        return child

    async def _start_redis(self, group: asyncio.TaskGroup) -> None:
        """Returns once it has loaded its file, however long that takes."""
        if self._plan.redis is None:
            return
        always_open = asyncio.Event()
        always_open.set()
        child = self._keep(self._plan.redis, group, gate=always_open)
        said = asyncio.get_running_loop().call_later(_LOADING_WORTH_SAYING_S, self._say, "redis is loading its file")
        died = asyncio.create_task(child.died.wait())
        answered = asyncio.create_task(self._redis_answers.wait())
        try:
            await asyncio.wait({died, answered}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            said.cancel()
            died.cancel()
            answered.cancel()
        if not self._redis_answers.is_set():
            raise Refused("the embedded Redis does not start; what it said stands above")

    async def _watch_redis(self) -> None:
        """Keeps the gate the others start through: open while Redis answers, shut from its death until it does again."""
        socket = self._plan.redis_socket
        while socket:
            while not await answers(socket):  # noqa: ASYNC110 - another process' state: there is nothing to await
                await asyncio.sleep(0.02)
            self._redis_answers.set()
            await self.children["redis"].died.wait()
            self._redis_answers.clear()
        self._redis_answers.set()

    async def _prepare(self) -> None:
        """Runs the preparing step to its end; stopped meanwhile, it has a moment left to show the key it may just have made."""
        if self._plan.prepare is None:
            return
        running = await spawn(self._plan.prepare, stderr=asyncio.subprocess.PIPE)
        ending = asyncio.create_task(self._prepared(running))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(ending, return_exceptions=True), _LAST_KEY_S)
            raise
        finally:
            ending.cancel()
            if running.returncode is None:
                running.kill()

    async def _prepared(self, running: asyncio.subprocess.Process) -> None:
        async for line in lines(running.stderr):
            self._console.say("prepare", line)
        made = "".join([line async for line in lines(running.stdout)])
        if (code := await running.wait()) != 0:
            raise Refused(f"preparing the store {how_it_ended(code)}; what it said stands above")
        if key := json.loads(made)["key"]:
            self._console.write(first_key(key, base_url(self._plan.host, self._plan.port)))

    async def _wait_until_ready(self) -> None:
        say_at = time.monotonic() + _UNREADY_WORTH_SAYING_S
        pause_s = _READY_POLL_S
        while True:
            is_ready, said = await ready(self._plan.host, self._plan.port)
            if is_ready:
                return
            if time.monotonic() >= say_at:
                self._say(f"not ready yet: {said[:500]}")
                say_at += _UNREADY_WORTH_SAYING_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.1, 1.0)

    async def _stop_all(self) -> None:
        if not self._refusal:
            self._say("stopping (Ctrl-C again stops at once)")
        for names, patience_s in STOP_ORDER:
            async with asyncio.TaskGroup() as group:
                for name in self.children.keys() & set(names):
                    group.create_task(self.children[name].stop(patience_s))
        if not self._refusal:
            self._say("stopped")

    def _say(self, line: str) -> None:
        self._console.say("mneme", line)


async def supervise(plan: Plan, console: Console) -> None:
    """Runs the plan until SIGINT, SIGTERM, or the terminal closes (unless `nohup` says not to mind that)."""
    supervisor = Supervisor(plan, console)
    hangup = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    for number in (signal.SIGINT, signal.SIGTERM, *hangup):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
    await supervisor.run()


def main(argv: list[str]) -> int:
    """The process `mneme up` turns into. Exit code 0 after an orderly end, 1 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m cli.supervisor")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--redis-server", help="the program to embed; absent where MNEME_REDIS_URL names another Redis")
    parser.add_argument("--consumes", action="store_true", help="there is a message broker to consume")
    asked = parser.parse_args(argv)
    try:
        answer_soon()
        plan = make_plan(asked.host, asked.port, asked.data, asked.redis_server, consumes=asked.consumes)
        asyncio.run(supervise(plan, Console(sys.stdout)))
    except Refused as refusal:
        print(f"mneme: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the loop listens to signals
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
