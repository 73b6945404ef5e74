"""What is looked up is what a search through all routers would have found, and is answered with all that routers ask for."""

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.routing import BaseRoute, Match

from core.resources import Resources, open_resources
from core.web.app import create_app
from core.web.direct import Direct
from ingest.app import DIALECTS
from ingest.app import ROUTERS as WRITING
from query.app import ROUTERS as READING


@pytest.fixture
def app() -> FastAPI:
    """Two routers in a router that looks at a header, and one with a parameter in its way."""
    guarded = APIRouter(dependencies=[Depends(_knock)])
    for word in ("one", "two"):
        part = APIRouter()
        part.add_api_route(f"/v1/{word}", lambda word=word: word, methods=["POST"])
        part.add_api_route(f"/v1/{word}/{{name}}", lambda name: name)
        guarded.include_router(part)
    app = FastAPI()
    app.include_router(guarded)
    app.router.routes.insert(0, Direct(app.routes))
    return app


async def _knock(request: Request) -> None:
    request.state.knocked = True
    if "knock" not in request.headers:
        raise PermissionError


async def test_dependencies_of_the_routers_around_it_are_asked(app: FastAPI) -> None:
    async with client_of(app) as client:
        assert (await client.post("/v1/two", headers={"knock": "yes"})).json() == "two"
        with pytest.raises(PermissionError):
            await client.post("/v1/two")


async def test_other_methods_and_paths_are_searched_for_as_before(app: FastAPI) -> None:
    async with client_of(app) as client:
        assert (await client.get("/v1/two/x", headers={"knock": "yes"})).json() == "x"
        assert (await client.get("/v1/two")).status_code == 405
        assert (await client.get("/v1/three")).status_code == 404


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mneme")


def test_every_route_of_ours_is_the_one_that_a_search_finds(resources: Resources) -> None:
    direct, *others = create_app("Mneme", (*READING, *WRITING), DIALECTS, open_resources, resources.settings).routes
    assert isinstance(direct, Direct)
    assert len(direct._found) > 30
    for (method, path), context in direct._found.items():
        assert _searched(others, {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}) is context.original_route


def _searched(routes: list[BaseRoute], scope: dict[str, object]) -> BaseRoute:
    """The first that matches, through routers in routers."""
    found = next(route for route in routes if route.matches(scope)[0] is Match.FULL)
    while hasattr(found, "_match"):
        found = found._match(scope)[2]
    return found
