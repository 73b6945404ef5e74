"""What is noted about a user, said to that user: in the second person where it is certain who is meant, else quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.answerer.person import told

SAID = {
    "User is building a SaaS dashboard in React": "You are building a SaaS dashboard in React.",
    "User prefers dark mode and uses VS Code": "You prefer dark mode and use VS Code.",
    "The user's name is Alice.": "Your name is Alice.",
    "The user does not like tea and hates coffee": "You do not like tea and hate coffee.",
    "The user doesn't smoke": "You don't smoke.",
    "The user lives in Lisbon with their wife and their two kids.": "You live in Lisbon with your wife and your two kids.",
    "The user studies law, works nights and plays the piano": "You study law, work nights and play the piano.",
    "The user loves films and books about war": "You love films and books about war.",
    "The user passes the ball and fixes bikes": "You pass the ball and fix bikes.",
    "The user has moved to Berlin and currently works at Acme": "You have moved to Berlin and currently work at Acme.",
    "The user no longer lives in Paris": "You no longer live in Paris.",
    "The user always watches TV.": "You always watch TV.",
    "The user can swim": "You can swim.",
    "user wants to learn Rust": "You want to learn Rust.",
    "The user is a nurse who works nights and loves it": "You are a nurse who works nights and loves it.",
    "The user was born in Porto. They work as a chef.": "You were born in Porto. You work as a chef.",
    "User drives his car to work": "You drive your car to work.",
    "User often takes photos of their cat": "You often take photos of your cat.",
    "The user's kids love their school": "Your kids love their school.",
    "The user's favorite language is TypeScript, which they use at work": "Your favorite language is TypeScript, which you use at work.",
    "Bob likes the user": "Bob likes you.",
    'The user said "I am tired" to Bob': 'You said "I am tired" to Bob.',
    "I am building a React dashboard for a SaaS startup": "You are building a React dashboard for a SaaS startup.",
    "I prefer React over Vue for frontend work": "You prefer React over Vue for frontend work.",
    "I'm allergic to nuts and I was born in 1990": "You are allergic to nuts and you were born in 1990.",
    "My dog is called Rex": "Your dog is called Rex.",
    "I work in the US and they pay us well": "You work in the US and they pay you well.",
    "Prefers dark mode": "You prefer dark mode.",
    "Allergic to nuts": "Allergic to nuts.",
    "Alice is on the Pro plan and works in fintech": "Alice is on the Pro plan and works in fintech.",
    "The user interface is slow": "The user interface is slow.",
    "User stories are short": "User stories are short.",
    "iPhone is what the user uses": "iPhone is what you use.",
}


@pytest.mark.parametrize(("note", "said"), SAID.items())
def test_a_note_is_said_to_the_user(note: str, said: str) -> None:
    assert told(note) == said


@pytest.mark.parametrize(
    "note",
    [
        "Me gusta el té",
        "I ragazzi dormono",
        "We wonen in Amsterdam",
        "You should be brief",
        "The user met Bob at his office",
        "The user loves dogs and their owners",
        "The dog of the user is ill",
        "The user, who lives in Lisbon, hates rain",
        "The user told me that I am late",
    ],
)
def test_where_it_is_not_certain_who_is_meant_the_note_is_quoted(note: str) -> None:
    assert told(note) == f'I have this noted: "{note}"'


def test_what_somebody_else_said_of_himself_is_not_said_of_the_user() -> None:
    assert told("I am a language model.", "assistant") == 'The assistant said: "I am a language model."'
    assert told("I live in Rome.", "Bob") == 'Bob said: "I live in Rome."'
    assert told("I live in Rome.", "user") == "You live in Rome."


@given(st.text(max_size=200) | st.lists(st.sampled_from("The user user's their they he I my and uses , . \" of Bob".split())).map(" ".join))
def test_any_text_can_be_told(note: str) -> None:
    told(note)
