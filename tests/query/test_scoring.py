"""How hits are ranked: what a score promises, and what comes first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query.question import read_question
from query.scoring import SIMILARITY_POWER, cut, full_marks, promise, rank
from schemas.memory import Memory, MemoryType
from schemas.search import Candidate, Hit

Remember = Callable[..., Memory]
ORDINARY = read_question("tea or coffee")
PERSON = read_question("What do you know about me?")
part = st.floats(0, 1)
examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)


def contents(hits: list[Hit]) -> list[str]:
    return [hit.memory.content for hit in hits]


def only(hits: list[Hit]) -> Hit:
    (hit,) = hits
    return hit


@examples
@given(similarity=st.floats(-1, 1), lexical=st.floats(0, 500), importance=part, days=st.floats(-10, 5_000))
@pytest.mark.parametrize("question", [ORDINARY, PERSON])
def test_every_part_of_a_score_lies_between_0_and_1(
    memory: Remember, now: datetime, question: object, similarity: float, lexical: float, importance: float, days: float
) -> None:
    found = Candidate(memory("The user drinks tea.", days_ago=days, importance=importance), similarity, lexical)
    hit = only(rank(question, [found], now))
    assert all(0 <= value <= 1 for value in (hit.score, hit.similarity, hit.lexical, hit.recency, hit.importance))


@examples
@given(
    low=st.tuples(part, part, part, part),
    better=st.integers(0, 3),
    by=st.floats(0, 1),
    preferred=st.booleans(),
)
def test_a_memory_that_is_better_in_one_part_and_equal_in_the_rest_never_scores_lower(
    memory: Remember, now: datetime, low: tuple[float, ...], better: int, by: float, preferred: bool
) -> None:
    question = read_question("What tea would you suggest?")
    high = tuple(value + (1 - value) * by if place == better else value for place, value in enumerate(low))

    def score(parts: tuple[float, ...]) -> float:
        similarity, lexical, freshness, importance = parts
        kind = MemoryType.PREFERENCE if preferred else MemoryType.FACT
        asked = memory("Mint tea.", days_ago=1_000 * (1 - freshness), importance=importance, type=kind, speaker="assistant")
        best_words = memory("Another tea.", speaker="assistant")
        hits = rank(question, [Candidate(asked, similarity, 10 * lexical), Candidate(best_words, 0.0, 10.0)], now)
        return next(hit.score for hit in hits if hit.memory is asked)

    assert score(high) >= score(low)


def test_a_memory_that_answers_passes_the_thresholds_clients_send(memory: Remember, now: datetime) -> None:
    """0.45 is the median cosine of an answer and its question, in the data the ranking was measured on."""
    hit = only(rank(ORDINARY, [Candidate(memory("The user drinks tea.", days_ago=30), 0.45)], now))
    assert hit.score >= 0.3


def test_a_memory_that_has_nothing_to_do_with_it_does_not(memory: Remember, now: datetime) -> None:
    """0.1 is the median cosine of texts that have nothing in common, 0.15 still common among them."""
    newest_and_weightiest = memory("The user lives in Berlin.", importance=1.0)
    assert only(rank(ORDINARY, [Candidate(newest_and_weightiest, 0.15)], now)).score < 0.1


def test_one_word_in_common_is_not_taken_for_an_answer(memory: Remember, now: datetime) -> None:
    """It may be the best match of a store that has no answer; the score says how much of the question it covers."""
    question = read_question("Which hotel near the Vienna opera serves breakfast late on Sunday?")
    hit = only(rank(question, [Candidate(memory("The user rests on Sunday."), 0.1, 4.0)], now))
    assert hit.lexical < 0.5
    assert hit.score < 0.3


def test_words_in_common_lift_a_memory_above_one_that_is_a_little_nearer(memory: Remember, now: datetime) -> None:
    named, near = memory("Tea with Oskar."), memory("Somebody came by.")
    hits = rank(read_question("tea with Oskar"), [Candidate(near, 0.4), Candidate(named, 0.3, 5.0)], now)
    assert contents(hits) == ["Tea with Oskar.", "Somebody came by."]


def test_of_nearly_equal_memories_the_newer_comes_first(memory: Remember, now: datetime) -> None:
    old, new = memory("Rooibos.", days_ago=400), memory("Assam.", days_ago=1)
    assert contents(rank(ORDINARY, [Candidate(old, 0.505), Candidate(new, 0.5)], now)) == ["Assam.", "Rooibos."]


def test_of_nearly_equal_memories_the_more_important_comes_first(memory: Remember, now: datetime) -> None:
    small, big = memory("Rooibos.", importance=0.2), memory("Assam.", importance=0.9)
    assert contents(rank(ORDINARY, [Candidate(small, 0.505), Candidate(big, 0.5)], now)) == ["Assam.", "Rooibos."]


def test_asked_about_the_person_every_memory_is_an_answer_and_the_weightiest_comes_first(memory: Remember, now: datetime) -> None:
    trifle, weighty = memory("The user had toast.", importance=0.1), memory("The user is diabetic.", importance=0.9, days_ago=60)
    hits = rank(PERSON, [Candidate(trifle, 0.12), Candidate(weighty, -0.05)], now)
    assert contents(hits) == ["The user is diabetic.", "The user had toast."]
    assert all(hit.score >= 0.3 for hit in hits)


def test_a_new_number_stands_above_the_one_it_replaced(memory: Remember, now: datetime) -> None:
    question = read_question("How many sources are in my Zotero library?")
    old = Candidate(memory("The user's Zotero library has 45 sources, tagged by theme.", days_ago=20), 0.8, 9.0)
    new = Candidate(memory("The user added sources to Zotero and has 52 now.", days_ago=2), 0.7, 7.0)
    assert contents(rank(question, [old, new], now))[0] == new.memory.content


def test_a_new_state_stands_above_the_one_it_replaced(memory: Remember, now: datetime) -> None:
    old = Candidate(memory("The user lives in Berlin.", days_ago=300), 0.70)
    new = Candidate(memory("The user lives in Munich.", days_ago=3), 0.62)
    assert contents(rank(read_question("Where do I live?"), [old, new], now))[0] == "The user lives in Munich."


def test_asked_how_it_was_the_better_answer_stays_above_the_newer(memory: Remember, now: datetime) -> None:
    old = Candidate(memory("The user lived in Berlin.", days_ago=300), 0.70)
    new = Candidate(memory("The user lives in Munich.", days_ago=3), 0.62)
    assert contents(rank(read_question("Where did I live before?"), [old, new], now))[0] == "The user lived in Berlin."


def test_whatever_is_asked_the_newer_of_two_that_say_nearly_the_same_comes_first(memory: Remember, now: datetime) -> None:
    old = Candidate(memory("The kitchen renovation budget: 9,000 euros.", days_ago=9), 0.72)
    new = Candidate(memory("The kitchen renovation budget: 7,500 euros.", days_ago=1), 0.70)
    assert contents(rank(read_question("renovation"), [old, new], now))[0] == new.memory.content


def test_what_is_asked_for_by_name_is_not_outdated_by_its_like(memory: Remember, now: datetime) -> None:
    old = Candidate(memory("Minutes of meeting 7.", days_ago=9), 0.95, 9.0)
    new = Candidate(memory("Minutes of meeting 108.", days_ago=1), 0.93, 5.0)
    assert contents(rank(read_question("Minutes of meeting 7."), [old, new], now))[0] == old.memory.content
    assert contents(rank(read_question("minutes of the meeting"), [old, new], now))[0] == new.memory.content


def test_what_an_assistant_said_outdates_nothing(memory: Remember, now: datetime) -> None:
    said = Candidate(memory("My budget is 900 euros.", days_ago=9, speaker="user"), 0.8)
    echoed = Candidate(memory("Your budget is 900 euros, so 300 a week.", days_ago=8, speaker="assistant"), 0.75)
    assert contents(rank(read_question("What is my budget?"), [said, echoed], now))[0] == "My budget is 900 euros."


def test_the_score_still_falls_from_hit_to_hit_when_newer_ones_were_moved_up(memory: Remember, now: datetime) -> None:
    found = [Candidate(memory(f"The user's weight is {80 - n} kg.", days_ago=100 - n), 0.9 - n / 50) for n in range(8)]
    hits = rank(read_question("What is my weight?"), found, now)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert sorted(contents(hits)) == sorted(candidate.memory.content for candidate in found)


def test_asked_for_advice_a_preference_counts_more_than_a_fact(memory: Remember, now: datetime) -> None:
    fact = Candidate(memory("The user cooked pasta on Monday."), 0.42)
    wish = Candidate(memory("The user prefers food without garlic.", type=MemoryType.PREFERENCE), 0.36)
    assert contents(rank(read_question("What would you suggest for dinner?"), [fact, wish], now))[0] == wish.memory.content
    assert contents(rank(read_question("What happened on Monday?"), [fact, wish], now))[0] == fact.memory.content


def test_what_an_assistant_prefers_is_no_preference_of_its_user(memory: Remember, now: datetime) -> None:
    question = read_question("What would you suggest for dinner?")
    said = {
        speaker: memory("Prefer food without garlic.", type=MemoryType.PREFERENCE, speaker=speaker) for speaker in ("user", "assistant")
    }
    scores = {speaker: only(rank(question, [Candidate(found, 0.36)], now)).score for speaker, found in said.items()}
    assert scores["user"] > scores["assistant"]


def test_no_candidates_no_hits(now: datetime) -> None:
    assert rank(ORDINARY, [], now) == []


def test_a_memory_said_in_the_future_counts_as_said_now(memory: Remember, now: datetime) -> None:
    assert only(rank(ORDINARY, [Candidate(memory("Tea.", days_ago=-5), 0.5)], now)).recency == 1.0


def test_the_cut_takes_the_first_that_reach_the_threshold(memory: Remember, now: datetime) -> None:
    hits = rank(ORDINARY, [Candidate(memory(f"Tea {n}.", days_ago=n), 0.9 - n / 5) for n in range(4)], now)
    assert cut(hits, threshold=0.0, by_similarity=False, limit=2) == hits[:2]
    assert cut(hits, threshold=hits[1].score, by_similarity=False, limit=9) == hits[:2]
    assert cut(hits, threshold=0.65, by_similarity=True, limit=9) == hits[:2]
    assert cut(hits, threshold=0.0, by_similarity=False, limit=0) == []


def test_recency_halves_in_ninety_days(memory: Remember, now: datetime) -> None:
    hit = only(rank(ORDINARY, [Candidate(memory("Tea."), 0.5)], now + timedelta(days=90)))
    assert hit.recency == pytest.approx(0.5)


def test_what_is_promised_of_candidates_orders_them_as_their_scores_will(memory: Remember, now: datetime) -> None:
    """Where the best match says all that was asked for, one that matches half as well is still above one that is a little nearer."""
    question = read_question("tomatoes garden")
    parts = [(0.5, 8.0), (0.55, 0.0), (0.48, 4.0), (0.2, 0.0), (-0.1, 0.0)]
    candidates = [Candidate(memory(f"tomatoes garden {n}"), *scores) for n, scores in enumerate(parts)]
    ranked = [candidates.index(next(c for c in candidates if c.memory is hit.memory)) for hit in rank(question, candidates, now)]
    promised = promise(*np.array(parts).T)
    assert np.argsort(-promised, kind="stable").tolist() == ranked == [0, 2, 1, 3, 4]
    assert promised[-1] == 0.0
    assert promise(np.array([0.3]), np.zeros(1)) == pytest.approx(0.3**SIMILARITY_POWER)


def test_where_it_is_known_what_counts_as_full_marks_the_relevance_is_promised(memory: Remember, now: datetime) -> None:
    question = read_question("tomatoes in a garden of roses")
    candidates = [Candidate(memory(f"tomatoes garden {n}"), *scores) for n, scores in enumerate([(0.5, 8.0), (0.6, 0.0), (0.3, 4.0)])]
    candidates = [replace(candidate, memory=replace(candidate.memory, importance=1.0)) for candidate in candidates]
    promised = promise(np.array([0.5, 0.6, 0.3]), np.array([8.0, 0.0, 4.0]), full_marks(question, candidates))
    scores = {hit.memory.id: hit.score for hit in rank(question, candidates, now)}
    assert promised.tolist() == pytest.approx([scores[candidate.memory.id] for candidate in candidates])
    assert promised[0] < promise(np.array([0.5]), np.array([8.0]), 8.0)[0]
