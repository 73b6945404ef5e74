"""`mneme up` keeps its processes alive and ends them in order; here over stand-ins."""

import asyncio
import os
import signal
from dataclasses import replace

import pytest
from supervised import alive, stand_in, until

from cli.console import Console
from cli.refusal import Refused
from cli.supervisor import Supervisor


async def test_it_says_ready_and_shows_the_key_once(running, plan, shown):
    async with running(plan):
        pass
    said = shown.getvalue()
    assert said.count("Your API key") == 1
    assert f"http://127.0.0.1:{plan.port}/v1/memories/ -H 'Authorization: Token mneme-secret'" in said
    assert "ready in" in said


@pytest.mark.parametrize("name", ["web", "worker", "tender"])
async def test_a_killed_process_is_started_again_and_it_says_so(running, plan, shown, name):
    async with running(plan) as supervisor:
        first = supervisor.children[name].pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.children[name].pid not in (None, first))
        assert f"{name} was killed by SIGKILL; starting it again in 0.5 s" in shown.getvalue()


async def test_a_process_that_keeps_dying_is_started_ever_more_slowly(running, plan, shown):
    failing = stand_in("worker", "import sys; sys.exit('no such model')")
    async with running(replace(plan, processes=[plan.processes[0], failing])):
        await until(lambda: "in 1 s" in shown.getvalue())
    assert "no such model" in shown.getvalue()
    assert "worker ended with code 1; starting it again in 0.5 s" in shown.getvalue()


async def test_the_worker_ends_before_the_others(running, plan, shown):
    farewell = (
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\nprint('here', flush=True)\nsignal.pause()"
    )
    processes = [plan.processes[0], stand_in("worker", farewell), stand_in("consumer", farewell)]
    async with running(replace(plan, processes=processes)) as supervisor:
        pids = [child.pid for child in supervisor.children.values()]
        await until(lambda: shown.getvalue().count("| here") == len(processes) - 1)
    said = [line.split(" | ") for line in shown.getvalue().splitlines() if "bye" in line]
    assert [name.strip() for name, _ in said] == ["worker", "consumer"]
    assert not any(map(alive, pids))


async def test_a_process_that_will_not_stop_is_killed(running, plan, shown):
    stubborn = stand_in(
        "tender", "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\nwhile True: time.sleep(9)"
    )
    async with running(replace(plan, processes=[plan.processes[0], stubborn])) as supervisor:
        await until(lambda: "deaf" in shown.getvalue())
        pid = supervisor.children["tender"].pid
        await supervisor.children["tender"].stop(0.1)
        assert not alive(pid)
    assert "tender did not stop within 0.1 s; killed" in shown.getvalue()


async def test_a_second_ctrl_c_ends_everything_at_once(running, plan, shown):
    stubborn = stand_in(
        "worker", "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf')\nwhile True: time.sleep(9)"
    )
    async with running(replace(plan, processes=[plan.processes[0], stubborn])) as supervisor:
        await until(lambda: "deaf" in shown.getvalue())
        supervisor.stop()
        supervisor.stop()
    assert "did not stop" not in shown.getvalue()


async def test_nothing_starts_when_preparing_fails(running, plan, shown):
    refused = stand_in("prepare", "import sys; sys.exit('the store was made with another embedding model')")
    with pytest.raises(Refused, match="preparing the store ended with code 1"):
        async with running(replace(plan, prepare=refused)) as supervisor:
            assert not supervisor.children
    assert "another embedding model" in shown.getvalue()


async def test_a_key_made_while_it_is_being_stopped_is_still_shown(plan, shown):
    slow = stand_in("prepare", """import sys, time\nprint('made', file=sys.stderr)\ntime.sleep(0.3)\nprint('{"key": "mneme-secret"}')""")
    supervisor = Supervisor(replace(plan, prepare=slow), Console(shown))
    running = asyncio.create_task(supervisor.run())
    await until(lambda: "made" in shown.getvalue())
    supervisor.stop()
    await running
    assert "mneme-secret" in shown.getvalue()
    assert not supervisor.children


async def test_a_line_without_end_does_not_stop_the_rest(running, plan, shown):
    endless = stand_in("worker", "import signal, sys\nsys.stdout.write('x' * 1_000_000 + '\\nafter it\\n')\nsignal.pause()")
    async with running(replace(plan, processes=[plan.processes[0], endless])):
        await until(lambda: "after it" in shown.getvalue())
