"""The gate in front of many patterns: it never keeps out one that matches, and it does keep out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.rules.gate import Gate, anchors
from workers.rules.type_cues import CUES

PATTERNS = [pattern for _, _, pattern in CUES]
WORDS = sorted(
    {word for pattern in PATTERNS for word in re.findall(r"[a-z']+", pattern)} | {"Anna", "Jo", "the", "a", "to", "12", "é", "ſoon"}
)
GATE = Gate(PATTERNS)
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"\b(?:tea|coffee)s?\b", [{"tea", "coffee"}]),
        (r"\b(?:has|have) (?:a )?cats?\b", [{"ha"}, {"s", "ve"}, {"cat"}]),
        (r"used to\b", [{"used"}, {"to"}]),
        (r"(?!never)\w+ly", [{"ly"}]),
        (r"(?:tea)?", []),
        (r"(?:tea|\w+)", []),
        (r"(?:drink(?:s|ing) tea|eat)", [{"drink", "eat"}]),
    ],
)
def test_of_each_set_of_anchors_one_is_in_every_match(pattern: str, found: list[set[str]]) -> None:
    assert anchors(pattern) == found


@given(text=SENTENCES)
def test_what_matches_is_let_through(text: str) -> None:
    let_through = GATE.open(text)
    for place, pattern in enumerate(PATTERNS):
        assert place in let_through or not re.search(pattern, text, re.IGNORECASE), pattern


def test_most_patterns_are_kept_out_of_a_plain_sentence() -> None:
    assert len(GATE.open("Anna went to the river yesterday.")) < len(PATTERNS) / 8


def test_a_megabyte_without_a_space_is_looked_through_as_well() -> None:
    """Too long to be remembered, and piece by piece instead of place by place."""
    assert set(GATE.open("love" + "x" * 1_000_000)) >= set(GATE.open("love"))
