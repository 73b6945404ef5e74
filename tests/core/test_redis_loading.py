"""A Redis that is still reading its file says that it keeps none: it is waited for, not refused."""

import asyncio
from contextlib import suppress

from core.redis import open_redis
from core.settings import Settings

LOADING = b"redis_version:7.2.0\r\nloading:1\r\naof_enabled:0\r\nmaxmemory_policy:noeviction\r\n"
LOADED = b"redis_version:7.2.0\r\nloading:0\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n"


async def test_a_redis_that_loads_its_file_is_waited_for(tmp_path):
    answers = [LOADING, LOADING, LOADED]

    async def answer(reader, writer):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readline():
                words = [(await reader.readline(), await reader.readline())[1].strip() for _ in range(int(head[1:]))]
                said = answers.pop(0) if words[0] == b"INFO" else None
                writer.write(b"$%d\r\n%s\r\n" % (len(said), said) if said else b"+OK\r\n")
        writer.close()

    async with await asyncio.start_unix_server(answer, tmp_path / "loading.sock"):
        async with asyncio.timeout(60):
            client = await open_redis(Settings(redis_url=f"unix://{tmp_path}/loading.sock", _env_file=None))
        await client.aclose()
    assert answers == []
