"""What people say, and what is remembered of it."""

import pytest
from saying import SAID_AT, assistant, heard, reasons, remembered, user

from schemas.memory import MemoryType
from schemas.message import Message
from workers.rules.statements import MOST, SHOWN, extract

ABOUT_ONESELF = {
    "I love TypeScript": ["The user loves TypeScript."],
    "My sister Anna lives in Porto": ["The user's sister Anna lives in Porto."],
    "We're moving to Berlin next month": ["The user is moving to Berlin in April 2026."],
    "I'm allergic to peanuts and shellfish.": ["The user is allergic to peanuts and shellfish."],
    "I've been to Rome and I'd love to go back": ["The user has been to Rome.", "The user would love to go back."],
    "I don't eat meat": ["The user doesn't eat meat."],
    "I have a dog named Rex and a cat named Tom": ["The user has a dog named Rex and a cat named Tom."],
    "My wife and I love hiking": ["The user and their wife love hiking."],
    "Tom and I are getting married in June": ["Tom and the user are getting married in June."],
    "When I'm stressed, I eat chocolate": ["When the user is stressed, they eat chocolate."],
    "I used to smoke but I quit two years ago": ["The user used to smoke but they quit in 2024."],
    "My parents think I work too hard": ["The user's parents think the user works too hard."],
    "Our API uses GraphQL": ["The user's API uses GraphQL."],
    'I told him "I love you"': ['The user told him "I love you".'],
    "im 25 and i live in nyc": ["The user is 25.", "The user lives in nyc."],
    "I LOVE PIZZA": ["The user loves PIZZA."],
    "Pizza is my favorite food!": ["Pizza is the user's favorite food."],
    "What I love most is hiking": ["What the user loves most is hiking."],
    "I live in the US": ["The user lives in the US."],
    "World War I fascinates me": ["World War I fascinates the user."],
}

SEVERAL_FACTS = {
    "I love tea but hate coffee": ["The user loves tea.", "The user hates coffee."],
    "I live in Paris and work at Google": ["The user lives in Paris.", "The user works at Google."],
    "My sister Anna lives in Porto and works as a nurse": [
        "The user's sister Anna lives in Porto.",
        "The user's sister Anna works as a nurse.",
    ],
    "I was born in Rome and raised in Paris": ["The user was born in Rome.", "The user was raised in Paris."],
    "I am learning Rust and building a game": ["The user is learning Rust.", "The user is building a game."],
    "My parents live in Ohio and my brother lives in Texas": ["The user's parents live in Ohio.", "The user's brother lives in Texas."],
    "I'm Sam, a nurse from Leeds": ["The user's name is Sam.", "The user is a nurse from Leeds."],
    "Name: Sam\nLocation: Paris": ["The user's name is Sam.", "The user lives in Paris."],
}

ONE_FACT = [
    "I like to cook and dance",
    "I love hiking, biking, and swimming",
    "I live with my wife and my dog",
    "I love family and work",
    "I can cook and dance",
    "I run so I can eat",
    "I worry about the plan Carla and I made",
]

WAYS_TO_BEGIN = [
    "btw I'm vegan",
    "Well, I'm vegan.",
    "So yeah, I'm vegan",
    "Hi, I'm vegan",
    "Please remember that I'm vegan",
    "Remember: I'm vegan",
    "Note that I am vegan.",
    "Don't forget I'm vegan!",
    "Can you remember that I'm vegan?",
    "Did you know that I'm vegan?",
    "I'm vegan, right?",
    "As I said, I'm vegan",
    "You should know that I'm vegan",
    "fyi im vegan",
]

NAMES = {
    "my name is Sam": "The user's name is Sam.",
    "I'm Sam": "The user's name is Sam.",
    "call me Sam": "The user wants to be called Sam.",
    "Everyone calls me Sam": "The user wants to be called Sam.",
    "I'm German": "The user is German.",
}

WITHOUT_SUBJECT = {
    "Just got a puppy!": "The user just got a puppy.",
    "Moved to Berlin last year": "The user moved to Berlin in 2025.",
    "Working at Google now": "The user is working at Google now.",
    "Allergic to nuts": "The user is allergic to nuts.",
    "Love hiking in the Alps": "The user loves hiking in the Alps.",
    "Will attend the meeting on April 10": "The user will attend the meeting on April 10.",
}

NOTHING = {
    "What's the weather like?": "a question",
    "how do I centre a div": "a question",
    "I'm not sure if that works": "a question",
    "Hello! How are you?": "a greeting",
    "Thanks a lot!": "thanks",
    "write me a poem": "a request",
    "I want you to write a poem": "a request",
    "I need help with my homework": "a request",
    "I need a recipe": "a request",
    "Don't worry about it": "a request",
    "If I were rich, I would buy a boat": "a hypothetical",
    "lol": "small talk",
    "That's great!": "small talk",
    "I love it!": "small talk",
    "I'm tired": "a passing state",
    "She lives in Porto": "unclear who or what is meant",
    "🚀🚀": "no words",
    "You should try yoga": "advice",
}

