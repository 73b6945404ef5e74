"""Stand-ins for Mneme's processes, and the supervisor over them."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from server import free_port
from supervised import PATIENCE_S, WEB, stand_in

from cli.console import Console
from cli.plan import Plan
from cli.supervisor import Supervisor


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def plan(port: int) -> Plan:
    """Three stand-ins, no Redis, a preparing step that makes a key."""
    prepare = stand_in("prepare", """print('{"key": "mneme-secret"}')""")
    processes = [stand_in("web", WEB, str(port)), stand_in("worker"), stand_in("tender")]
    return Plan(host="127.0.0.1", port=port, prepare=prepare, processes=processes)


@pytest.fixture
def shown() -> io.StringIO:
    """Everything the console wrote."""
    return io.StringIO()


@pytest.fixture
def running(shown: io.StringIO) -> Callable[[Plan], object]:
    @asynccontextmanager
    async def run(plan: Plan) -> AsyncIterator[Supervisor]:
        supervisor = Supervisor(plan, Console(shown))
        task = asyncio.create_task(supervisor.run())
        ready = asyncio.create_task(supervisor.ready.wait())
        try:
            await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S)
            yield supervisor
        finally:
            ready.cancel()
            supervisor.stop()
            await asyncio.wait({task}, timeout=PATIENCE_S)
            if not task.done():
                where = "\n".join(map(repr, asyncio.all_tasks()))
                supervisor.stop()  # kills what is left
                pytest.fail(f"it does not end:\n{shown.getvalue()}\n{where}")
            await task

    return run
