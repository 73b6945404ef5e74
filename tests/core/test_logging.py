"""Log lines of ours and of the libraries come out in one format, at one level."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.logging import configure_logging
from core.settings import Settings


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers, root.level = before
    structlog.reset_defaults()


def _settings(**changes) -> Settings:
    return Settings(_env_file=None, **changes)


def test_json_lines_of_ours_and_of_a_library(out):
    configure_logging(_settings(log_format="json"), out)
    with structlog.contextvars.bound_contextvars(correlation_id="req-1"):
        structlog.get_logger().info("thing.made", count=2)
        logging.getLogger("a.library").warning("it is %s", "late")
    ours, theirs = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (ours["event"], ours["count"], ours["level"], ours["correlation_id"]) == ("thing.made", 2, "info", "req-1")
    assert (theirs["event"], theirs["level"], theirs["correlation_id"]) == ("it is late", "warning", "req-1")


def test_lines_below_the_level_are_left_out_and_talkative_libraries_silenced(out):
    configure_logging(_settings(log_level="INFO"), out)
    structlog.get_logger().debug("thing.seen")
    logging.getLogger("httpx").info("HTTP Request: GET http://x/?q=secret")
    logging.getLogger("arq.worker").info("0.01s -> drain(3)")
    logging.getLogger("faststream").info("starting")
    assert "starting" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 1


def test_a_traceback_shows_no_values_of_variables(out):
    configure_logging(_settings(), out)
    try:
        secret = "Alice's " + "address"
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("thing.failed")
    assert "ValueError" in out.getvalue()
    assert "Alice's address" not in out.getvalue()
