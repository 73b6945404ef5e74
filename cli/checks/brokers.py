"""The message brokers named in the settings."""

import asyncio

from cli.checks.finding import Finding, broken, fine, note, without_secrets
from core.bus.opening import make_bus, urls_of
from core.settings import Settings
from schemas.errors import BadInput

_PATIENCE_S = 5.0


async def check_brokers(settings: Settings) -> list[Finding]:
    """Whether each answers, and what could not be read there. Nothing where none is named; the Redis we use ourselves has its own check."""
    if settings.broker_urls is None:
        return []
    try:
        urls = urls_of(settings)
    except BadInput as error:
        return [broken("brokers", str(error), "correct MNEME_BROKER_URLS")]
    return [await _broker(name, url, settings) for name, url in urls.items() if url != settings.redis_dsn]


async def _broker(name: str, url: str, settings: Settings) -> Finding:
    where = without_secrets(url)
    try:
        async with asyncio.timeout(_PATIENCE_S), make_bus(name, url, settings).letters() as letters:
            _, refused = await letters.list(1)
    except BadInput as cannot:  # its client is absent, or it shows no single letters
        return note(name, f"{where}: {cannot}")
    except Exception as error:  # each library has its own errors for a broker that is away
        said = f"{where}: {type(error).__name__}: {error}" if str(error) else f"{where}: no answer"
        return broken(name, said, "start it, or correct MNEME_BROKER_URLS; what is published there waits")
    if refused:
        return note(name, f"{where}: answers; {refused} messages could not be read", "see why: mneme dead-letters list --queue")
    return fine(name, f"{where}: answers")
