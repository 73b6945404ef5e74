"""The apps uvicorn is pointed at: each side alone, and both on one origin."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from fastapi import FastAPI

import ingest.app
import query.app

OURS = {
    "/v1/bulk",
    "/v1/bulk/{job}",
    "/v1/bulk/{job}/events",
    "/v1/lifecycle",
    "/v1/erasures/{erasure_id}",
    "/v1/export",
    "/v1/users/{user_id}/erasure",
}
"""Paths that are no dialect's: their errors have the shape of the whole app's."""
OF_EVERY_APP = {("GET", "/health"), ("GET", "/ready")}


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()


def operations(app: FastAPI) -> set[tuple[str, str]]:
    paths = app.openapi()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_web_is_both_sides_and_the_sides_share_nothing_but_health():
    writing, reading, web = (operations(app()) for app in (ingest.app.app, query.app.app, query.app.web))
    assert web == writing | reading
    assert writing & reading == OF_EVERY_APP
    assert {("POST", "/api/v1/memories"), ("POST", "/v3/memories/add")} <= writing
    assert {("GET", "/api/v1/memories"), ("POST", "/v3/memories/search")} <= reading


def test_every_operation_is_described_and_under_a_dialects_name():
    schema = query.app.web().openapi()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert operation["tags"], (method, path)
            assert operation["summary"], (method, path)
            assert path == "/" or not path.endswith("/")
            assert ("security" in operation) == (path not in ("/health", "/ready")), (method, path)


def test_every_path_of_a_dialect_has_an_owner_and_only_one():
    paths = {path for _, path in operations(query.app.web()) - OF_EVERY_APP}
    for path in paths:
        assert sum(dialect.owns(path) for dialect in ingest.app.DIALECTS) == (path not in OURS), path