FACTS_IN_QUESTIONS = {
    "Can you suggest vegan recipes? I'm allergic to nuts": ["The user is allergic to nuts."],
    "As a vegan, what should I cook?": ["The user is a vegan."],
    "I live in Paris, what should I visit?": ["The user lives in Paris."],
    "What can I cook, I'm vegan?": ["The user is vegan."],
    "Suggest a restaurant, I'm vegan and live in Porto": ["The user is vegan.", "The user lives in Porto."],
    "Can you help me plan a trip for my wife Sarah and my 5-year-old son?": [
        "The user's wife is named Sarah.",
        "The user has a 5-year-old son.",
    ],
    "How do I get a visa since I'm a Brazilian citizen?": ["The user is a Brazilian citizen."],
    "What is a good diet for my diabetes?": ["The user has diabetes."],
    "How do I save more, considering I'm 35 and earn $85,000 a year?": ["The user is 35.", "The user earns $85,000 a year."],
}

INSTRUCTIONS = {
    "Always answer in French": "The user wants the assistant to always answer in French.",
    "Never use emojis": "The user wants the assistant to never use emojis.",
    "Please don't call me after 9pm": "The user wants the assistant to not call them after 9pm.",
    "From now on, keep it brief": "The user wants the assistant to keep it brief from now on.",
    "When I ask about dates, use the ISO format": "The user wants the assistant to use the ISO format when they ask about dates.",
    "Answer in Spanish": "The user wants the assistant to answer in Spanish.",
}


@pytest.mark.parametrize(("said", "kept"), [*ABOUT_ONESELF.items(), *SEVERAL_FACTS.items(), *FACTS_IN_QUESTIONS.items()])
def test_what_people_say_of_themselves_is_kept_in_the_third_person(said: str, kept: list[str]) -> None:
    assert remembered(said) == kept


@pytest.mark.parametrize("said", ONE_FACT)
def test_one_fact_is_not_cut_in_two(said: str) -> None:
    assert len(remembered(said)) == 1


@pytest.mark.parametrize("said", WAYS_TO_BEGIN)
def test_how_a_sentence_begins_does_not_matter(said: str) -> None:
    assert remembered(said) == ["The user is vegan."]


@pytest.mark.parametrize(("said", "kept"), [*NAMES.items(), *WITHOUT_SUBJECT.items(), *INSTRUCTIONS.items()])
def test_short_forms_are_understood(said: str, kept: str) -> None:
    assert remembered(said) == [kept]


@pytest.mark.parametrize(("said", "why"), NOTHING.items())
def test_what_is_no_statement_leaves_nothing_and_a_reason(said: str, why: str) -> None:
    found = heard(said)
    assert found.statements == []
    assert f"nothing to remember: {why}" in [piece.reason for piece in found.nothing]


def test_what_is_told_to_be_remembered_is_surest_and_what_is_guessed_least() -> None:
    said = ["Remember that I fly on Monday", "I love TypeScript", "I think tea is great", "The deadline is March 3"]
    sure = [heard(text).statements[0].confidence for text in said]
    assert sure == sorted(sure, reverse=True)
    assert sure[1] >= 0.9 > sure[2] > sure[3]


def test_what_is_already_in_the_third_person_stays_as_it_is() -> None:
    assert remembered("User prefers dark mode and uses VS Code") == ["User prefers dark mode and uses VS Code"]
    assert remembered("Saela strongly prefers LaTeX over Markdown.") == ["Saela strongly prefers LaTeX over Markdown."]


def test_facts_of_a_project_are_kept_with_less_confidence() -> None:
    (statement,) = heard("The deadline is March 3").statements
    assert statement.text == "The deadline is March 3"
    assert statement.confidence < 0.7


def test_a_pronoun_is_replaced_where_one_person_fits() -> None:
    assert remembered("My sister Anna lives in Porto. She loves jazz.")[1] == "The user's sister Anna loves jazz."
    assert remembered("I have a dog. It's a golden retriever.")[1] == "The user's dog is a golden retriever."
    assert remembered("I have a dog named Rex. He loves swimming.")[1] == "The user's dog Rex loves swimming."


def test_a_pronoun_that_may_mean_two_people_is_not_guessed() -> None:
    kept = remembered("My sister Anna and my mom live in Porto. She loves jazz.")
    assert not any("Anna loves" in text for text in kept)


def test_a_sentence_that_goes_on_about_the_last_one_stays_with_it() -> None:
    kept = remembered("I went to a conference in Lyon. It was about vector databases and search.")
    assert kept == ["The user went to a conference in Lyon. It was about vector databases and search."]


def test_the_assistant_counts_only_where_it_repeats_what_is_known_of_the_user() -> None:
    assert remembered(assistant("You mentioned that you're vegan, so here is a recipe.")) == ["The user is vegan."]
    assert remembered(assistant("Got it, you live in Lisbon! What's next?")) == ["The user lives in Lisbon."]
    chatter = "You can use React. TypeScript is great! You're welcome. I have a suggestion for you."
    assert remembered(assistant(chatter)) == []
    assert reasons(assistant(chatter)) == ["nothing to remember: the assistant's own words"]


