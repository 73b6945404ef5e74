"""`python -m cli.prepare`: what must be there before anything starts: the embedding model, the store, a first API key."""

import json
import sys

from cli.doors import open_store, wait_for
from core.issuing import bootstrap
from core.models.embedding import build_embedder
from core.redis import open_redis
from core.settings import Settings
from core.store.keys import Keys
from schemas.errors import MnemeError


async def prepare(settings: Settings) -> str | None:
    """Makes what is missing; gives the first API key if this made one. Raises what the doors raise."""
    redis = await open_redis(settings, "prepare")
    try:
        await build_embedder(settings)
        async with open_store(settings) as store:
            preset = (settings.api_key.get_secret_value() if settings.api_key else "") or None
            issued = await bootstrap(Keys(store), redis, preset)
            return issued.secret if issued and preset is None else None
    finally:
        await redis.aclose()


def main() -> int:
    """Prints {"key": the new key or null}; failures go to stderr in words."""
    try:
        key = wait_for(prepare(Settings()))
    except MnemeError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps({"key": key}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
