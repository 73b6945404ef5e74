"""`mneme doctor` says what is broken and what to do about it, and shows no secret."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mneme_commands import mneme
from redis.asyncio import Redis
from server import MODELS, free_port

from cli.checks.brokers import check_brokers
from cli.checks.finding import Verdict, without_secrets
from cli.checks.language_model import check_language_model
from cli.checks.machine import check_folder, check_web
from cli.checks.redis import check_redis
from cli.checks.store import check_store
from cli.doors import open_store
from cli.locks import lock_folder
from cli.redis_server import answers, find_server
from core.bus.names import DEAD
from core.heartbeat import beat
from core.mailbox.keys import WEIGHT
from core.models.embedding import open_embedder
from core.redis import open_redis
from core.settings import Settings
from schemas.errors import UpstreamFailed


@pytest.fixture
def settings(tmp_path: Path, port: int) -> Settings:
    return Settings(data_dir=tmp_path / "data", models_dir=MODELS, port=port)


@contextmanager
def redis_server(tmp_path: Path, *options: str) -> Iterator[str]:
    """A Redis of somebody else's; gives its URL."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    command = [find_server(), "--port", "0", "--unixsocket", str(folder / "r"), "--dir", str(folder), "--save", "", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield f"unix://{folder / 'r'}"
        finally:
            process.terminate()


async def listening(url: str) -> None:
    async with asyncio.timeout(60):
        while not await answers(Path(url.removeprefix("unix://"))):  # noqa: ASYNC110 - another process' state
            await asyncio.sleep(0.02)


def by_subject(findings):
    return {finding.subject: finding for finding in findings}


async def test_before_the_first_start_nothing_is_broken(settings):
    redis, *_ = await check_redis(settings)
    web = await check_web(settings)
    assert (redis.verdict, web.verdict) == (Verdict.NOTE, Verdict.NOTE)
    assert "mneme up" in redis.said
    assert web.advice == "start it: mneme up"
    assert check_folder(settings.data_dir).verdict is Verdict.FINE
    assert not settings.data_dir.exists()


async def test_looking_makes_neither_model_nor_store(settings, tmp_path):
    found = await check_store(settings.model_copy(update={"models_dir": tmp_path / "models"}))
    assert [finding.said for finding in found] == ["built in, not built yet"]
    assert not any(tmp_path.iterdir())


async def test_a_store_made_with_other_settings_is_named(settings):
    await (await open_embedder(settings)).close()  # builds the model where no test before this one did
    async with open_store(settings):
        pass
    whole, other = await check_store(settings), await check_store(settings.model_copy(update={"shards": 3}))
    assert by_subject(whole)["store"].said.endswith("0 memories, 0 owners, 0 active keys, 8 shards")
    assert by_subject(whole)["store"].advice == "nobody can call it: mneme key create"
    assert by_subject(other)["store"].verdict is Verdict.BROKEN
    assert "made with shards = 8" in by_subject(other)["store"].said