ANSWERS = {
    ("Nice to meet you! What's your name?", "Sam"): ["The user's name is Sam."],
    ("Where do you live?", "In Lisbon."): ["The user lives in Lisbon."],
    ("How old are you?", "42"): ["The user is 42 years old."],
    ("What is your favorite color?", "Blue"): ["The user's favorite color is Blue."],
    ("Do you have any allergies?", "No"): ["The user doesn't have any allergies."],
    ("Are you vegan?", "Yes!"): ["The user is vegan."],
    ("Do you have any questions?", "No"): [],
    ("Shall I go on?", "Yes"): [],
    ("What is your favorite color?", "Why do you ask?"): [],
    ("What is your favorite color?", "I live in Rome."): ["The user lives in Rome."],
}


@pytest.mark.parametrize(("turns", "kept"), ANSWERS.items())
def test_a_short_answer_is_understood_with_its_question(turns: tuple[str, str], kept: list[str]) -> None:
    assert remembered(assistant(turns[0]), turns[1]) == kept


def test_there_is_the_place_just_named() -> None:
    assert remembered("I love Porto and I want to move there.") == ["The user loves Porto.", "The user wants to move to Porto."]


def test_what_the_assistant_repeats_is_remembered_once() -> None:
    assert remembered("I'm vegan.", assistant("Got it, you're vegan!")) == ["The user is vegan."]


def test_a_system_message_is_no_source() -> None:
    assert reasons(Message(role="system", content="You are a helpful bot. I love you.")) == ["nothing to remember: a system message"]


def test_people_with_names_are_called_by_them() -> None:
    found = heard(user("I love sushi", name="Anna"), user("I know you love art", name="Bob"))
    assert [(s.text, s.speaker) for s in found.statements] == [("Anna loves sushi.", "Anna"), ("Bob knows Anna loves art.", "Bob")]


def test_a_name_before_the_message_is_its_speaker() -> None:
    assert remembered("Caroline: I went to a support group yesterday.") == ["Caroline went to a support group on 13 March 2026."]
    assert remembered("Correction: my flight is on the 5th") == ["The user's flight is on the 5th."]


@pytest.mark.parametrize(
    "noise",
    [
        "```python\nI = 'love'\nprint(I)\n```",
        "2026-01-01 10:00:00 ERROR I failed\n2026-01-01 10:00:01 INFO my user",
        "> I love what you wrote\n> and my wife does",
        "Traceback (most recent call last):",
        "const my = {love: true};",
        "Summarise this article:\nI love my country. My name is Joe.",
        "Translate the following text: I love my dog.",
        '"""\nI love my dog\n"""',
    ],
)
def test_code_logs_quotations_and_pasted_text_are_not_what_the_user_says(noise: str) -> None:
    assert remembered(noise) == []
    assert remembered(f"I use Python.\n{noise}")[0] == "The user uses Python."


@pytest.mark.parametrize(
    "said",
    [
        "Vivo en Madrid y trabajo en Google.",
        "Ich wohne in Berlin und liebe Kaffee.",
        "J'adore le fromage",
        "我住在北京，我喜欢喝茶。",
        "أنا أعيش في القاهرة",
        "Я живу в Москве",
    ],
)
def test_other_languages_are_kept_word_for_word(said: str) -> None:
    assert remembered(said) == [said]


def test_questions_and_greetings_of_other_languages_leave_nothing() -> None:
    assert remembered("¿Cómo estás?", "Bonjour!", "谢谢", "Как дела?") == []


def test_a_statement_knows_its_message_its_source_and_its_time() -> None:
    later = SAID_AT.replace(day=20)
    found = extract([user("Hello!"), Message(role="user", content="I moved yesterday to Rome.", said_at=later)], said_at=SAID_AT)
    (statement,) = found.statements
    assert (statement.message, statement.source, statement.said_at) == (1, "I moved yesterday to Rome.", later)
    assert statement.text == "The user moved on 19 March 2026 to Rome."
    assert statement.type is MemoryType.EXPERIENCE


def test_a_very_long_message_is_bounded_and_says_so() -> None:
    found = heard(" ".join(f"I own {n} red books." for n in range(2, MOST + 50)), "? ".join(["Why"] * 300))
    assert len(found.statements) == MOST
    assert any("more than" in piece.reason for piece in found.nothing)
    assert len(found.nothing) <= 2 * SHOWN
    assert any("pieces more" in piece.reason for piece in found.nothing)


def test_a_sentence_without_end_loses_nothing() -> None:
    words = [f"friend{n}" for n in range(400)]
    kept = " ".join(remembered("I have met " + ", ".join(words)))
    assert all(word in kept for word in words)
    assert max(len(text) for text in remembered("I have met " + ", ".join(words))) < 1_300
