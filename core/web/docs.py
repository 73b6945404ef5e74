"""/docs: every dialect's OpenAPI in Swagger UI, its assets from this machine; /asyncapi: the queue's document."""

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from schemas.errors import NotFound

router = APIRouter(include_in_schema=False)

_PACKAGE = "fastapi_offline"
"""Carries a Swagger UI that reads OpenAPI 3.1."""
_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}
_DAY_S = 24 * 3600


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "").rstrip("/")
    return get_swagger_ui_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=request.app.title,
        swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/favicon.png",
        swagger_ui_parameters={"persistAuthorization": True, "docExpansion": "none"},
    )


@router.get("/asyncapi")
async def asyncapi() -> Response:
    """The queue's AsyncAPI, written beforehand: whoever serves it needs no FastStream."""
    return Response(_asyncapi(), media_type="application/json")


@router.get("/docs/{asset}")
async def asset(asset: str) -> Response:
    if asset not in _ASSETS:
        raise NotFound("Not Found")
    return Response(_read(asset), media_type=_ASSETS[asset], headers={"Cache-Control": f"public, max-age={_DAY_S}"})


@cache
def _asyncapi() -> bytes:
    return files("core.bus").joinpath("asyncapi.json").read_bytes()


@cache
def _read(asset: str) -> bytes:
    return files(_PACKAGE).joinpath("static", asset).read_bytes()
