"""A question is read from its words: what to look for, and what kind of answer is wanted."""

import pytest

from query.question import read_question, stems


def test_a_question_is_looked_for_by_the_words_that_carry_content() -> None:
    assert read_question("What did Caroline do at the pottery class?").words == "caroline pottery class"


def test_a_question_of_empty_words_only_is_looked_for_as_it_stands() -> None:
    assert read_question("What is it?").words == "What is it?"


def test_words_match_in_their_commonest_forms() -> None:
    assert stems("She painted dogs") == stems("painting a dog") == {"paint", "dog"}


@pytest.mark.parametrize(
    "text",
    [
        "What do you know about me?",
        "what do you remember about me",
        "Tell me everything you know about the user.",
        "Who am I?",
        "Summarize my profile",
        "List all my memories",
        "What have you learned about this user so far?",
    ],
)
def test_a_question_about_the_person_as_a_whole_is_recognised(text: str) -> None:
    assert read_question(text).about_person


@pytest.mark.parametrize(
    "text",
    [
        "What do you know about my dog?",
        "What do I like?",
        "Tell me about Berlin",
        "Who is my manager?",
        "What did I say about me and Tom?",
        "Summarize my background in chemistry",
        "",
    ],
)
def test_a_question_with_a_topic_is_not_about_the_person_as_a_whole(text: str) -> None:
    assert not read_question(text).about_person


@pytest.mark.parametrize(
    "text", ["What would you suggest for dinner?", "How should I format my resume?", "Can you help me plan a trip?", "Plan a trip to Rome"]
)
def test_a_call_for_help_is_recognised(text: str) -> None:
    assert read_question(text).wants_help


@pytest.mark.parametrize("text", ["Where does the user live?", "What did you recommend?", "When did I ask you to help me?"])
def test_a_question_of_what_was_is_no_call_for_help(text: str) -> None:
    assert not read_question(text).wants_help


@pytest.mark.parametrize("text", ["How many books are on my list?", "What is my budget?", "When is the webinar?", "Where do I live?"])
def test_a_question_of_how_things_stand_is_recognised(text: str) -> None:
    assert read_question(text).wants_present


@pytest.mark.parametrize("text", ["When did I go to Rome?", "What was my first budget?", "How many books did I read last year?", "tea"])
def test_a_question_of_how_things_were_is_told_apart(text: str) -> None:
    assert not read_question(text).wants_present


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert len(read_question("word " * 100_000).words) <= 2_000
