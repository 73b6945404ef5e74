"""Whatever users say and models answer: it is read within bounds, or said to be unreadable."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from anything import STEADY, TEXT, json_of, tried
from hypothesis import given
from hypothesis import strategies as st

from core.models.structured import asked_again, read_answer
from schemas.errors import Unreadable
from schemas.memory import MemoryType
from schemas.message import Message
from workers.prompts import ExtractionAnswer, Remembered
from workers.rules.memory_types import classify
from workers.rules.statements import extract

SAID_AT = datetime(2026, 3, 14, 12, tzinfo=UTC)
_KEYS = st.sampled_from([*ExtractionAnswer.model_fields, *Remembered.model_fields])
_GOOD = {"text": "The user lives in Rome.", "type": "fact", "confidence": 0.9, "message": 0, "categories": []}
_MEMORIES = st.builds(lambda odd: _GOOD | odd, st.dictionaries(_KEYS, json_of(_KEYS), max_size=1))
_ANSWERS = st.builds(lambda memories: {"memories": memories}, st.lists(_MEMORIES, max_size=3)) | json_of(_KEYS)
_AROUND = st.sampled_from(["", "Here it is:\n", "```json\n", "<think>{}</think>", "<think>", "{", "\ud800", "{{{"])


def read_whole(text: str) -> ExtractionAnswer | None:
    found, unreadable = tried(Unreadable, read_answer, text, ExtractionAnswer)
    if unreadable:
        assert len(unreadable.message) < 1_000
        assert len(str(asked_again([], ExtractionAnswer, text, unreadable.message))) < 30_000 + 10 * len(text[:20_000])
    return cast(ExtractionAnswer | None, found)


@STEADY
@given(_AROUND, _ANSWERS.map(json.dumps), _AROUND)
def test_any_answer_of_a_model_is_memories_that_can_be_stored_or_unreadable(before: str, answer: str, after: str) -> None:
    found = read_whole(before + answer + after)
    if found is not None:
        found.model_dump_json().encode()
        assert len(found.memories) <= 200


@STEADY
@given(st.lists(_MEMORIES.filter(lambda memory: memory == _GOOD), max_size=3), st.integers(0, 400))
def test_an_answer_that_broke_off_is_never_taken_for_a_whole_one(memories: list[dict[str, Any]], at: int) -> None:
    answer = json.dumps({"memories": memories})
    found = read_whole(answer[:at])
    assert (found is not None) == (at >= len(answer))


@STEADY
@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", "tool", ""]), TEXT | st.text(max_size=400)), max_size=4))
def test_any_conversation_leaves_no_more_than_was_said(turns: list[tuple[str, str]]) -> None:
    found = extract([Message(role=role, content=content) for role, content in turns], said_at=SAID_AT)
    said = sum(len(content) for _, content in turns)
    assert len(found.statements) + len(found.nothing) <= said + len(turns)
    assert sum(len(statement.text) for statement in found.statements) <= 20 * said


@STEADY
@given(TEXT | st.text(st.characters(categories=["Lo", "Mn", "Cf", "So", "Zs", "Cs", "Co"]), max_size=200))
def test_any_text_is_of_some_type(text: str) -> None:
    kind, sure = classify(text)
    assert kind in MemoryType
    assert 0 <= sure <= 1


@pytest.mark.parametrize("piece", ["<think>", "<thinking", "{", '{"memories":[', "[[", '"\\', "</think>", "9"])
def test_a_long_answer_of_nonsense_is_unreadable_at_once(piece: str) -> None:
    """A pattern that looks for an end from each beginning would take minutes."""
    assert read_whole(piece * (400_000 // len(piece))) is None
