"""One process, kept alive: started, its lines passed on, started again when it dies, ended when asked."""

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

from cli.console import Say
from cli.processes import Process

BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 30.0
LIFE_THAT_FORGIVES_S = 10.0
"""A process that lived this long starts again after BACKOFF_FIRST_S, whatever happened before: what can't start dies sooner."""
_LINE_MAX_BYTES = 16_384
_LAST_WORDS_S = 0.5
_TETHER = str(Path(__file__).with_name("tethered.py"))


async def spawn(
    process: Process, stdout: int = asyncio.subprocess.PIPE, stderr: int = asyncio.subprocess.STDOUT
) -> asyncio.subprocess.Process:
    """Starts it tethered to this process' life, in a process group of its own: the terminal's Ctrl-C is ours to pass on. Not in a session
    of its own: Linux ranks sessions against each other before processes, and a worker's niceness would count for nothing."""
    tether = (sys.executable, "-I", "-S", _TETHER, process.orphaned, str(os.getpid()))
    return await asyncio.create_subprocess_exec(
        *tether,
        *process.argv,
        env={**os.environ, **process.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        process_group=0,
        pass_fds=() if process.keeps_fd is None else (process.keeps_fd,),
    )


async def lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """The stream's lines without their ends; one that is far too long comes in pieces. None: it was not asked for, and has none."""
    rest = b""
    while stream and (chunk := await stream.read(_LINE_MAX_BYTES)):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").rstrip("\r")
        if len(rest) > _LINE_MAX_BYTES:
            yield rest.decode(errors="replace")
            rest = b""
    if rest:
        yield rest.decode(errors="replace")


def how_it_ended(code: int) -> str:
    """A process' return code in words."""
    return f"ended with code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"


class Child:
    """Keeps one process alive until `stop`. It starts only while `gate` is open: nothing restarts against a dead Redis."""

    def __init__(self, process: Process, say: Say, gate: asyncio.Event) -> None:
        self.process = process
        self.died = asyncio.Event()
        self._say = say
        self._gate = gate
        self._stopping = asyncio.Event()
        self._running: asyncio.subprocess.Process | None = None
        self._last_lines: deque[str] = deque(maxlen=8)
        self._delay_s = BACKOFF_FIRST_S

    @property
    def pid(self) -> int | None:
        """Of the running process; None between two lives."""
        return self._running.pid if self._running else None

    async def keep(self) -> None:
        """Runs it again and again, saying so, until `stop`."""
        while await self._may_start():
            born = time.monotonic()
            code = await self._live()
            if self._stopping.is_set():
                return
            if time.monotonic() - born >= LIFE_THAT_FORGIVES_S:
                self._delay_s = BACKOFF_FIRST_S
            self._tell_of_death(code)
            await self._rest()

    async def stop(self, patience_s: float) -> None:
        """Asks it to end, and kills it if it has not after `patience_s`; returns when it is gone."""
        self._stopping.set()
        if (running := self._running) is None:
            return
        _send(running, signal.SIGTERM)
        try:
            await asyncio.wait_for(running.wait(), patience_s)
        except TimeoutError:
            self._say("mneme", f"{self.process.name} did not stop within {patience_s:g} s; killed")
            self.kill()
            await running.wait()

    def kill(self) -> None:
        """Ends it at once."""
        self._stopping.set()
        if self._running is not None:
            _send(self._running, signal.SIGKILL)

    async def _may_start(self) -> bool:
        """Waits for the gate; False once it should stop."""
        opened, stopping = asyncio.create_task(self._gate.wait()), asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({opened, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
            stopping.cancel()
        return not self._stopping.is_set()

    async def _live(self) -> int:
        """One life, from start to its return code."""
        self.died.clear()
        self._running = await spawn(self.process)
        if self._stopping.is_set():  # asked while it was being started
            _send(self._running, signal.SIGTERM)
        reading = asyncio.create_task(self._pass_lines_on(self._running))
        code = await self._running.wait()
        await asyncio.wait({reading}, timeout=_LAST_WORDS_S)  # not for ever: its own children may hold the pipe
        reading.cancel()
        self._running = None
        self.died.set()
        return code

    async def _pass_lines_on(self, running: asyncio.subprocess.Process) -> None:
        async for line in lines(running.stdout):
            self._last_lines.append(line)
            if not self.process.quiet:
                self._say(self.process.name, line)

    def _tell_of_death(self, code: int) -> None:
        if self.process.quiet:
            for line in self._last_lines:
                self._say(self.process.name, line)
        self._last_lines.clear()
        self._say("mneme", f"{self.process.name} {how_it_ended(code)}; starting it again in {self._delay_s:g} s")

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), self._delay_s)
        except TimeoutError:
            self._delay_s = min(self._delay_s * 2, BACKOFF_MAX_S)


def _send(running: asyncio.subprocess.Process, number: signal.Signals) -> None:
    try:
        running.send_signal(number)
    except ProcessLookupError:
        return
