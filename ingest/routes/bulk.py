"""Bulk uploads: NDJSON of any length, read as fast as mailboxes take it, and never held in memory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.requests import ClientDisconnect

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json, Responses
from core.web.opened import Opened
from ingest.bulk.lines import Cutter, batches
from ingest.bulk.upload import Upload
from schemas.errors import BadInput, Unavailable
from schemas.wire.bulk import ROOT, Job, job_answer, new_name
from schemas.wire.queue import QueueMessage

router = APIRouter(prefix=ROOT, tags=["Bulk"])

_LINES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A JSON object a line, each a message as the queue takes it. Nothing limits how many.",
        "content": {"application/x-ndjson": {"schema": QueueMessage.model_json_schema(ref_template="#/components/schemas/{model}")}},
    }
}
_TAKEN: Responses = {202: {"model": Job}}
JobName = Annotated[
    str | None, Query(alias="job", description="Names the job. The same lines sent again to a job of the same name change nothing.")
]
First = Annotated[int, Query(ge=1, description="The number of the body's first line, where it is a part of something longer.")]
More = Annotated[bool, Query(description="Further uploads to this job follow: it is not done when all of this one is handled.")]


@router.post("", summary="Upload many messages", status_code=202, responses=_TAKEN, response_class=Json, openapi_extra=_LINES)
async def upload(
    request: Request, resources: Opened, caller: Caller, job: JobName = None, first_line: First = 1, more: More = False
) -> Json:
    """Answers once every line is durable, or refused, with the job that handles them: `GET /v1/bulk/{job}` says how far it has come.

    Full mailboxes slow the upload down. A broken upload is sent again whole, under the same job name or with an `idempotency_key` a line.
    To a job that expects more parts (`more`) an empty body says that there are none.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise BadInput("a bulk upload is not compressed")
    uploading = Upload(resources, caller.owner, new_name(job))
    slots: asyncio.Semaphore = request.app.state.uploads
    if slots.locked():
        raise Unavailable("too many bulk uploads at once", retry_after_s=5)
    async with slots:
        begun = await _take_all(request, resources, uploading, first_line)
    if not begun and job is None:
        raise BadInput("the body is empty: it has a JSON object a line")
    if not more:
        await uploading.end()
    return Json(job_answer(await uploading.state()), status_code=202)


async def _take_all(request: Request, resources: Resources, uploading: Upload, first_line: int) -> bool:
    """Whether there was a line. Raises BadInput for a body that stops coming."""
    begun = False
    settings = resources.settings
    async with aclosing(_pieces(request, settings.request_timeout_s)) as pieces:
        async for batch in batches(pieces, Cutter(settings.bulk_line_max_bytes, first_line)):
            if not begun:
                await uploading.begin()
            begun = True
            await uploading.take(batch)
    return begun


async def _pieces(request: Request, patience_s: float) -> AsyncGenerator[bytes, None]:
    async with aclosing(request.stream()) as stream:
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    piece = await anext(stream, None)
            except TimeoutError:
                raise BadInput(f"nothing came for {patience_s:g} s") from None
            except ClientDisconnect:
                raise BadInput("the upload broke off") from None
            if piece is None:
                return
            yield piece
