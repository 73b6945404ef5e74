"""What a crash tore off the end of Redis' file goes, with all of the transaction that it was in; nothing else is touched."""

import asyncio
import itertools
import os
import signal
from pathlib import Path

import pytest
import redis.asyncio
from supervised import until

from cli.locks import lock_redis
from cli.redis_server import answers, find_server, make_private, redis_process, socket_path
from cli.torn import mend


def command(*words: str) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)


SELECT = command("SELECT", "0")
SET = command("SET", "a", "one\r\n*1\r\n$4\r\nEXEC\r\ntwo")
CLOSE = command("MULTI") + command("XDEL", "box", "1-0") + command("DEL", "open") + command("SET", "closed", "receipt") + command("EXEC")


def written(folder: Path, content: bytes, name: str = "appendonly.aof") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("whole", [b"", SELECT, SELECT + SET, SELECT + CLOSE, CLOSE + SET + CLOSE, b"#TS:1700000000\r\n" + SELECT])
def test_a_file_that_is_whole_stays_as_it_is(tmp_path: Path, whole: bytes) -> None:
    file = written(tmp_path, whole)
    assert mend(tmp_path) == mend(tmp_path) == 0
    assert file.read_bytes() == whole


@pytest.mark.parametrize("last", [SET, CLOSE])
@pytest.mark.parametrize("before", [b"", SELECT, SELECT + CLOSE])
def test_wherever_it_was_cut_it_ends_before_what_was_cut(tmp_path: Path, before: bytes, last: bytes) -> None:
    for cut in range(1, len(last)):
        file = written(tmp_path, before + last[:cut])
        assert mend(tmp_path) == cut
        assert file.read_bytes() == before
        (tmp_path / "whole").unlink()


def test_room_that_was_made_and_not_filled_goes(tmp_path: Path) -> None:
    file = written(tmp_path, SELECT + CLOSE + bytes(5_000))
    assert mend(tmp_path) == 5_000
    assert file.read_bytes() == SELECT + CLOSE


@pytest.mark.parametrize(
    "wrong", [b"REDIS0009 a snapshot", SELECT + b"rubbish" * 20, SELECT + b"*x\r\n", SELECT + b"*1\r\n$3\r\nabcd\r\n" + SET]
)
def test_a_file_that_is_something_else_is_left_to_redis(tmp_path: Path, wrong: bytes) -> None:
    file = written(tmp_path, wrong)
    assert mend(tmp_path) == 0
    assert file.read_bytes() == wrong


def test_what_was_looked_through_before_is_not_looked_through_again(tmp_path: Path) -> None:
    file = written(tmp_path, SELECT + SET)
    mend(tmp_path)
    with file.open("r+b") as opened:
        opened.write(b"rubbish")  # seen by who reads it from the beginning
    with file.open("ab") as opened:
        opened.write(CLOSE + CLOSE[:50])
    assert mend(tmp_path) == 50


@pytest.mark.parametrize(
    "known", ["", "x", "appendonly.aof 1 2 3", "appendonly.aof 0 27", "other.aof {inode} 27", "appendonly.aof {inode} 29"]
)
def test_what_is_known_of_another_file_counts_for_nothing(tmp_path: Path, known: str) -> None:
    file = written(tmp_path, SELECT + CLOSE + SET[:-1])
    (tmp_path / "whole").write_text(known.format(inode=file.stat().st_ino))
    assert mend(tmp_path) == len(SET) - 1
    assert file.read_bytes() == SELECT + CLOSE


def test_of_several_files_the_newest_is_mended(tmp_path: Path) -> None:
    names = ["appendonly.aof.3.base.aof", "appendonly.aof.7.incr.aof", "appendonly.aof.8.incr.aof"]
    files = [written(tmp_path, SELECT + CLOSE[:40], f"appendonlydir/{name}") for name in names]
    kinds = zip(names, "bii", itertools.count(3), strict=False)
    written(
        tmp_path,
        "".join(f"file {name} seq {seq} type {kind}\n" for name, kind, seq in kinds).encode(),
        "appendonlydir/appendonly.aof.manifest",
    )
    assert mend(tmp_path) == 40
    assert [file.read_bytes() for file in files] == [SELECT + CLOSE[:40], SELECT + CLOSE[:40], SELECT]


def test_an_empty_folder_is_a_new_one(tmp_path: Path) -> None:
    assert mend(tmp_path) == 0
    (tmp_path / "appendonlydir").mkdir()
    assert mend(tmp_path) == 0


async def test_half_a_transaction_never_happens_however_often_redis_starts_again(tmp_path: Path) -> None:
    """Redis by itself leaves an open MULTI in the file, and runs what follows it at the next start but one."""
    make_private(tmp_path / "redis")
    process = redis_process(find_server(), tmp_path, lock_redis(tmp_path / "redis"))
    close = "redis.call('XDEL', 'box', ARGV[1]) redis.call('DEL', 'open') redis.call('SET', 'closed', 'receipt')"

    async def live(cut_in: bytes = b"", *scripts: str) -> tuple[int, int, int]:
        """One life of Redis, ended by a kill, and by one in the midst of a write where `cut_in` is named; what it saw when it began."""
        running = await asyncio.create_subprocess_exec(*process.argv, pass_fds=(process.keeps_fd or 0,), stdout=asyncio.subprocess.DEVNULL)
        await until(lambda: socket_path(tmp_path).exists())
        async with redis.asyncio.Redis(unix_socket_path=str(socket_path(tmp_path))) as client:
            async with asyncio.timeout(30):
                while not await answers(socket_path(tmp_path)):  # noqa: ASYNC110 - another process' state
                    await asyncio.sleep(0.02)
            seen = await client.xlen("box"), await client.exists("open"), await client.exists("closed")
            entry = (await client.xrange("box") or [(await client.xadd("box", {"event": "e"}), None)])[0][0]
            await client.hset("open", "owner", "acme")
            for script in scripts:
                await client.eval(script, 0, entry)
        os.kill(running.pid, signal.SIGKILL)
        await running.wait()
        socket_path(tmp_path).unlink()
        file = next((tmp_path / "redis").rglob("*.incr.aof"), tmp_path / "redis" / "appendonly.aof")
        if cut_in:
            file.write_bytes(file.read_bytes()[: file.read_bytes().rindex(cut_in) + 3])
        return seen

    assert await live(b"receipt", close) == (0, 0, 0)
    assert await live(b"", "redis.call('SET', 'x', '1') redis.call('SET', 'y', '1')") == (1, 1, 0)
    assert await live() == (1, 1, 0)
