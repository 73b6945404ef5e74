"""The built-in answerer: what it replies to a question, and that it says nothing that is not remembered."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query.answerer import answer, looked_for
from query.answerer.compose import GREETING, NOTED, NOTHING, ONLY_REMEMBERS, UNKNOWN, UNKNOWN_STRANGE, WELCOME
from schemas.search import Hit

Found = Callable[..., Hit]
POOL = [
    "User is building a SaaS dashboard in React",
    "The user lives in Lisbon.",
    "The user's name is Alice.",
    "The user likes green tea.",
    "The user doesn't like coffee.",
    "The user has a dog called Rex.",
    "The user's sister lives in Porto.",
    "The user used to live in Paris.",
    "The user is allergic to nuts.",
    "The user can't swim.",
    "The user loves jazz and hates opera.",
    "Is Rome nice?",
]
SISTER = "The user's sister Maria is a doctor."
ANSWERS = {
    "What am I building?": "You are building a SaaS dashboard in React.",
    "what am i building": "You are building a SaaS dashboard in React.",
    "Hey, quick question: what am I building?": "You are building a SaaS dashboard in React.",
    "Where do I live?": "You live in Lisbon.",
    "Tell me where I live": "You live in Lisbon.",
    "I forgot, where do I live?": "You live in Lisbon.",
    "Do you remember where I live?": "You live in Lisbon.",
    "Where did I live before?": "You used to live in Paris.",
    "Where does my sister live?": "Your sister lives in Porto.",
    "What's my name?": "Your name is Alice.",
    "What is my name and where do I live?": "Your name is Alice. You live in Lisbon.",
    "What is my name? Where do I live? How old am I?": "Your name is Alice. You live in Lisbon. The rest I do not know yet.",
    "What is my dog's name?": "You have a dog called Rex.",
    "Do you know what my dog is called?": "You have a dog called Rex.",
    "What can't I do?": UNKNOWN,
    "How tall am I?": UNKNOWN,
    "What is the capital of France?": UNKNOWN_STRANGE,
    "Is Rome nice?": UNKNOWN_STRANGE,
    "Do I like green tea?": "Yes, you like green tea.",
    "Do I like tea?": "You like green tea.",
    "Do I like coffee?": "No, you don't like coffee.",
    "Do you know if I like coffee?": "No, you don't like coffee.",
    "Am I allergic to nuts?": "Yes, you are allergic to nuts.",
    "am i allergic to anything": "Yes, you are allergic to nuts.",
    "Can I swim?": "No, you can't swim.",
    "Do I live in Lisbon?": "Yes, you live in Lisbon.",
    "Do I live in Paris?": "You used to live in Paris.",
    "Is my name Alice?": "Yes, your name is Alice.",
    "Hello!": GREETING,
    "Thanks a lot!": WELCOME,
    "I moved to Berlin.": NOTED,
    "What a day!": NOTED,
    "When I was young I lived in Rome.": NOTED,
    "Where I live, tea is cheap.": NOTED,
    "Write me a poem": ONLY_REMEMBERS,
    "Can you book a table?": ONLY_REMEMBERS,
    "": NOTED,
}


@pytest.mark.parametrize(("question", "reply"), ANSWERS.items())
def test_a_message_is_answered_from_what_is_remembered(found: Found, question: str, reply: str) -> None:
    assert answer(question, [found(note) for note in POOL]).text == reply


@pytest.mark.parametrize(
    ("question", "note", "reply"),
    [
        ("Do I like tea?", "The user likes tea, not coffee.", "Yes, you like tea, not coffee."),
        ("Do I like tea?", "The user likes tea but is not fond of it.", "Yes, you like tea but are not fond of it."),
        ("Do I drink tea?", "The user never drinks tea", "No, you never drink tea."),
        ("Do I drink tea?", "The user hardly drinks tea", "You hardly drink tea."),
        ("Do I hate opera?", "The user hates opera", "Yes, you hate opera."),
        ("Do I hate opera?", "The user loves opera", "No, you love opera."),
        ("Do I hate opera?", "The user doesn't hate opera", "No, you don't hate opera."),
        ("Does my sister live in Porto?", "The user's sister lives in Porto.", "Yes, your sister lives in Porto."),
        ("Have I been to Japan?", "The user has been to Japan twice.", "Yes, you have been to Japan twice."),
        ("Have I been to Japan?", "The user has never been to Japan.", "No, you have never been to Japan."),
        ("Am I a nurse?", "The user is not only a nurse but a doctor", "You are not only a nurse but a doctor."),
        ("Was I born in Rome?", "The user was born in Rome in 1980.", "Yes, you were born in Rome in 1980."),
        ("Do I have a dog?", "The user has a dog allergy", "You have a dog allergy."),
        ("Do I live in Lisbon or Porto?", "The user lives in Lisbon", "You live in Lisbon."),
        ("Do I have a cat?", "The user has a dog called Rex", "You have a dog called Rex."),
        ("Do I smoke?", "The user quit smoking.", "You quit smoking."),
        ("Do I live in Paris?", "The user wants to live in Paris", "You want to live in Paris."),
        ("Do I live in Paris?", "The user no longer lives in Paris", "You no longer live in Paris."),
        ("Do I like tea?", "The user might like tea", "You might like tea."),
        ("Do I like tea if it is cold?", "The user likes tea", "You like tea."),
        ("Is my dog called Rex?", "The user's dog is not called Rex", "No, your dog is not called Rex."),
        ("Should I eat nuts?", "The user is allergic to nuts", "You are allergic to nuts."),
    ],
)
def test_yes_and_no_are_said_only_where_a_memory_says_so(found: Found, question: str, note: str, reply: str) -> None:
    assert answer(question, [found(note, similarity=0.5)]).text == reply


def test_the_memories_used_are_those_it_says_again(found: Found) -> None:
    pool = [found(note) for note in POOL]
    assert [hit.memory.content for hit in answer("What am I building?", pool).used] == ["User is building a SaaS dashboard in React"]
    assert answer("How tall am I?", pool).used == ()


def test_several_memories_that_answer_are_all_said(found: Found) -> None:
    pool = [found("The user loves jazz."), found("The user is building a shed."), found("User is building a boat")]
    answered = answer("What am I building?", pool)
    assert answered.text == "You are building a shed. You are building a boat."
    assert len(answered.used) == 2


@pytest.mark.parametrize("question", ["What do you know about me?", "Who am I?", "Tell me everything about me"])
def test_asked_for_everything_it_lists_what_was_found(found: Found, question: str) -> None:
    answered = answer(question, [found("The user's name is Alice."), found("I like tea."), found("The user's name is Alice.")])
    assert answered.text == "Here is what I know about you:\n- Your name is Alice.\n- You like tea."
    assert answer(question, []).text == NOTHING


@pytest.mark.parametrize(
    ("question", "notes", "reply"),
    [
        ("What is my job?", ["I prefer React for frontend work", "The user works as a nurse."], "You work as a nurse."),
        ("Where does my sister work?", ["The user works as a nurse.", SISTER], SISTER.replace("The user's", "Your")),
        ("Do I have any pets?", ["The user has a dog."], "You have a dog."),
        ("Do I have a cat?", ["The user has a dog."], UNKNOWN),
        ("What do you remember about my family?", ["The user's sister is a doctor."], "Your sister is a doctor."),
        ("What plan am I on?", ["The user is planning a trip.", "Alice is on the Pro plan"], "Alice is on the Pro plan."),
        ("What are my plans?", ["The user is planning a trip.", "Alice is on the Pro plan"], "You are planning a trip."),
        ("Where did I live before Lisbon?", ["The user lives in Lisbon."], UNKNOWN),
        (
            "Where did I live before Lisbon?",
            ["The user lived in Porto until 2020, then in Lisbon."],
            "You lived in Porto until 2020, then in Lisbon.",
        ),
    ],
)
def test_the_memory_that_is_about_what_was_asked_wins(found: Found, question: str, notes: list[str], reply: str) -> None:
    similar = {"I prefer React for frontend work": 0.05, SISTER: 0.35}
    assert answer(question, [found(note, similarity=similar.get(note, 0.25)) for note in notes]).text == reply


@pytest.mark.parametrize(
    ("message", "looked"),
    [
        ("What is my job?", "What is my job? works as a job"),
        ("What am I building?", "What am I building?"),
        ("Do I like pets?", "Do I like pets? likes loves enjoys prefers favorite dog cat pet"),
    ],
)
def test_a_question_is_looked_for_by_the_words_of_its_answer_too(message: str, looked: str) -> None:
    assert looked_for(message) == looked


def test_what_is_only_near_is_said_as_such(found: Found) -> None:
    answered = answer("Can I eat peanut butter?", [found("The user is allergic to nuts.", similarity=0.4)])
    assert answered.text == "I do not know that for certain. What I do know: You are allergic to nuts."
    assert answer("What is the capital of France?", [found("The user lives in Lisbon.", similarity=0.4)]).text == UNKNOWN_STRANGE


def test_a_request_is_met_with_what_may_help(found: Found) -> None:
    answered = answer("Suggest a dinner", [found("The user is a vegetarian.", similarity=0.35)])
    assert answered.text == f"{ONLY_REMEMBERS} What I know that may help: You are a vegetarian."


def test_of_a_long_memory_only_the_sentence_that_answers_is_said(found: Found) -> None:
    note = "The user met Dr. Who in St. Ives. " * 20 + "The user is building a boat. " + "The weather was fine. " * 20
    assert answer("What am I building?", [found(note)]).text == "You are building a boat."


def test_a_statement_is_never_answered_with_a_memory(found: Found) -> None:
    assert answer("I am building a boat.", [found("The user is building a shed.", similarity=0.9)]).used == ()


@pytest.mark.parametrize(
    "unit", ["my ", "the user ", '"', "what is my name and where do i live? ", "hey, ", "a.", "not ", "\n", "who am i? "]
)
def test_long_messages_and_memories_cost_little(found: Found, unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    pool = [found(text, similarity=0.9) for _ in range(20)]
    started = time.process_time()
    for message in (text[:8_000], "What do you know about me?", "Where do I live?"):
        assert len(answer(message, pool).text) < 20_000
    assert time.process_time() - started < 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(message=st.text(max_size=300), notes=st.lists(st.text(min_size=1, max_size=100), max_size=4))
def test_any_message_is_answered_and_only_what_was_found_is_used(found: Found, message: str, notes: list[str]) -> None:
    pool = [found(note, similarity=0.7) for note in notes]
    answered = answer(message, pool)
    assert answered.text
    assert {hit.memory.id for hit in answered.used} <= {hit.memory.id for hit in pool}
