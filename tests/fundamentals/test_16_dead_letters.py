"""16. Dead letters: what can't be handled is set aside with its reason, and can be tried again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from fundamentals.application import Application
from working import work

from core.models.embedding import Embedder
from core.models.vectors import Vector, Vectors
from core.resources import Resources
from core.settings import Settings
from schemas.errors import Poison


class Allergic:
    """The embedding model, with a bug: it can't bear the word "nuts"."""

    def __init__(self, real: Embedder) -> None:
        self.name, self.dimension, self.real, self.cured = real.name, real.dimension, real, False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if not self.cured and any("nuts" in text for text in texts):
            raise Poison("no vector for nuts")
        return await self.real.embed(texts)

    async def embed_query(self, text: str) -> Vector:
        return await self.real.embed_query(text)

    async def close(self) -> None: ...


@pytest.fixture
def allergic(embedder: Embedder) -> Allergic:
    return Allergic(embedder)


@pytest.fixture
async def broken(resources: Resources, allergic: Allergic) -> Resources:
    return replace(resources, embedder=allergic)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"attempts_max": 2})


async def test_one_event_that_fails_takes_no_other_with_it(
    unattended: Application, broken: Resources, allergic: Allergic, resources: Resources
) -> None:
    """Some event will hit a bug. It must not block the ones behind it, nor vanish: it is set aside, its receipt says FAILED and
    why. `mneme dead-letters list` shows such events to whoever runs the install, and once the cause is mended,
    `mneme dead-letters replay` sends them down the road again.
    """
    poison = await unattended.send("I'm allergic to nuts.")
    await unattended.send("I love tea.")
    await work(broken)

    failed = await unattended.receipt(poison)
    assert (failed["status"], failed["error"]) == ("FAILED", "no vector for nuts")
    assert await unattended.knows() == ["The user loves tea."]

    allergic.cured = True
    [letter] = await resources.mailbox.dead_letters.list()
    await resources.mailbox.dead_letters.replay([letter.id])
    await work(broken)

    assert (await unattended.receipt(poison))["status"] == "SUCCEEDED"
    assert set(await unattended.knows()) == {"The user loves tea.", "The user is allergic to nuts."}
