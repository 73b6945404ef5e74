"""The embedded Redis: durable, private, back after a crash, never two on one folder."""

import asyncio
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import redis.asyncio
from supervised import until

from cli.locks import lock_redis
from cli.plan import Plan
from cli.redis_server import answers, find_server, make_private, redis_process, socket_path
from cli.refusal import Refused


@pytest.fixture
def with_redis(plan: Plan, tmp_path: Path) -> Plan:
    make_private(tmp_path / "redis")
    process = redis_process(find_server(), tmp_path, lock_redis(tmp_path / "redis"))
    return replace(plan, redis=process, redis_socket=socket_path(tmp_path))


@pytest.fixture
async def client(tmp_path: Path):
    async with redis.asyncio.Redis(unix_socket_path=str(socket_path(tmp_path))) as opened:
        yield opened


async def until_answering(socket: Path) -> None:
    async with asyncio.timeout(60):
        while not await answers(socket):  # noqa: ASYNC110 - another process' state
            await asyncio.sleep(0.02)


async def test_it_is_durable_evicts_nothing_and_opens_no_port(running, with_redis, client):
    async with running(with_redis):
        found = await client.config_get("*")
        mode = with_redis.redis_socket.stat().st_mode
    wanted = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "port": "0", "aof-load-truncated": "yes"}
    assert {name: found[name] for name in wanted} == wanted
    assert mode & 0o077 == 0


async def test_a_killed_redis_comes_back_with_everything(running, with_redis, client, shown):
    async with running(with_redis) as supervisor:
        await client.set("accepted", "event")
        first = supervisor.children["redis"].pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.children["redis"].pid not in (None, first))
        await until_answering(with_redis.redis_socket)
        assert await client.get("accepted") == b"event"
    assert "redis was killed by SIGKILL" in shown.getvalue()


async def test_what_a_crash_cut_off_does_not_keep_it_from_starting(running, with_redis, client, tmp_path):
    async with running(with_redis):
        await client.set("accepted", "event")
    file = next(path for path in (tmp_path / "redis").rglob("*.aof") if path.stat().st_size)
    with file.open("ab") as tail:
        tail.write(b"*3\r\n$3\r\nSET\r\n$4\r\nha")
    async with running(with_redis):
        assert await client.get("accepted") == b"event"


async def test_nothing_restarts_while_redis_is_away(running, with_redis, client):
    async with running(with_redis) as supervisor:
        redis_child, worker = supervisor.children["redis"], supervisor.children["worker"]
        redis_child._delay_s = 1.2
        os.kill(redis_child.pid, signal.SIGKILL)
        os.kill(worker.pid, signal.SIGKILL)
        await until(lambda: worker.pid is None)
        await until(lambda: worker.pid is not None)
        assert await client.ping()


async def test_a_broken_file_is_reported_and_ends_the_start(running, with_redis, tmp_path, shown):
    (tmp_path / "redis" / "appendonly.aof").write_bytes(b"*not a file of redis\r\n")
    with pytest.raises(Refused, match="Redis does not start"):
        async with running(with_redis):
            pass
    assert "Bad file format" in shown.getvalue()


async def test_a_redis_left_behind_is_told_to_go(with_redis, tmp_path, monkeypatch):
    """As on a system where children outlive a parent that was killed."""
    monkeypatch.setattr("cli.locks.LEFTOVER_PATIENCE_S", 0.5)
    lock = with_redis.redis.keeps_fd
    with subprocess.Popen(  # noqa: ASYNC220 - not tethered, unlike all we start ourselves
        with_redis.redis.argv, pass_fds=[lock], stdout=subprocess.DEVNULL
    ) as leftover:
        os.close(lock)
        await until(lambda: (tmp_path / "redis" / "redis.pid").exists())
        os.close(await asyncio.to_thread(lock_redis, tmp_path / "redis"))
        assert leftover.wait(timeout=60) == 0


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(tmp_path):
    deep = tmp_path.joinpath(*["folder" * 5] * 5)
    socket = socket_path(deep)
    assert len(os.fsencode(socket)) <= 100
    assert socket == socket_path(deep)
    assert socket != socket_path(deep / "other")


def test_files_of_a_newer_redis_are_not_started_beside(tmp_path):
    (tmp_path / "redis" / "appendonlydir").mkdir(parents=True)
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.2.14 sha=0'\n")
    old.chmod(0o700)
    with pytest.raises(Refused, match=r"Redis 7 or newer.*6\.2\.14"):
        redis_process(str(old), tmp_path, 0)


def test_a_folder_somebody_else_prepared_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "socket").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="belongs to somebody else"):
        make_private(tmp_path / "socket")
