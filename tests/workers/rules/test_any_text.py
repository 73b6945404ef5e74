"""Whatever is sent, the rules answer: quickly, always the same, and without an exception."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saying import SAID_AT

from schemas.memory import MemoryType
from schemas.message import Message
from workers.rules.memory_types import classify
from workers.rules.reconcile import judge
from workers.rules.statements import extract
from workers.rules.wordings import compare

WORDS = st.sampled_from(
    "I I'm my we our you she it the a and but so , . ? ! ; - \" love have is are to in yesterday next week because who which if when Anna"
    " Porto 42 $5 don't not no always remember that please what should since as vegan sister's named `x` ``` > : \n \t \x00 é 我 🚀 ﷽"
    " مرحبا".split(" ")
)
SENTENCES = st.lists(WORDS, max_size=60).map(" ".join)
ANYTHING = st.one_of(SENTENCES, st.text(max_size=300))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", "tool"]), ANYTHING), max_size=3))
def test_any_conversation_is_read_the_same_way_twice(turns: list[tuple[str, str]]) -> None:
    messages = [Message(role=role, content=content) for role, content in turns]
    first, second = extract(messages, said_at=SAID_AT), extract(messages, said_at=SAID_AT)
    assert first == second
    assert all(statement.text.strip() and 0 <= statement.confidence <= 1 for statement in first.statements)
    assert all(piece.reason.startswith("nothing to remember: ") for piece in first.nothing)


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_any_text_has_a_type(text: str) -> None:
    kind, sure = classify(text)
    assert kind in MemoryType
    assert 0 <= sure <= 1


@settings(max_examples=200, deadline=None)
@given(ANYTHING, ANYTHING, st.floats(-1, 1))
def test_any_two_texts_can_be_compared(new: str, stored: str, similarity: float) -> None:
    assert compare(new, stored, similarity) is compare(new, stored, similarity)
    assert judge(new, MemoryType.FACT, SAID_AT, []).target is None


LONG = 100_000
PIECES = tuple(
    'a| |I |my |I, |I love tea and |"|[|.|?| - |\n|```\n|\x00|🚀|مرحبا |我|1|**|[a](|I love tea. |since I have '
    "my |I would |yeah so |next week |you mentioned "
    "|please remember that |Tom and I |the thing, which is |Aa |a = {|a: |my name is |> |a, ".split("|")
)


@pytest.mark.parametrize("role", ["user", "assistant"])
@pytest.mark.parametrize("piece", PIECES)
def test_a_hundred_thousand_characters_of_anything_take_no_time_to_speak_of(piece: str, role: str) -> None:
    """Linear, that is; a pattern that backtracks would take minutes."""
    started = time.process_time()
    extract([Message(role=role, content=piece * (LONG // len(piece)))], said_at=SAID_AT)
    assert time.process_time() - started < 8


def test_twice_the_text_takes_about_twice_the_time() -> None:
    def spent(times: int) -> float:
        text = "I live in Paris, but my sister Anna lives in Porto, which I love because we grew up there. " * times
        started = time.process_time()
        extract([Message(role="user", content=text)], said_at=SAID_AT)
        return time.perf_counter() - started

    spent(50)
    short, long = min(spent(100) for _ in range(3)), min(spent(400) for _ in range(3))
    assert long < 4 * 3 * short
