"""A stand-in for an OpenAI-compatible API: says what a test tells it to, on a loopback port of its own."""

import asyncio
import hashlib
import json
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState


@dataclass(frozen=True)
class Says:
    """A chat answer: this text."""

    text: str | None
    finish_reason: str = "stop"


@dataclass(frozen=True)
class Refuses:
    """An error answer, as OpenAI words it."""

    status: int
    message: str = "no"
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Garbles:
    """A successful answer whose body is this, whatever it is."""

    body: bytes


@dataclass(frozen=True)
class Hangs:
    """No answer, until the client goes away or the server stops."""


Answer = Says | Refuses | Garbles | Hangs
Script = deque[Answer | Callable[["Request"], Answer | None]]


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def prompt(self) -> str:
        """All messages' text, for tests that look for words."""
        return "\n".join(str(message["content"]) for message in self.body.get("messages", ()))


@dataclass
class FakeOpenAI:
    """Answers each chat request with the next of `chat`, each embedding request with the next of `embeddings`; the last one stays.

    An answer may be a function of the request. Without one, or where it gives None, chat says "ok" and embeddings are vectors made of
    the text's words.
    """

    dimension: int = 16
    url: str = ""
    chat: Script = field(default_factory=deque)
    embeddings: Script = field(default_factory=deque)
    requests: list[Request] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0
    gate: asyncio.Event | None = None
    """Where set, nothing is answered before it is."""
    trickle_s: float = 0
    """Pause between the 20 bytes of an answer and the next 20."""
    shuffled: bool = False
    """Embeddings come in another order than the texts, as their index allows."""

    def says(self, *answers: str | Mapping[str, Any] | Answer) -> None:
        """Sets the chat answers; a mapping is said as JSON."""
        self.chat = deque(_chat_answer(answer) for answer in answers)

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        self.requests.append(request)
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            await self._answer(request, receive, send)
        finally:
            self.open_now -= 1

    async def _answer(self, request: Request, receive: Any, send: Any) -> None:
        if self.gate is not None:
            await self.gate.wait()
        chat = request.path.endswith("/chat/completions")
        answer = _next(self.chat if chat else self.embeddings, request)
        match answer:
            case Hangs():
                while (await receive())["type"] != "http.disconnect":
                    pass
            case Refuses():
                error = {"message": answer.message, "type": "error", "code": answer.code}
                await _send(send, answer.status, _json({"error": error}), answer.headers)
            case Garbles():
                await _send(send, 200, answer.body)
            case Says() if request.body.get("stream"):
                await _send(send, 200, _stream(answer), {"content-type": "text/event-stream"})
            case Says():
                await _send(send, 200, _json(_completion(answer)), trickle_s=self.trickle_s)
            case None:
                body = _completion(Says("ok")) if chat else self._embedded(request.body["input"])
                await _send(send, 200, _json(body))

    def _embedded(self, texts: str | Sequence[str]) -> dict[str, Any]:
        texts = [texts] if isinstance(texts, str) else texts
        data = [{"object": "embedding", "index": i, "embedding": self.vector(text)} for i, text in enumerate(texts)]
        data = data[::-1] if self.shuffled else data
        return {"object": "list", "model": "fake", "data": data, "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)}}

    def vector(self, text: str) -> list[float]:
        """Not of unit length; the sum of its words' vectors, so that texts with words in common are near each other."""
        seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") for word in text.lower().split() or [""]]
        total = sum(np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds)
        return [float(value) for value in np.asarray(total)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeOpenAI"]:
        """Listens on a loopback port, `url` being its base URL, for as long as the context lasts."""
        # asyncio turns Nagle's 40 ms off only where the protocol is named
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
            listener.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
            async with _serving(self, listener):
                yield self


@contextmanager
def answering(fake: FakeOpenAI) -> Iterator[FakeOpenAI]:
    """The provider on a thread of its own, so that the test may block."""
    answers, done = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with fake.running():
            answers.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert answers.wait(10)
        yield fake
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def _serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    """uvicorn's protocol without its server, whose orderly shutdown costs 0.2 s and whose signal handlers would displace pytest's."""
    config, state = uvicorn.Config(app, lifespan="off", log_level="error"), ServerState()
    config.load()
    server = await asyncio.get_running_loop().create_server(lambda: H11Protocol(config, state, {}), sock=listener)
    try:
        yield
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)


def _chat_answer(answer: str | Mapping[str, Any] | Answer) -> Answer:
    if isinstance(answer, str):
        return Says(answer)
    return Says(json.dumps(answer)) if isinstance(answer, Mapping) else answer


def _next(script: Script, request: Request) -> Answer | None:
    if not script:
        return None
    answer = script.popleft() if len(script) > 1 else script[0]
    return answer(request) if callable(answer) else answer


async def _read(scope: Mapping[str, Any], receive: Any) -> Request:
    body, more = b"", True
    while more:
        part = await receive()
        body, more = body + part.get("body", b""), part.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Request(scope["path"], json.loads(body or b"{}"), headers)


async def _send(send: Any, status: int, body: bytes, headers: Mapping[str, str] | None = None, *, trickle_s: float = 0) -> None:
    fields = {"content-type": "application/json", **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": [(k.encode(), v.encode()) for k, v in fields.items()]})
    while trickle_s and body:
        await send({"type": "http.response.body", "body": body[:20], "more_body": True})
        body = body[20:]
        await asyncio.sleep(trickle_s)
    await send({"type": "http.response.body", "body": body})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _completion(answer: Says) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice], "usage": usage}


def _stream(answer: Says) -> bytes:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
    words = (answer.text or "").split(" ")
    pieces = [word if i == 0 else f" {word}" for i, word in enumerate(words)]
    deltas: list[tuple[dict[str, Any], str | None]] = [({"role": "assistant", "content": piece}, None) for piece in pieces]
    deltas.append(({}, answer.finish_reason))
    events = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas]
    return b"".join(b"data: " + _json(event) + b"\n\n" for event in events) + b"data: [DONE]\n\n"
