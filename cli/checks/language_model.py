"""The language model, where one is configured."""

import asyncio
from collections.abc import Awaitable, Callable

from cli.checks.finding import Finding, broken, fine, note, without_secrets
from core.models.chat import open_chat
from core.settings import Settings
from schemas.errors import MnemeError

Ask = Callable[[Settings], Awaitable[None]]
"""One tiny call; raises MnemeError where nothing comes back."""


async def check_language_model(settings: Settings, *, ask: Ask | None) -> Finding:
    """What extracts; with `ask` also whether it answers, which costs a few tokens."""
    if settings.llm_model is None:
        return fine("language model", "none configured: the built-in extractor is used")
    base = f" at {without_secrets(settings.llm_api_base)}" if settings.llm_api_base else ""
    said = f"{settings.llm_model}{base}, key {'set' if settings.llm_api_key else 'not set'}"
    if ask is None:
        return note("language model", f"{said}; not asked", "ask it (a few tokens): mneme doctor --probe")
    try:
        async with asyncio.timeout(settings.llm_timeout_s):
            await ask(settings)
    except (MnemeError, TimeoutError) as error:
        return broken("language model", f"{said}: {str(error) or 'no answer'}", "see MNEME_LLM_MODEL and its base URL and key")
    return fine("language model", f"{said}, answers")


async def ask_tiny(settings: Settings) -> None:
    """Asks the configured model for one word."""
    if chat := await open_chat(settings):
        await chat.reply([{"role": "user", "content": "Say yes."}], max_tokens=16)
