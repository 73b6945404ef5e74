"""What kind of memory a statement is."""

import pytest

from schemas.memory import MemoryType
from workers.rules.memory_types import classify

KINDS = {
    "preference": [
        "The user loves TypeScript.",
        "The user's favorite color is blue.",
        "The user prefers email over phone calls.",
        "User prefers dark mode and uses VS Code",
        "The user doesn't eat meat.",
        "The user is a vegan.",
        "The user no longer likes coffee.",
        "The user is into photography.",
        "The user wants the assistant to always answer in French.",
        "The user thinks TypeScript is great.",
        "Anna loves sushi.",
        "The user and their wife love hiking.",
    ],
    "fact": [
        "The user lives in Lisbon.",
        "The user works at Google as an engineer.",
        "The user's name is Sam.",
        "The user is 34 years old.",
        "The user is allergic to nuts.",
        "The user has a dog named Rex.",
        "The user speaks Spanish.",
        "The deadline is March 3.",
        "The user's API uses GraphQL.",
    ],
    "experience": [
        "The user ran a marathon in 2025.",
        "The user moved from Paris to Lisbon.",
        "The user has been to Japan.",
        "The user used to smoke.",
        "The user visited their parents in 2025.",
        "Caroline went to a support group on 13 March 2026.",
        "Melanie just signed up for a pottery class.",
        "Nate adopts a new dog named Max.",
    ],
    "goal": [
        "The user wants to learn Rust.",
        "The user plans to run a marathon.",
        "The user is going to buy a house.",
        "The user would love to visit Japan.",
        "The user's goal is to save $10,000 by December.",
        "The user is trying to optimize their API.",
        "The user is moving to Berlin in April 2026.",
    ],
    "relationship": [
        "The user's sister Anna lives in Porto.",
        "The user is married to John.",
        "The user has two kids, Emma and Jack.",
        "The user broke up with their girlfriend.",
        "Tom is the user's best friend.",
        "The user's boss is called Frank.",
    ],
}
OUTRIGHT = [
    "The user loves TypeScript.",
    "The user lives in Lisbon.",
    "The user's sister Anna lives in Porto.",
    "The user wants to learn Rust.",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts])
def test_a_statement_tells_its_type(kind: str, text: str) -> None:
    assert classify(text)[0] is MemoryType(kind)


@pytest.mark.parametrize("text", OUTRIGHT)
def test_what_is_said_outright_is_sure(text: str) -> None:
    assert classify(text)[1] >= 0.9


def test_what_gives_no_sign_is_a_fact_and_unsure() -> None:
    assert classify("Blue, mostly.") == (MemoryType.FACT, 0.55)


def test_other_languages_are_typed_by_their_commonest_words() -> None:
    assert classify("Me gusta mucho el café de Colombia")[0] is MemoryType.PREFERENCE
    assert classify("Meine Schwester wohnt in Berlin")[0] is MemoryType.RELATIONSHIP
    assert classify("Я хочу выучить немецкий")[0] is MemoryType.GOAL
