"""Texts of many events share a batch, but not each other's bad luck."""

import asyncio

import numpy as np
import pytest

from schemas.errors import MnemeError, Refused, Unreadable, UpstreamFailed
from workers.stages.embed import micro_batcher


class Moody:
    """An embedder that fails whenever it sees "bad"; it counts its calls."""

    name = "moody"
    dimension = 2

    def __init__(self, failure: MnemeError) -> None:
        self.failure = failure
        self.calls = 0

    async def embed(self, texts):
        self.calls += 1
        if "bad" in texts:
            raise self.failure
        return np.ones((len(texts), 2), np.float32)


async def embedded(embedder: Moody) -> list[object]:
    async with micro_batcher(embedder) as batcher:
        return await asyncio.gather(*(batcher.embed([text]) for text in ("good", "bad", "fine")), return_exceptions=True)


@pytest.mark.parametrize("failure", [Refused("too long"), Unreadable("three numbers")])
async def test_a_text_the_model_cannot_take_fails_alone(failure):
    good, bad, fine = await embedded(Moody(failure))
    assert bad is failure
    assert [vectors.shape for vectors in (good, fine)] == [(1, 2), (1, 2)]


async def test_a_model_that_is_away_is_not_asked_once_more_for_each():
    failure = UpstreamFailed("away")
    embedder = Moody(failure)
    assert await embedded(embedder) == [failure] * 3
    assert embedder.calls == 1
