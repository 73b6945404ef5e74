"""A provider's embedding model, end to end; and a store that belongs to another one."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fake_openai import FakeOpenAI, Refuses
from redis.asyncio import Redis
from server import MODELS, ROOT, free_port
from working import work

from core.resources import Resources, open_resources
from core.settings import Settings
from core.store.connection import Store
from query.recall import recall
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.receipt import ReceiptStatus
from schemas.scope import Scope
from schemas.search import Condition, Query, Selection

MODEL, DIMENSION = "openai/fake-embedder", 8
ALICE = Scope(owner="acme", user="alice")


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI(dimension=DIMENSION).running() as fake:
        yield fake


@pytest.fixture
async def resources(settings: Settings, redis: Redis, provider: FakeOpenAI) -> AsyncIterator[Resources]:
    """Opened as a worker opens them."""
    model = {"embedding_model": MODEL, "embedding_dimension": DIMENSION, "embedding_api_base": provider.url}
    async with open_resources(settings.model_copy(update=model)) as opened:
        yield opened


def said(text: str, **options: object) -> MessagesReceived:
    return MessagesReceived(scope=ALICE, messages=(Message(role="user", content=text),), **options)


async def found(resources: Resources, question: str) -> list[str]:
    query = Query(text=question, selection=Selection(owner="acme", where=Condition(field="user", value="alice")), limit=1)
    return [hit.memory.content for hit in await recall(query, resources)]


async def test_what_was_said_is_found_by_the_providers_vectors(resources: Resources) -> None:
    await resources.mailbox.accept([said("My boat is called Marlin."), said("I live in Lisbon.")])
    await work(resources)
    assert await found(resources, "The user's boat is called what?") == ["The user's boat is called Marlin."]
    [memory] = await resources.reader.get("acme", [hit async for hit in _ids(resources, "Lisbon")])
    assert memory.embedding_model == MODEL


async def _ids(resources: Resources, word: str) -> AsyncIterator[str]:
    page = await resources.reader.page(Selection(owner="acme", where=Condition(field="user", value="alice")))
    for memory in page.memories:
        if word in memory.content:
            yield memory.id


async def test_one_text_the_provider_refuses_is_set_aside_alone(resources: Resources, provider: FakeOpenAI) -> None:
    provider.embeddings.append(lambda request: Refuses(400, "content policy") if "poison" in str(request.body["input"]) else None)
    poison, tea = said("poison", infer=False), said("I love tea.")
    await resources.mailbox.accept([poison, tea])
    await work(resources)
    receipts = [await resources.receipts.get("acme", event.id) for event in (poison, tea)]
    assert [receipt and receipt.status for receipt in receipts] == [ReceiptStatus.FAILED, ReceiptStatus.SUCCEEDED]
    assert receipts[0] is not None
    assert receipts[0].error is not None
    assert receipts[0].error.startswith(f"{MODEL} refuses the request (400)")


async def test_while_the_provider_is_away_events_wait(resources: Resources, provider: FakeOpenAI) -> None:
    provider.embeddings.extend([*[Refuses(503, "overloaded")] * 7, lambda _: None])
    await resources.mailbox.accept([event := said("I love tea.")])
    await work(resources)
    receipt = await resources.receipts.get("acme", event.id)
    assert receipt is not None
    assert receipt.status is ReceiptStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("made_with", "said_to"),
    [((MODEL, DIMENSION), {}), (("all-MiniLM-L6-v2", 384), {"MNEME_EMBEDDING_MODEL": MODEL, "MNEME_EMBEDDING_DIMENSION": "8"})],
    ids=["built in where a provider's was", "a provider's where the built-in one was"],
)
def test_a_store_of_another_models_vectors_is_not_opened(tmp_path: Path, made_with: tuple[str, int], said_to: dict[str, Any]) -> None:
    """`mneme up` says which model the store was made with and which one is set, and ends; it does not try again and again."""
    asyncio.run(_make_store(tmp_path / "store", *made_with))
    environment = {"MNEME_DATA_DIR": str(tmp_path), "MNEME_MODELS_DIR": str(MODELS), "MNEME_PORT": str(free_port()), **said_to}
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "up"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert MODEL in told
    assert "all-MiniLM-L6-v2" in told
    assert "set it back" in told
    assert "Traceback" not in told


async def _make_store(folder: Path, model: str, dimension: int) -> None:
    store = await Store.open(str(folder), shards=8, embedding_model=model, dimension=dimension)
    await store.close()