async def test_a_redis_that_forgets_is_broken(settings, tmp_path):
    with redis_server(tmp_path, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as url:
        await listening(url)
        elsewhere = settings.model_copy(update={"redis_url": url})
        found = by_subject(await check_redis(elsewhere))
        assert found["redis"].verdict is Verdict.BROKEN
        assert "set `appendonly yes`" in found["redis"].advice
        tolerated = by_subject(await check_redis(elsewhere.model_copy(update={"redis_allow_volatile": True})))
        assert "maxmemory-policy noeviction" in tolerated["redis"].advice


async def test_a_missing_worker_is_broken_and_a_living_one_is_not(settings, tmp_path):
    with redis_server(tmp_path, "--appendonly", "yes") as url:
        await listening(url)
        elsewhere = settings.model_copy(update={"redis_url": url})
        redis = await open_redis(elsewhere)
        await beat(redis, "tender", "one")
        await redis.aclose()
        found = by_subject(await check_redis(elsewhere))
    assert found["redis"].verdict is Verdict.FINE
    assert (found["worker"].verdict, found["tender"].verdict) == (Verdict.BROKEN, Verdict.FINE)
    assert "nothing is made of it" in found["worker"].said
    assert found["events"].said.startswith("0 waiting")


@pytest.mark.parametrize(("taken", "verdict"), [(10, Verdict.FINE), (512 * 1024**2, Verdict.NOTE)])
async def test_receipts_that_go_early_are_named(settings, tmp_path, taken, verdict):
    with redis_server(tmp_path, "--appendonly", "yes") as url:
        await listening(url)
        async with Redis.from_url(url) as redis:
            await redis.set(WEIGHT, taken)
        found = by_subject(await check_redis(settings.model_copy(update={"redis_url": url})))["receipts"]
    assert found.verdict is verdict
    assert ("MNEME_RECEIPTS_MAX_BYTES" in (found.advice or "")) == (verdict is Verdict.NOTE)


async def test_a_broker_is_asked_whether_it_answers_and_what_it_could_not_read(settings, tmp_path):
    assert await check_brokers(settings) == []
    with redis_server(tmp_path, "--appendonly", "yes") as url:
        await listening(url)
        named = settings.model_copy(update={"broker_urls": url})
        [answering] = await check_brokers(named)
        async with Redis.from_url(url) as redis:
            await redis.xadd(DEAD, {"data": "{", "error": "not valid JSON"})
        [refusing] = await check_brokers(named)
    [away] = await check_brokers(settings.model_copy(update={"broker_urls": f"redis://127.0.0.1:{free_port()}"}))
    [unknown] = await check_brokers(settings.model_copy(update={"broker_urls": "gopher://here"}))
    assert [one.verdict for one in (answering, refusing, away, unknown)] == [Verdict.FINE, Verdict.NOTE, Verdict.BROKEN, Verdict.BROKEN]
    assert "1 messages could not be read" in refusing.said


async def test_running_but_not_ready_is_broken(settings):
    descriptor = lock_folder(settings.data_dir)
    found = await check_web(settings)
    os.close(descriptor)
    assert found.verdict is Verdict.BROKEN
    assert f"process {os.getpid()}" in found.said


async def test_it_is_asked_where_it_was_started_to_listen(settings):
    elsewhere = free_port()
    descriptor = lock_folder(settings.data_dir, "127.0.0.1", elsewhere)
    found = await check_web(settings)
    os.close(descriptor)
    assert f"http://127.0.0.1:{elsewhere}/ready says" in found.said


async def test_a_taken_port_is_broken(settings):
    with socket.socket() as other:
        other.bind((settings.host, settings.port))
        found = await check_web(settings)
    assert found.verdict is Verdict.BROKEN
    assert "taken by another program" in found.said


def test_a_folder_that_cannot_be_written_is_broken(tmp_path):
    (tmp_path / "file").touch()
    assert check_folder(tmp_path / "file" / "data").verdict is Verdict.BROKEN


def test_a_full_disk_is_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12 - 10**6, 10**6))
    assert check_folder(tmp_path).verdict is Verdict.BROKEN


async def test_a_language_model_is_asked_only_on_request(settings):
    configured = settings.model_copy(update={"llm_model": "openai/some", "llm_api_base": "http://user:hidden@127.0.0.1:1"})
    found = await check_language_model(configured, ask=None)
    assert found.verdict is Verdict.NOTE
    assert found.said == "openai/some at http://127.0.0.1:1, key not set; not asked"


async def test_a_language_model_that_does_not_answer_is_broken(settings):
    async def deaf(_: Settings) -> None:
        raise UpstreamFailed("the model provider does not answer")

    found = await check_language_model(settings.model_copy(update={"llm_model": "openai/some"}), ask=deaf)
    assert found.verdict is Verdict.BROKEN
    assert "the model provider does not answer" in found.said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pass@host:6379/1", "redis://host:6379/1"),
        ("s3://bucket/prefix?secret=x", "s3://bucket/prefix"),
        ("/a/folder", "/a/folder"),
    ],
)
def test_secrets_are_left_out_of_addresses(url, shown):
    assert without_secrets(url) == shown


def test_the_command_fails_when_something_is_broken_and_shows_no_password(settings):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MNEME_")},
        "MNEME_MODELS_DIR": str(MODELS),
        "MNEME_REDIS_URL": "redis://:hunter2@127.0.0.1:1/0",
        "MNEME_API_KEY": "hunter2-key",
        "MNEME_LLM_MODEL": "openai/some",
        "MNEME_LLM_API_KEY": "hunter2-llm",
    }
    done = mneme("doctor", "--data", str(settings.data_dir), environment=environment)
    assert done.returncode == 1
    assert "BROKEN  redis           redis://127.0.0.1:1/0: " in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
