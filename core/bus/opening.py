"""Which brokers there are: those the settings name, each by the scheme of its URL."""

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from urllib.parse import urlsplit

from core.bus.bus import Bus
from core.settings import Settings
from schemas.errors import BadInput

OURS = "redis"
"""In place of a URL: the Redis we use ourselves."""
_KINDS = {
    "redis": ("core.bus.redis_streams", "RedisStreams", ("redis", "rediss", "unix")),
    "rabbit": ("core.bus.rabbit", "Rabbit", ("amqp", "amqps")),
    "nats": ("core.bus.nats_stream", "NatsStream", ("nats", "tls")),
    "kafka": ("core.bus.kafka", "Kafka", ("kafka",)),
}
"""Kind, which is also the name of the extra that installs its client -> where it is and the schemes of its URLs."""


def urls_of(settings: Settings) -> dict[str, str]:
    """Name -> URL of every broker, one at least. Raises BadInput for none, and for a scheme nobody knows."""
    seen: Counter[str] = Counter()
    named = {}
    for url in filter(None, map(str.strip, (settings.broker_urls or OURS).split(","))):
        address = settings.redis_dsn if url == OURS else url
        kind = _kind(address)
        seen[kind] += 1
        named[kind if seen[kind] == 1 else f"{kind}{seen[kind]}"] = address
    if not named:
        raise BadInput(f"MNEME_BROKER_URLS names no broker; for the Redis we use ourselves it is the word {OURS}")
    return named


def make_bus(name: str, url: str, settings: Settings) -> Bus:
    """A broker, not connected yet. Raises BadInput where its client is not installed."""
    return _class(_kind(url))(url, name, settings)


def _kind(url: str) -> str:
    try:
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise BadInput(f"MNEME_BROKER_URLS: a URL can't be read: {error}") from None
    for kind, (_, _, schemes) in _KINDS.items():
        if scheme in schemes:
            return kind
    known = ", ".join(f"{one}://" for _, _, schemes in _KINDS.values() for one in schemes)
    raise BadInput(f"MNEME_BROKER_URLS: {scheme or 'a URL without a scheme'} is no broker we know; known are {known} and the word {OURS}")


def _class(kind: str) -> Callable[[str, str, Settings], Bus]:
    module, name, _ = _KINDS[kind]
    try:
        made: Callable[[str, str, Settings], Bus] = getattr(import_module(module), name)
    except ImportError as error:
        raise BadInput(f"MNEME_BROKER_URLS: the client for {kind} is not installed; pip install 'mneme[{kind}]'") from error
    return made
