"""Which categories a memory falls into, and what an application asked to keep or leave out."""

import numpy as np
import pytest

from workers.rules.categories import DEFAULT_CATEGORIES, assign, described, mentions
from workers.rules.topics import MOST, matches, split

NAMES = list(DEFAULT_CATEGORIES)
FLAT = np.zeros((len(NAMES), len(NAMES)), dtype=np.float32)
"""Nothing is near to anything: only the words count."""
APART = np.eye(len(NAMES), dtype=np.float32)
"""Every category a direction of its own."""


def toward(name: str, cosine: float) -> np.ndarray:
    vector = np.zeros(len(NAMES), dtype=np.float32)
    vector[NAMES.index(name)] = cosine
    return vector


def test_the_categories_are_those_of_mem0() -> None:
    assert (
        "personal_details family professional_details sports travel food music health technology hobbies fashion"
        " entertainment milestones user_preferences misc"
    ).split() == NAMES


def test_the_meaning_decides() -> None:
    assert assign("It swings.", toward("music", 0.5), APART, NAMES) == ("music",)


def test_a_typical_word_helps_where_the_meaning_is_near() -> None:
    assert assign("The user plays guitar.", toward("music", 0.2), APART, NAMES) == ("music",)
    assert assign("It swings.", toward("music", 0.2), APART, NAMES) == ("misc",)


def test_a_word_alone_is_not_enough() -> None:
    assert assign("The user has a dog.", toward("misc", 0.0), FLAT, NAMES) == ("misc",)


def test_the_nearest_comes_first_and_no_more_than_three() -> None:
    vector = np.full(len(NAMES), 0.5, dtype=np.float32)
    vector[NAMES.index("food")] = 0.55
    found = assign("something", vector, APART, NAMES)
    assert found[0] == "food"
    assert len(found) == 3


def test_an_applications_own_categories_are_told_by_meaning_or_name() -> None:
    own, vectors = ["pets", "cars"], np.eye(2, dtype=np.float32)
    assert assign("Rex barks.", np.array([0.5, 0.1], np.float32), vectors, own) == ("pets",)
    assert assign("The user likes cars.", np.array([0.0, 0.2], np.float32), vectors, own) == ("cars",)
    assert assign("Nothing of it.", np.array([0.1, 0.1], np.float32), vectors, own) == ()
    assert assign("No categories.", np.array([0.1, 0.1], np.float32), np.empty((0, 2), np.float32), []) == ()


def test_what_is_embedded_of_a_category_is_its_name_and_meaning() -> None:
    assert described("user_preferences", "What they like") == "user preferences: What they like"
    assert described("pets", "") == "pets"


@pytest.mark.parametrize(
    ("wish", "topics"),
    [
        ("only allergies and diet", ["allergies", "diet"]),
        ("Remember everything about travel plans, music; work", ["travel plans", "music", "work"]),
        ("", []),
        ("sports\nsports", ["sports"]),
    ],
)
def test_a_wish_is_split_into_its_topics(wish: str, topics: list[str]) -> None:
    assert split(wish) == topics


def test_a_wish_of_any_length_is_bounded() -> None:
    assert len(split(", ".join(f"topic {n}" for n in range(1000)))) <= MOST


def test_a_text_is_about_the_nearest_topic_or_none() -> None:
    wanted = np.eye(3, dtype=np.float32)[:2]
    assert matches(np.array([0.1, 0.5, 0.0], np.float32), wanted)
    assert not matches(np.array([0.1, 0.1, 0.9], np.float32), wanted)
    assert not matches(np.array([1.0, 0.0, 0.0], np.float32), np.empty((0, 3), np.float32))


@pytest.mark.parametrize(
    ("topic", "text", "said"),
    [
        ("sports", "The user ran a marathon in 2025.", True),
        ("sport", "The user plays tennis.", True),
        ("food preferences", "The user is a vegan.", True),
        ("health", "The user is allergic to nuts.", True),
        ("sailing", "The user goes sailing on Sundays.", True),
        ("sports", "The user works at a bank.", False),
        ("food", "The user plays the violin.", False),
    ],
)
def test_a_typical_word_tells_a_topic(topic: str, text: str, said: bool) -> None:
    assert mentions(topic, text) is said
