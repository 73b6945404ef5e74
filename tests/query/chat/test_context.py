"""The block of memories put before a model: within its budget, closed to what stands in it, and never taken for a user's words."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query.context import TAG, context, tokens, without_context
from schemas.search import Hit

Found = Callable[..., Hit]
OPEN, CLOSE = f"<{TAG}>", f"</{TAG}>"
fixtures_too = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
nasty = st.lists(
    st.sampled_from([OPEN, CLOSE, "<", ">", "&lt;", "\n", "a b", "é🙂", "\x00", f"<{TAG} ", TAG.upper()]) | st.text(max_size=9)
)


def test_memories_stand_best_first_with_the_day_they_were_said(found: Found) -> None:
    hits = [found("The user likes tea."), found("The user lives in Lisbon.", days_ago=13)]
    assert context(hits, 1000).text == f"{OPEN}\n- The user likes tea. (2026-03-14)\n- The user lives in Lisbon. (2026-03-01)\n{CLOSE}"
    assert context(hits, 1000).used == tuple(hits)


def test_without_memories_there_is_no_block(found: Found) -> None:
    assert context([], 1000).text == ""
    assert context([found("The user likes tea.")], 1).text == ""


def test_the_one_that_does_not_fit_is_cut_and_nothing_follows_it(found: Found) -> None:
    hits = [found("short"), found("word " * 500), found("short again")]
    made = context(hits, 100)
    assert made.used == tuple(hits[:2])
    assert made.text.splitlines()[2].endswith("word …")
    assert tokens(made.text) <= 100


@fixtures_too
@given(contents=st.lists(nasty.map("".join), max_size=6), budget=st.integers(0, 200))
def test_no_memory_breaks_out_of_the_block_or_over_the_budget(found: Found, contents: list[str], budget: int) -> None:
    made = context([found(content) for content in contents], budget)
    if made.text:
        inside = made.text.removeprefix(f"{OPEN}\n").removesuffix(CLOSE)
        assert "<" not in inside
        assert ">" not in inside
        assert inside.count("\n") == len(made.used)
        assert tokens(made.text) <= budget


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a", 1), ("abc", 1), ("abcd", 2), ("日本", 2)])
def test_a_token_is_three_bytes(text: str, count: int) -> None:
    assert tokens(text) == count


@fixtures_too
@given(
    before=st.text(max_size=50), after=st.text(max_size=50), secrets=st.lists(st.integers(10**8, 10**9).map(str), min_size=1, max_size=3)
)
def test_what_was_injected_is_never_part_of_what_was_said(found: Found, before: str, after: str, secrets: list[str]) -> None:
    """Wherever a client puts the block, and whatever the user wrote around it."""
    block = context([found(f"The user's code is {secret}") for secret in secrets], 1000).text
    assert all(secret in block for secret in secrets)
    for text in (f"{before}{block}{after}", f"{before}{block.upper()}{after}", f"{block}{before}{block}", f"{before}{block[:-5]}"):
        said = without_context(text)
        assert not any(secret in said for secret in secrets if secret not in before + after)
        assert TAG not in said.lower()


@given(nasty.map("".join))
def test_no_tag_is_left_however_it_is_put_together(text: str) -> None:
    said = without_context(text)
    assert OPEN not in said
    assert CLOSE not in said
    assert without_context(said) == said


@given(st.text(max_size=200))
def test_a_message_without_a_block_is_left_alone(text: str) -> None:
    assert without_context(text) == text
