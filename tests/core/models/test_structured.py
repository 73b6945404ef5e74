"""Answers in a schema are read whatever models wrap around them, and never misread as "nothing found"."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from core.models.structured import asked_again, asked_in_words, read_answer
from schemas.errors import Unreadable


class Statement(BaseModel):
    text: str
    confidence: float = 1.0


class Extraction(BaseModel):
    statements: list[Statement] = []


GOOD = '{"statements": [{"text": "The user lives in {Rome}."}]}'
WRAPPED = {
    "plain": GOOD,
    "code fence": f"```json\n{GOOD}\n```",
    "words around": f"Sure! Here it is:\n{GOOD}\nAnything else?",
    "braces in the words": f"The set {{1, 2}} is no object, this is: {GOOD}",
    "thoughts": f'<think>maybe {{"statements": []}}?</think>{GOOD}',
    "line break in a string": GOOD.replace("lives in", "lives\nin"),
    "another object first": '{"note": 1}' + GOOD,
    "a list around": f"[{GOOD}]",
}
BROKEN = {
    "nothing": "",
    "words": "I found no statements.",
    "empty object": "{}",
    "other keys": '{"facts": []}',
    "wrong type": '{"statements": "none"}',
    "cut off": '{"statements": [{"text": "The user lives in Rome."}, {"text": "The us',
    "single quotes": "{'statements': []}",
    "endless nesting": '{"a":' * 5_000,
}


@pytest.mark.parametrize("text", WRAPPED.values(), ids=WRAPPED.keys())
def test_the_object_is_found(text: str) -> None:
    (statement,) = read_answer(text, Extraction).statements
    assert statement.text.split() == ["The", "user", "lives", "in", "{Rome}."]


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_an_answer_is_never_taken_for_an_empty_one(text: str) -> None:
    with pytest.raises(Unreadable):
        read_answer(text, Extraction)


def test_an_empty_answer_is_an_answer() -> None:
    assert read_answer('{"statements": []}', Extraction).statements == []


def test_the_problem_names_the_place_but_not_the_text() -> None:
    with pytest.raises(Unreadable, match=r"statements\.0\.confidence") as caught:
        read_answer('{"statements": [{"text": "a secret", "confidence": "a secret"}]}', Extraction)
    assert "secret" not in caught.value.message


@given(st.text())
def test_any_text_is_read_or_unreadable(text: str) -> None:
    with suppress(Unreadable):
        read_answer(text, Extraction)


def test_asking_spells_out_the_schema_and_leaves_the_messages_alone() -> None:
    messages = [{"role": "user", "content": "hi"}]
    asked = asked_in_words(messages, Extraction)
    assert "statements" in asked[-1]["content"]
    again = asked_again(messages, Extraction, "nonsense", "it holds no JSON object")
    assert [message["role"] for message in again] == ["user", "assistant", "user"]
    assert again[1]["content"] == "nonsense"
    assert "it holds no JSON object" in again[2]["content"]
    assert messages == [{"role": "user", "content": "hi"}]
