"""Of memories that are read whole few become candidates, and the hits are those that all of them would give."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from core.store.lately import Row
from core.store.whole import Whole
from query.question import read_question
from query.recall import shortlist_of
from query.scoring import rank
from schemas.ids import memory_id, new_id
from schemas.memory import Memory
from schemas.scope import Scope

DIMENSION = 16
PLANTS = ("tomatoes", "roses", "beans", "basil", "leeks")
NOW = datetime.fromisoformat("2026-06-01T12:00:00+00:00")


def remembered(random: np.random.Generator, number: int) -> Memory:
    """Some age, some importance, and words that many others share."""
    at = NOW - timedelta(days=int(random.integers(0, 700)))
    content = f"The user planted {random.choice(PLANTS)} and {random.choice(PLANTS)} in bed {number % 7}."
    moments = {"said_at": at, "created_at": at, "updated_at": at, "accepted_at": at}
    scope = Scope(owner="acme", user="ann")
    return Memory(id=memory_id(new_id(), 0, 0), scope=scope, content=content, importance=float(random.random()), **moments)


@pytest.mark.parametrize("text", ["Which beds have tomatoes?", "roses in bed 3", "nothing of the kind"])
@pytest.mark.parametrize("limit", [1, 10, 30])
@pytest.mark.parametrize("seed", range(4))
def test_the_hits_are_those_that_all_would_give(seed: int, limit: int, text: str) -> None:
    random, question = np.random.default_rng(seed), read_question(text)
    memories = [remembered(random, number) for number in range(300)]
    vectors = random.standard_normal((300, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = {word.strip(".?").lower() for word in text.split()}
    lexical = np.array([sum(word.strip(".") in asked for word in memory.content.lower().split()) * random.random() for memory in memories])
    rows = [Row(b"", memory) for memory in memories]
    whole, count = Whole(rows, vectors, lexical), max(50, 2 * limit)
    few = whole.candidates(vectors[7], count, shortlist_of(question, limit))
    everything = whole.candidates(vectors[7], count)
    assert rank(question, few, NOW)[:limit] == rank(question, everything, NOW)[:limit]
    assert len(few) < len(everything)
