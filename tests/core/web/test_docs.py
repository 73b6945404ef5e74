"""/docs shows every dialect, on a machine without network, and its Authorize button works."""

import re

from fastapi import APIRouter

from core.auth import Caller
from core.web.answer import Json

router = APIRouter(prefix="/toy", tags=["Toy"])


@router.get("/mine")
async def mine(caller: Caller) -> Json:
    return Json({"owner": caller.owner})


async def test_the_page_loads_nothing_from_elsewhere(serve):
    client = await serve(router)
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    for link in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        asset = await client.get(link)
        assert (asset.status_code, len(asset.content) > 1000) == (200, True)
    assert (await client.get("/docs/../secret")).status_code == 404


async def test_the_key_can_be_entered_there(serve, key):
    client = await serve(router)
    schema = (await client.get("/openapi.json")).json()
    [(name, scheme)] = schema["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert schema["paths"]["/toy/mine"]["get"]["security"] == [{name: []}]
    assert (await client.get("/toy/mine", headers=key)).json() == {"owner": "acme"}
