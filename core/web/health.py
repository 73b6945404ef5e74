"""Health: GET /health says that the process lives, GET /ready that it can serve, and what keeps it from it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter

from core.heartbeat import alive
from core.resources import Resources
from core.web.answer import Json
from core.web.opened import Opened
from schemas.errors import MnemeError, Unavailable

router = APIRouter(tags=["Health"])

_CHECK_S = 2.0
Check = Callable[[Resources], Awaitable[dict[str, Any]]]


@router.get("/health", summary="Whether the process lives")
async def health() -> Json:
    return Json({"status": "ok"})


@router.get("/ready", summary="Whether the process can serve; names each check", responses={503: {"description": "Not ready"}})
async def ready(resources: Opened) -> Json:
    async with asyncio.TaskGroup() as group:
        running = {name: group.create_task(_outcome(check, resources)) for name, check in CHECKS.items()}
    checks = {name: task.result() for name, task in running.items()}
    is_ready = all(check["ok"] for check in checks.values())
    return Json({"ready": is_ready, "checks": checks}, status_code=200 if is_ready else 503)


async def _redis(resources: Resources) -> dict[str, Any]:
    await resources.redis.ping()
    return {}


async def _store(resources: Resources) -> dict[str, Any]:
    await resources.store.reading("keys")
    return {}


async def _workers(resources: Resources) -> dict[str, Any]:
    living = await alive(resources.redis, "worker")
    if not living:
        raise Unavailable("no worker is alive: what is sent is kept, but nothing is made of it")
    return {"alive": len(living)}


async def _lag(resources: Resources) -> dict[str, Any]:
    age_s, most_s = await resources.mailbox.oldest_age_s() or 0.0, resources.settings.ready_max_lag_s
    if age_s > most_s:
        raise Unavailable(f"the oldest waiting event is {age_s:.0f} s old, over {most_s:g} s")
    return {"oldest_s": round(age_s, 3)}


CHECKS: dict[str, Check] = {"redis": _redis, "store": _store, "workers": _workers, "lag": _lag}


async def _outcome(check: Check, resources: Resources) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_CHECK_S):
            return {"ok": True, **await check(resources)}
    except MnemeError as error:
        return {"ok": False, "error": error.message}
    except TimeoutError:
        return {"ok": False, "error": f"no answer within {_CHECK_S:g} s"}
    except Exception as error:  # a check that breaks is a check that fails; its words may hold a URL with a password
        return {"ok": False, "error": type(error).__name__}
