"""Sending: items into the mailboxes of this install, or to a server's bulk endpoint; either way as one job."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from cli.doors import runs_elsewhere_or_here
from cli.imports.items import Item
from cli.refusal import Refused
from core.settings import Settings
from ingest.bulk.lines import Line
from schemas.bulk import LineError
from schemas.wire.bulk import ROOT, job_answer

if TYPE_CHECKING:
    from ingest.bulk.upload import Upload

Job = dict[str, Any]
"""As GET /v1/bulk/{job} tells it."""

_PATIENCE_S = 60.0
"""How long a server that does not answer is asked again."""
_ANSWER_S = 900.0
"""Longest wait for one answer: a server waits ten minutes for room in its mailboxes."""


class Sender(Protocol):
    async def send(self, items: Sequence[Item]) -> Sequence[LineError]:
        """The items that were refused; all others are durable. Items with a problem are passed over."""

    async def end(self) -> None: ...

    async def job(self) -> Job:
        """How far the job has come; empty where there is none yet."""


class MailboxSender:
    """Straight into the mailboxes of the Redis that the settings name."""

    def __init__(self, upload: "Upload") -> None:
        self._upload = upload

    async def send(self, items: Sequence[Item]) -> Sequence[LineError]:
        return await self._upload.take([Line(item.number, item.body) for item in items if item.problem is None])

    async def end(self) -> None:
        await self._upload.end()

    async def job(self) -> Job:
        return job_answer(await self._upload.state())


class HttpSender:
    """To a running server, a request a batch; one that broke is sent again."""

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self._client = client
        self._name = name
        self._last: Job = {}

    async def send(self, items: Sequence[Item]) -> Sequence[LineError]:
        # an item with a problem is an empty line: the others keep their numbers
        body = b"\n".join(item.body for item in items)
        if body.strip():
            await self._post(body, first_line=items[0].number, more=True)
        errors = self._last.get("errors", [])
        return [LineError(one["line"], one["error"]) for one in errors if one["line"] >= items[0].number]

    async def end(self) -> None:
        if await self.job():
            await self._post(b"", more=False)

    async def job(self) -> Job:
        answer = await self._ask("GET", f"{ROOT}/{self._name}")
        return {} if answer.status_code == httpx.codes.NOT_FOUND else dict(_good(answer).json())

    async def _post(self, body: bytes, **options: Any) -> None:
        params = {"job": self._name, **{name: str(value).lower() for name, value in options.items()}}
        self._last = _good(await self._ask("POST", ROOT, params=params, content=body)).json()

    async def _ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        """Whatever it answers but "come again". Raises Refused when it answers nothing else for a minute."""
        give_up, pause_s = time.monotonic() + _PATIENCE_S, 0.2
        while True:
            try:
                answer = await self._client.request(method, path, **what)
                if answer.status_code not in (429, 502, 503, 504):
                    return answer
                problem = _words(answer)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__} {error}".strip()
            if time.monotonic() > give_up:
                raise Refused(f"{self._client.base_url} does not answer: {problem}")
            await asyncio.sleep(pause_s)
            pause_s = min(5.0, 2 * pause_s)


@asynccontextmanager
async def to_mailboxes(settings: Settings, owner: str, name: str) -> AsyncIterator[MailboxSender]:
    """Raises Refused where nothing runs."""
    if not await runs_elsewhere_or_here(settings):
        raise Refused(f"nothing runs on {settings.data_dir.resolve()}; start it first: mneme up (or name a server: --url)")
    from core.resources import open_resources  # seconds, which nobody else needs to wait for
    from ingest.bulk.upload import Upload

    async with open_resources(settings, client="mneme-import", embeds=False) as resources:
        if await resources.keys.find_owner(owner) is None:
            raise Refused(f"there is no owner {owner}; `mneme owner list` shows them")
        upload = Upload(resources, owner, name)
        await upload.begin()
        yield MailboxSender(upload)


@asynccontextmanager
async def to_server(url: str, key: str, name: str) -> AsyncIterator[HttpSender]:
    limits = httpx.Timeout(30, read=_ANSWER_S)
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Token {key}"}, timeout=limits) as client:
        yield HttpSender(client, name)


def _good(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a yes. Raises Refused."""
    if answer.is_success:
        return answer
    raise Refused(f"the server refuses ({answer.status_code}): {_words(answer)}")


def _words(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return str(told.get("error") or told.get("detail") or told)
    except ValueError:
        return answer.reason_phrase
