"""How much a memory matters at first."""

import pytest

from schemas.memory import MemoryType
from workers.rules.importance import initial


@pytest.mark.parametrize("kind", MemoryType)
def test_the_surer_the_more_important_and_always_within_bounds(kind: MemoryType) -> None:
    steps = [initial(kind, confidence / 10) for confidence in range(-5, 20)]
    assert steps == sorted(steps)
    assert min(steps) >= 0.3
    assert max(steps) <= 0.8


def test_who_belongs_to_somebody_matters_more_than_what_happened_once() -> None:
    assert initial(MemoryType.RELATIONSHIP, 0.9) > initial(MemoryType.PREFERENCE, 0.9) > initial(MemoryType.EXPERIENCE, 0.9)
