"""The door to litellm: imported late and told to keep quiet, called within bounds, its exceptions turned into ours."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pydantic import SecretStr

from core.models.litellm_errors import translated
from schemas.errors import BadInput, Refused, UpstreamFailed

_BEFORE_IMPORT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it fetches a price list
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",  # and this list
    "LITELLM_MODE": "PRODUCTION",  # else it loads the .env file of the working directory into the environment
}


def load_litellm() -> ModuleType:
    """litellm, about 2 s and 150 MB the first time: call it in a thread.

    It then asks nobody but the provider, and leaves trying again to us.
    """
    for name, value in _BEFORE_IMPORT.items():
        os.environ.setdefault(name, value)
    import litellm

    module: Any = litellm
    module.suppress_debug_info = True
    module.DEFAULT_MAX_RETRIES = 0  # the embedding call takes max_retries=0 for "not said" and falls back to this
    return litellm


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers, and the settings to name when it doesn't."""

    model: str
    """As litellm names it: provider/model."""
    api_base: str | None
    api_key: SecretStr | None
    timeout_s: float
    settings_prefix: str
    """MNEME_LLM or MNEME_EMBEDDING."""


@dataclass(slots=True)
class Provider:
    """One model's API: at most so many calls at once, none longer than its time-out, none at all while it asks us to stay away."""

    litellm: ModuleType
    endpoint: Endpoint
    access: Mapping[str, Any]
    """litellm's arguments saying whom to call, and as whom."""
    slots: asyncio.Semaphore
    pause_max_s: float
    _closed_until: float = 0.0

    @classmethod
    async def open(cls, endpoint: Endpoint, *, concurrency: int, pause_max_s: float) -> "Provider":
        """Asks the provider nothing: it may be away now and back later. Raises BadInput for a model name without a known provider."""
        litellm = await asyncio.to_thread(load_litellm)
        return cls(litellm, endpoint, _access(litellm, endpoint), asyncio.Semaphore(concurrency), pause_max_s)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A place among the calls at once; inside it, failures come out as errors of ours."""
        async with self.slots:
            self._check_open()
            try:
                yield
            except Exception as error:
                raise self._told(translated(error, self.endpoint)) from error

    def _check_open(self) -> None:
        left_s = self._closed_until - asyncio.get_running_loop().time()
        if left_s > 0:
            raise UpstreamFailed(f"{self.endpoint.model} asked us to stay away for a while", retry_after_s=max(1, round(left_s)))

    def _told(self, error: Exception) -> Exception:
        """Keeps the other callers away as well, where the provider said for how long."""
        asked_s = getattr(error, "retry_after_s", None)
        if isinstance(error, UpstreamFailed) and asked_s:
            until = asyncio.get_running_loop().time() + min(asked_s, self.pause_max_s)
            self._closed_until = max(self._closed_until, until)
        return error

    async def call(self, function: Callable[..., Awaitable[Any]], options: Mapping[str, Any]) -> Any:
        """litellm's answer, within a slot. Raises UpstreamFailed (with retry_after_s where the provider gave it) or Refused."""
        async with self.slot():
            return await self.send(function, options)

    async def send(self, function: Callable[..., Awaitable[Any]], options: Mapping[str, Any]) -> Any:
        """As `call`, for who is in a slot already."""
        async with asyncio.timeout(self.endpoint.timeout_s):
            answer = await function(
                **self.access, **options, timeout=self.endpoint.timeout_s, max_retries=0, num_retries=0, drop_params=True
            )
        if answer is None:  # what litellm gives for a 422 whose offending parameters it can't drop
            raise Refused(f"{self.endpoint.model} could not process the request (422)")
        return answer

    async def close(self) -> None:
        """Closes the connections litellm keeps; it keeps them for the whole process."""
        await self.litellm.close_litellm_async_clients()
        # it would go on handing out the closed ones: to this process' next provider, or to its other one
        self.litellm.in_memory_llm_clients_cache.flush_cache()


def _access(litellm: ModuleType, endpoint: Endpoint) -> dict[str, Any]:
    """A server of one's own often wants no key, but the OpenAI client does not start without any."""
    key = endpoint.api_key.get_secret_value() if endpoint.api_key else None
    if _provider_name(litellm, endpoint) == "openai" and endpoint.api_base and key is None:
        key = os.environ.get("OPENAI_API_KEY", "none")
    return {"model": endpoint.model, "api_base": endpoint.api_base, "api_key": key}


def _provider_name(litellm: ModuleType, endpoint: Endpoint) -> str:
    try:
        return str(litellm.get_llm_provider(endpoint.model, api_base=endpoint.api_base)[1])
    except Exception as error:
        name = f"{endpoint.settings_prefix}_MODEL"
        advice = f"{name}={endpoint.model} names no provider litellm knows: write provider/model, e.g. openai/gpt-4o-mini"
        raise BadInput(advice, fields={name: [advice]}) from error
