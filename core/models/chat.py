"""ChatModel: a language model that answers in a schema, in text, or in pieces of text."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from core.settings import Settings

Answer = TypeVar("Answer", bound=BaseModel)
ChatMessages = Sequence[Mapping[str, Any]]
"""Messages as OpenAI spells them: role and content."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's words. Token counts are the provider's, 0 where it gives none."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cut_off: bool = False
    """It ran into a limit of tokens and is not whole."""


_BYTES_A_TOKEN = 3


@dataclass(slots=True)
class Meter:
    """Counts the tokens of calls, also of those whose answer turns out to be of no use."""

    tokens: int = 0

    def add(self, messages: ChatMessages, reply: Reply) -> None:
        """Prompt and completion as the provider reports them; where it does not, estimated at 3 bytes each."""
        reported = reply.prompt_tokens + reply.completion_tokens
        texts = (*(str(message["content"]) for message in messages), reply.text)
        self.tokens += reported or sum(-(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN) for text in texts)


class ChatModel(Protocol):
    """Every call raises UpstreamFailed where the provider is away (with retry_after_s where it said for how long)
    and Refused where it does not take these messages."""

    name: str

    async def complete(self, messages: ChatMessages, *, schema: type[Answer], meter: Meter | None = None) -> Answer:
        """An answer of that schema. One that can't be read is repaired once by asking again; then Unreadable."""

    async def reply(self, messages: ChatMessages, max_tokens: int | None = None) -> Reply:
        """An answer in words; at most `max_tokens` long, or as long as the provider likes."""

    def stream(self, messages: ChatMessages, max_tokens: int | None = None) -> AsyncGenerator[Reply, None]:
        """An answer in pieces, to be joined; the last has no text but the token counts. Who stops early closes it (aclose)."""

    async def close(self) -> None: ...


async def open_chat(settings: Settings) -> ChatModel | None:
    """The chat model the settings name; None where they name none, and the built-in extractor works alone."""
    if settings.llm_model is None:
        return None
    from core.models.litellm_chat import LitellmChat

    return await LitellmChat.open(settings)
