"""`mneme up`, the real one, as a user meets it."""

import signal
import subprocess
from pathlib import Path

import httpx
import pytest
from killing import children_of, kill
from mneme_commands import mneme
from server import Server, files_with, free_port, running, wait_until_ready
from supervised import alive, in_time

STOPS_WITHIN_S = 30
"""On a machine that does much else; alone it takes one or two."""


def run(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return mneme(*arguments, environment=server.environment)


def status(server: Server, key: str) -> int:
    return httpx.get(f"{server.url}/v1/ping/", headers={"Authorization": f"Token {key}"}, timeout=60).status_code


def test_the_first_start_shows_a_key_that_works_and_keeps_only_its_hash(live_server: Server) -> None:
    assert live_server.output().count("Your API key, shown only this once") == 1
    assert status(live_server, live_server.api_key) == 200
    assert files_with(live_server.data_dir, live_server.api_key) == ["up.log"]


def test_the_line_to_paste_works(live_server: Server) -> None:
    command = live_server.output().partition("Try it:")[2].partition("From Python")[0]
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=100, check=False)
    assert "TypeScript" in done.stdout, done


def test_a_second_one_on_the_same_folder_is_refused(live_server: Server) -> None:
    done = run(live_server, "up", "--port", str(free_port()))
    assert done.returncode == 1
    assert f"another `mneme up` is running on {live_server.data_dir} (process {live_server.process.pid})" in done.stderr


def test_a_key_can_be_made_and_revoked_while_it_runs(live_server: Server) -> None:
    made = run(live_server, "key", "create", "--name", "laptop").stdout.strip()
    assert status(live_server, made) == 200
    row = next(line for line in run(live_server, "key", "list").stdout.splitlines() if "laptop" in line)
    assert made not in row
    assert run(live_server, "key", "revoke", row.split()[0]).returncode == 0
    assert status(live_server, made) == 401


def test_the_doctor_finds_nothing_broken(live_server: Server) -> None:
    wait_until_ready(live_server)
    done = run(live_server, "doctor")
    assert done.returncode == 0, done.stdout
    assert f"ready at {live_server.url}" in done.stdout
    assert "append-only file on, noeviction" in done.stdout


def test_stats_count(live_server: Server) -> None:
    in_time(lambda: "waiting events: 0 live" in (said := run(live_server, "stats").stdout) and "default" in said)


def test_dead_letters_that_were_dropped_are_none(live_server: Server) -> None:
    assert "dropped" in run(live_server, "dead-letters", "drop", "all").stdout
    assert run(live_server, "dead-letters", "list").stdout == "no dead letters\n"
    assert "0 dropped" in run(live_server, "dead-letters", "drop", "all").stdout


@pytest.mark.parametrize(
    ("name", "command"), [("redis", "redis-server"), ("web", "query.app:web"), ("worker", "pipeline"), ("tender", "maintenance")]
)
def test_a_killed_process_comes_back(live_server: Server, name: str, command: str) -> None:
    wait_until_ready(live_server)
    kill(live_server, command)
    in_time(lambda: f"{name} was killed by SIGKILL; starting it again" in live_server.output())
    wait_until_ready(live_server)
    assert status(live_server, live_server.api_key) == 200


def test_killed_itself_it_leaves_nothing_behind_and_starts_again(tmp_path: Path) -> None:
    with running(tmp_path / "data", MNEME_API_KEY="") as first:
        children = children_of(first)
        assert len(children) == 4
        first.process.kill()
        in_time(lambda: not any(map(alive, children)))
    with running(tmp_path / "data", MNEME_API_KEY="") as second:
        assert "Your API key" not in second.output()
        assert status(second, first.api_key) == 200
        children = children_of(second)
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(timeout=STOPS_WITHIN_S) == 0
        assert not any(map(alive, children))
        assert "Traceback" not in second.output()
