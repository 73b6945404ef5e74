"""LitellmChat: chat by any provider litellm knows."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any

import structlog
from pydantic import BaseModel

from core.models.chat import Answer, ChatMessages, Meter, Reply
from core.models.litellm_door import Endpoint, Provider
from core.models.structured import asked_again, asked_in_words, read_answer
from core.settings import Settings
from schemas.errors import BadInput, Refused, Unreadable

_log = structlog.get_logger(__name__)
_FORMS_MAX = 256
"""Schemas of profiles are made by applications: they come and go."""


class LitellmChat:
    """A provider's model. What it can be asked (a schema, a temperature) is found out by asking for less where it refuses."""

    def __init__(self, provider: Provider, *, knows_schemas: bool) -> None:
        self.name = provider.endpoint.model
        self._provider = provider
        self._knows_schemas = knows_schemas
        self._forms: dict[type[BaseModel], int] = {}
        """The form of request (see `_asked`) the model has taken for a schema: from then on a refusal is about the messages."""

    @classmethod
    async def open(cls, settings: Settings) -> "LitellmChat":
        """Asks the provider nothing yet. Raises BadInput for a model name that can't work."""
        if settings.llm_model is None:
            raise BadInput("MNEME_LLM_MODEL is not set")
        endpoint = Endpoint(
            model=settings.llm_model,
            api_base=settings.llm_api_base,
            api_key=settings.llm_api_key,
            timeout_s=settings.llm_timeout_s,
            settings_prefix="MNEME_LLM",
        )
        provider = await Provider.open(endpoint, concurrency=settings.llm_concurrency, pause_max_s=settings.retry_max_s)
        # in a thread: for some providers litellm looks it up at a local server
        knows_schemas = await asyncio.to_thread(provider.litellm.supports_response_schema, settings.llm_model)
        return cls(provider, knows_schemas=knows_schemas)

    async def complete(self, messages: ChatMessages, *, schema: type[Answer], meter: Meter | None = None) -> Answer:
        """An answer of that schema; one that can't be read is asked for once more, with what was wrong. `meter` counts both.

        Raises Unreadable after that, UpstreamFailed where the provider is away, Refused where it takes the messages in no form.
        """
        meter = meter or Meter()
        first = await self._ask(messages, schema, meter)
        try:
            return _read(first, schema)
        except Unreadable as error:
            _log.info("answer.unreadable", model=self.name)  # what is wrong may quote it
            again = asked_again(messages, schema, first.text, error.message)
        try:
            return _read(await self._ask(again, schema, meter), schema)
        except Unreadable as error:
            raise Unreadable(f"{self.name} gave no readable answer, not even when asked again", said=error.message) from None

    async def reply(self, messages: ChatMessages, max_tokens: int | None = None) -> Reply:
        """An answer in words. Raises UpstreamFailed, Refused, or Unreadable where the answer has none."""
        reply = await self._send({"messages": list(messages), **_bounded(max_tokens)})
        if not reply.text:
            raise Unreadable(f"{self.name} gave no text")
        return reply

    async def stream(self, messages: ChatMessages, max_tokens: int | None = None) -> AsyncGenerator[Reply, None]:
        """An answer piece by piece; the last piece has no text but the token counts. Raises as `reply`, also between pieces."""
        options = {"messages": list(messages), "stream": True, "stream_options": {"include_usage": True}, **_bounded(max_tokens)}
        async with self._provider.slot():
            usage = Reply("")
            async with aclosing(await self._provider.send(self._provider.litellm.acompletion, options)) as chunks:
                while (chunk := await self._next(chunks)) is not None:
                    usage = _reply(chunk) if getattr(chunk, "usage", None) else usage
                    if text := _piece(chunk):
                        yield Reply(text)
            yield Reply("", usage.prompt_tokens, usage.completion_tokens)

    async def close(self) -> None:
        await self._provider.close()

    async def _ask(self, messages: ChatMessages, schema: type[BaseModel], meter: Meter) -> Reply:
        """The answer, counted. A model that refuses is asked in a less demanding form, until one is known to work."""
        reply = await self._asked_until_taken(self._asked(messages, schema), schema)
        meter.add(messages, reply)
        return reply

    async def _asked_until_taken(self, forms: Sequence[Mapping[str, Any]], schema: type[BaseModel]) -> Reply:
        known = self._forms.get(schema)
        if known is not None:
            return await self._send(forms[known])
        for number, form in enumerate(forms[:-1]):
            with suppress(Refused):
                return await self._try(form, schema, number)
        return await self._try(forms[-1], schema, len(forms) - 1)

    async def _try(self, form: Mapping[str, Any], schema: type[BaseModel], number: int) -> Reply:
        reply = await self._send(form)
        if len(self._forms) >= _FORMS_MAX:
            self._forms.clear()
        self._forms[schema] = number
        return reply

    def _asked(self, messages: ChatMessages, schema: type[BaseModel]) -> list[dict[str, Any]]:
        """One request in forms, the most demanding first; the schema is spelled out unless the model is known to keep to it."""
        in_words = list(asked_in_words(messages, schema))
        held = {"messages": list(messages) if self._knows_schemas else in_words, "response_format": schema, "temperature": 0}
        return [held, {"messages": in_words, "temperature": 0}, {"messages": in_words}]

    async def _send(self, options: Mapping[str, Any]) -> Reply:
        started = asyncio.get_running_loop().time()
        reply = _reply(await self._provider.call(self._provider.litellm.acompletion, options))
        duration_ms = round((asyncio.get_running_loop().time() - started) * 1000)
        counts = {"prompt_tokens": reply.prompt_tokens, "completion_tokens": reply.completion_tokens}
        _log.debug("model.answered", model=self.name, duration_ms=duration_ms, **counts)
        return reply

    async def _next(self, chunks: AsyncIterator[Any]) -> Any:
        """The next piece, None at the end; each may take as long as a whole answer."""
        async with asyncio.timeout(self._provider.endpoint.timeout_s):
            return await anext(chunks, None)


def _bounded(max_tokens: int | None) -> dict[str, Any]:
    return {} if max_tokens is None else {"max_tokens": max_tokens}


def _read(reply: Reply, schema: type[Answer]) -> Answer:
    if reply.cut_off:
        raise Unreadable("it was cut off at the model's limit of tokens; answer more briefly")
    return read_answer(reply.text, schema)


def _reply(answer: Any) -> Reply:
    """An answer's text, empty where it has none, and its counts."""
    usage, choice = getattr(answer, "usage", None), answer.choices[0] if answer.choices else None
    return Reply(
        text=getattr(getattr(choice, "message", None), "content", None) or "",
        prompt_tokens=getattr(usage, "prompt_tokens", 0) or 0,
        completion_tokens=getattr(usage, "completion_tokens", 0) or 0,
        cut_off=getattr(choice, "finish_reason", None) == "length",
    )


def _piece(chunk: Any) -> str:
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""
