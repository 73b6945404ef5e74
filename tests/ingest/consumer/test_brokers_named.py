"""MNEME_BROKER_URLS: one broker or several, each by its scheme; mistakes are said in words, at once."""

import subprocess
import sys

import pytest
from server import ROOT

from core.bus.opening import make_bus, urls_of
from core.settings import Settings
from schemas.errors import BadInput


def settings(urls: str | None) -> Settings:
    return Settings(broker_urls=urls, redis_url="redis://ours:6379/0", _env_file=None)


def test_several_are_told_apart_by_name():
    named = urls_of(settings("redis, amqp://a/ ,nats://b:4222,redis://other:6379,kafka://c:9092,"))
    assert named == {
        "redis": "redis://ours:6379/0",
        "rabbit": "amqp://a/",
        "nats": "nats://b:4222",
        "redis2": "redis://other:6379",
        "kafka": "kafka://c:9092",
    }


def test_without_any_it_is_the_redis_we_use():
    assert urls_of(settings(None)) == {"redis": "redis://ours:6379/0"}


@pytest.mark.parametrize("url", ["mqtt://a", "localhost:9092", "http://a"])
def test_an_unknown_scheme_is_refused(url):
    with pytest.raises(BadInput, match="known are redis://"):
        urls_of(settings(url))


def test_a_client_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "core.bus.rabbit", None)
    with pytest.raises(BadInput, match=r"pip install 'mneme\[rabbit\]'"):
        make_bus("rabbit", "amqp://a/", settings("amqp://a/"))


@pytest.mark.parametrize("program", [["-m", "ingest.consumer"], ["-m", "cli.main", "up"]])
def test_a_mistake_ends_the_start_with_a_line(program, tmp_path):
    environment = {"MNEME_BROKER_URLS": "mqtt://a", "MNEME_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, *program], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("mneme: MNEME_BROKER_URLS: mqtt is no broker we know")


def test_the_web_process_starts_without_faststream():
    code = "import query.app, sys; sys.exit(any(name in sys.modules for name in ('faststream', 'aio_pika', 'nats', 'aiokafka')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=200, check=False).returncode == 0
