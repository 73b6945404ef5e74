"""The embedding model and the store, which belong together."""

import asyncio
from pathlib import Path

from cli.checks.finding import Finding, broken, fine, note, without_secrets
from core.models.builtin.cache import model_path
from core.models.embedding import Embedder, open_embedder
from core.settings import Settings
from core.store.connection import Store
from core.store.keys import Keys
from core.store.reader import Reader
from schemas.errors import MnemeError
from schemas.search import Selection

_PATIENCE_S = 30.0


async def check_store(settings: Settings) -> list[Finding]:
    """Whether the embedding model works, and whether the store opens with it and what it holds. Makes neither."""
    if settings.embedding_model is None and not model_path(settings.models_location, settings.embedding_precision).exists():
        return [note("embedding", "built in, not built yet", "`mneme up` builds it, once")]
    try:
        async with asyncio.timeout(_PATIENCE_S):
            embedder = await open_embedder(settings)
    except (MnemeError, TimeoutError) as error:
        return [broken("embedding", str(error) or f"not ready within {_PATIENCE_S:g} s", "see MNEME_EMBEDDING_MODEL and its key")]
    try:
        embedding = await _embedding(embedder)
        if _not_made(settings):
            return [embedding, note("store", f"{settings.store_location} is not made yet", "`mneme up` makes it")]
        return [embedding, await _store(settings, embedder)]
    finally:
        await embedder.close()


def _not_made(settings: Settings) -> bool:
    return settings.store_uri is None and not Path(settings.store_location).exists()


async def _embedding(embedder: Embedder) -> Finding:
    said = f"{embedder.name}, {embedder.dimension} dimensions"
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await embedder.embed_query("Does it answer?")
    except (MnemeError, TimeoutError) as error:
        return broken("embedding", f"{said}: {str(error) or 'no answer'}", "see MNEME_EMBEDDING_MODEL, its base URL and key")
    return fine("embedding", f"{said}, answers")


async def _store(settings: Settings, embedder: Embedder) -> Finding:
    where = without_secrets(settings.store_location)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            store = await Store.open(
                settings.store_location, shards=settings.shards, embedding_model=embedder.name, dimension=embedder.dimension
            )
            try:
                return await _contents(where, store)
            finally:
                await store.close()
    except (MnemeError, TimeoutError) as error:
        return broken("store", f"{where}: {str(error) or 'no answer'}", "see MNEME_STORE_URI, MNEME_SHARDS and MNEME_EMBEDDING_MODEL")


async def _contents(where: str, store: Store) -> Finding:
    keys, reader = Keys(store), Reader(store)
    owners = await keys.owners()
    memories = sum([await reader.count(Selection(owner=owner.id)) for owner in owners])
    active = sum(key.revoked_at is None for key in await keys.list())
    said = f"{where}: {memories} memories, {len(owners)} owners, {active} active keys, {store.shards} shards"
    return fine("store", said) if active else note("store", said, "nobody can call it: mneme key create")
