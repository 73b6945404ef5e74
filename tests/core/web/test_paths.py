"""A client's base URL and path are joined as the client pleases."""

import pytest
from fastapi import APIRouter, Request

from core.web.answer import Json
from core.web.path import canonical

router = APIRouter()


@router.post("/toy/things")
async def things() -> Json:
    return Json({"ok": True})


@router.get("/toy/names/{name:path}")
async def named(name: str, request: Request) -> Json:
    return Json({"name": name, "raw": request.scope["raw_path"].decode()})


@pytest.mark.parametrize("path", ["/toy/things", "/toy/things/", "//toy/things/", "///toy/things"])
async def test_every_spelling_of_a_path_is_served_without_a_redirect(serve, path):
    client = await serve(router)
    answer = await client.post(f"http://mneme{path}")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_an_encoded_slash_in_a_name_can_still_be_told_from_a_separator(serve):
    client = await serve(router)
    answer = await client.get("/toy/names/al%20ice%2Fx/")
    assert answer.json() == {"name": "al ice/x", "raw": "/toy/names/al%20ice%2Fx/"}


@pytest.mark.parametrize(("given", "wanted"), [("/", "/"), ("//", "/"), ("", "/"), ("/a//", "/a/"), ("/a/b", "/a/b")])
def test_one_slash_is_taken_off_the_end_and_no_more(given, wanted):
    assert canonical(given) == wanted
