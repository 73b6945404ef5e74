"""What a new statement does to what is known. Cosines are those of the built-in model."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from saying import SAID_AT

from schemas.memory import Memory, MemoryType
from schemas.receipt import Action
from schemas.scope import Scope
from schemas.search import Candidate
from workers.rules.reconcile import Decision, judge

Pair = tuple[str, str, float]

CORRECTIONS: list[Pair] = [
    ("The user lives in Paris.", "The user moved from Paris to Lisbon.", 0.72),
    ("The user lives in Paris.", "The user lives in Lisbon.", 0.71),
    ("The user lives in Paris.", "The user has moved to Lisbon.", 0.63),
    ("The user likes coffee.", "The user no longer likes coffee.", 0.82),
    ("The user loves coffee.", "The user hates coffee now.", 0.81),
    ("The user hates cats.", "The user loves cats.", 0.84),
    ("The user works at Google.", "The user started a new job at Meta.", 0.41),
    ("The user works at Google.", "The user works at Stripe.", 0.51),
    ("The user works at Google.", "The user joined OpenAI as a researcher.", 0.46),
    ("The user works at Google.", "The user left Google for Meta.", 0.6),
    ("The user works at Google.", "The user no longer works at Google.", 0.78),
    ("The user's favorite color is blue.", "The user's favourite colour is green.", 0.75),
    ("The user's favorite color is blue.", "The user's favorite color is now green.", 0.76),
    ("The deadline is March 3.", "The deadline was moved to March 10.", 0.72),
    ("The deadline is March 3", "The deadline is now March 10.", 0.9),
    ("The project deadline is March 3.", "The deadline has been extended to March 20.", 0.61),
    ("The user is 34 years old.", "The user turned 35.", 0.8),
    ("The user is 34 years old.", "The user is 35 years old.", 0.95),
    ("The user is single.", "The user is married.", 0.58),
    ("The user is dating Tom.", "The user is single.", 0.47),
    ("The user is engaged.", "The user got married in 2026.", 0.4),
    ("The user is vegan.", "The user is no longer vegan.", 0.86),
    ("The user is vegan.", "The user eats meat again.", 0.63),
    ("The user is a vegetarian.", "The user became vegan.", 0.77),
    ("The user's name is Sam.", "The user's name is Alex.", 0.7),
    ("The user's phone number is 555 1234.", "The user's new phone number is 555 9876.", 0.81),
    ("The user's email is a@b.com.", "The user's email is c@d.com.", 0.76),
    ("The average response time of the dashboard API is 300ms.", "The dashboard API response time has improved to 250ms.", 0.93),
    (
        "The dashboard API response time is 300ms.",
        "The user tunes the dashboard API response time, which has recently improved to 250ms after some caching tweaks.",
        0.83,
    ),
    ("The user prefers tea over coffee.", "The user prefers coffee over tea.", 0.99),
    ("The user prefers dark mode.", "The user prefers light mode.", 0.86),
    ("The user uses VS Code.", "The user switched from VS Code to Neovim.", 0.67),
    ("The user drinks coffee every morning.", "The user stopped drinking coffee.", 0.66),
    ("The user smokes.", "The user quit smoking.", 0.82),
    ("The user has two kids.", "The user has three kids.", 0.9),
    ("The user owns a Tesla.", "The user sold their Tesla.", 0.86),
    ("The user's sister Anna lives in Porto.", "The user's sister Anna moved to Lisbon.", 0.84),
    ("The user is moving to Berlin in April 2026.", "The user moved to Berlin.", 0.78),
    ("The user plays tennis.", "The user no longer plays tennis.", 0.78),
    ("The user works as a teacher.", "The user works as a nurse now.", 0.57),
    ("The user doesn't like sushi.", "The user likes sushi.", 0.91),
    ("The user's budget is $500.", "The user's budget was increased to $750.", 0.74),
    ("The user's flight is on 3 March 2026.", "The user's flight was rescheduled to 5 March 2026.", 0.84),
    ("Anna lives in Rome.", "Anna lives in Milan.", 0.82),
    ("The user has a girlfriend.", "The user broke up with their girlfriend.", 0.68),
    ("User prefers dark mode", "The user prefers light mode now.", 0.81),
    ("The user's daughter is 4 years old.", "The user's daughter is 5 years old.", 0.93),
    ("The user lives in Berlin with their wife.", "The user lives in Munich with their wife.", 0.82),
    ("The user has a dog.", "The user doesn't have a dog anymore.", 0.76),
    ("The user lives in New York.", "The user relocated to Austin, Texas last month.", 0.48),
    ("The user's favorite movie is Inception.", "The user's new favorite movie is Dune.", 0.61),
    ("The user is a vegetarian.", "The user started eating meat again.", 0.67),
    ("The user works at Acme Corp as a designer.", "The user quit their job at Acme Corp.", 0.69),
    ("The user works at Acme Corp as a designer.", "The user was hired by Globex.", 0.52),
    ("The user enjoys running.", "The user doesn't enjoy running anymore.", 0.73),
    ("The user is afraid of dogs.", "The user is no longer afraid of dogs.", 0.89),
    ("The user has a cat named Whiskers.", "The user's cat Whiskers died.", 0.81),
    ("The user is studying at MIT.", "The user graduated from MIT.", 0.77),
    ("The user's manager is Bob.", "The user's manager is now Alice.", 0.74),
    ("The user's meeting is at 3pm on Monday.", "The user's meeting was moved to 4pm on Monday.", 0.83),
    ("The user wakes up at 6am.", "The user now wakes up at 7am.", 0.88),
    ("The user weighs 80 kg.", "The user weighs 75 kg.", 0.9),
    ("The user's rent is $1,200.", "The user's rent went up to $1,400.", 0.87),
    ("The user uses an iPhone.", "The user switched to Android.", 0.56),
    ("The user is learning Spanish.", "The user gave up learning Spanish.", 0.74),
    ("The user drives a Honda Civic.", "The user replaced their Honda Civic with a Tesla.", 0.68),
    ("The user's team uses Jira.", "The user's team migrated from Jira to Linear.", 0.65),
    ("The user is in a relationship with Alex.", "The user and Alex broke up.", 0.73),
    ("The user is allergic to cats.", "The user is not allergic to cats.", 0.94),
    ("The user prefers morning meetings.", "The user prefers afternoon meetings now.", 0.85),
    ("The launch is scheduled for June 1.", "The launch has been postponed to June 15.", 0.72),
    ("The user's name is Jon.", "The user changed their name to Joan.", 0.48),
    ("The user speaks two languages.", "The user speaks three languages.", 0.9),
    ("The user plans to move to Canada.", "The user no longer plans to move to Canada.", 0.84),
    ("The user wants to buy a house.", "The user bought a house.", 0.84),
    ("The user has never been to Japan.", "The user visited Japan in 2025.", 0.59),
    ("The user takes the bus to work.", "The user doesn't take the bus to work anymore.", 0.8),
    ("The user has 45 sources in their Zotero library.", "The user now has 52 sources in their Zotero library.", 0.95),
    ("The user's project uses React 17.", "The user's project was upgraded to React 18.", 0.82),
    ("The user is 5'9\" tall.", "The user is 5'10\" tall.", 0.98),
    ("The user lives at 5 Main Street.", "The user lives at 9 Oak Avenue.", 0.69),
    ("The user lives in Boston with their dog.", "The user moved out of Boston.", 0.67),
    ("The user is unemployed.", "The user got a job at Tesla.", 0.53),
    ("The user is a student at NYU.", "The user dropped out of NYU.", 0.7),
    ("The user's car is blue.", "The user's car is red now.", 0.77),
    ("The user's car is blue.", "The user's car is red.", 0.81),
    ("The user's car is blue.", "The user's car is red, not blue.", 0.91),
    ("The user's car is blue.", "The user's car isn't blue anymore, it's red.", 0.85),
    ("The user's car is blue.", "The user painted their car red.", 0.67),
    ("The user's car is blue.", "The color of the user's car is red.", 0.79),
    ("The color of the user's car is blue.", "The user's car is dark red.", 0.73),
    ("The user has a blue car.", "The user's car is red now.", 0.69),
    ("The user drives a blue car.", "The user has a red car now.", 0.56),
    ("The user's hair is brown.", "The user dyed their hair pink.", 0.61),
    ("The user's sister's hair is brown.", "The user's sister dyed her hair pink.", 0.72),
    ("The user's house is white.", "The user's house has been repainted light yellow.", 0.56),
    ("The user's kitchen is white.", "The user repainted the kitchen yellow.", 0.64),
    ("The user's phone is broken.", "The user's phone is fixed now.", 0.87),
    ("The user's phone is broken.", "The user's phone is no longer broken.", 0.94),
    ("The user's phone is broken.", "The user's phone works again.", 0.84),
    ("The user's dog is sick.", "The user's dog is healthy again.", 0.79),
    ("The user's dog is sick.", "The user's dog has recovered.", 0.75),
    ("The corner bakery is open.", "The corner bakery is closed now.", 0.87),
    ("The user's wallet is lost.", "The user's wallet has been found.", 0.84),
]
"""(stored, said later, cosine): the later one makes the stored one untrue."""
KNOWN: list[Pair] = [
    ("The user loves TypeScript.", "The user is very fond of TypeScript.", 0.93),
    ("The user lives in Berlin.", "The user resides in Berlin.", 0.94),
    ("The user has a dog named Rex.", "The user's dog is called Rex.", 0.96),
    ("The user wants to learn Rust.", "The user plans to learn Rust.", 0.95),
    ("The user loves TypeScript.", "The user really loves TypeScript!", 0.95),
    ("The user loves TypeScript.", "the user loves typescript", 0.97),
    ("The user lives in Lisbon, Portugal.", "The user lives in Lisbon.", 0.95),
    ("The user enjoys hiking in the Alps.", "The user enjoys hiking.", 0.77),
    ("The user is allergic to peanuts.", "The user has a peanut allergy.", 0.89),
    ("The user works as a nurse.", "The user is a nurse.", 0.94),
    ("The user's favorite color is blue.", "The user's favourite colour is blue.", 0.97),
    ("The user hates mushrooms.", "The user can't stand mushrooms.", 0.85),
    ("The user hates mushrooms.", "The user doesn't like mushrooms.", 0.91),
    ("The user has two children.", "The user has two kids.", 0.96),
    ("The user likes to read science fiction.", "The user enjoys reading science fiction.", 0.95),
    ("The user is learning Spanish.", "The user is studying Spanish.", 0.89),
    ("The user prefers tea to coffee.", "The user prefers tea over coffee.", 0.96),
    ("The user's name is Sam.", "User's name is Sam", 0.96),
]
"""The later one says nothing new."""
IN_MORE_DETAIL: list[Pair] = [
    ("The user has a dog.", "The user has a dog named Rex.", 0.74),
    ("The user loves hiking.", "The user enjoys hiking in the Alps.", 0.74),
    ("The user lives in Lisbon.", "The user lives in Lisbon, Portugal.", 0.95),
    ("The user has a sister.", "The user has a sister named Anna.", 0.8),
    ("The user works at Google.", "The user works at Google as a software engineer.", 0.88),
    ("The user plays guitar.", "The user plays guitar in a band called The Foxes.", 0.72),
    ("The user is allergic to nuts.", "The user is severely allergic to nuts and carries an EpiPen.", 0.75),
    ("The user went to Rome.", "The user went to Rome with their wife in 2025.", 0.73),
]
"""The later one says all of it, and more."""
BOTH_TRUE: list[Pair] = [
    ("The user's brother Tom lives in Porto.", "The user's sister Anna lives in Porto.", 0.66),
    ("The user likes tea.", "The user likes coffee.", 0.71),
    ("The user is allergic to nuts.", "The user is allergic to shellfish.", 0.58),
    ("The user ran 5 km on 3 March 2026.", "The user ran 10 km on 10 March 2026.", 0.86),
    ("The user lives in Lisbon.", "The user works in Lisbon.", 0.9),
    ("The user's sister is named Sarah.", "The user's wife is named Sarah.", 0.86),
    ("The user lives in Porto.", "The user's sister lives in Porto.", 0.83),
    ("The user visited Japan in 2024.", "The user wants to visit Japan.", 0.75),
    ("The user lives in Paris.", "The user visited Lisbon.", 0.51),
    ("The user lives in Paris.", "The user is moving to Berlin in April 2026.", 0.44),
    ("The user's favorite color is blue.", "The user's favorite food is pizza.", 0.39),
    ("The user has a dog named Rex.", "The user has a cat named Tom.", 0.62),
    ("The user has two dogs.", "The user has three cats.", 0.63),
    ("The user speaks Spanish.", "The user speaks French.", 0.69),
    ("The user plays guitar.", "The user plays piano.", 0.61),
    ("The user likes tea.", "The user doesn't like coffee.", 0.61),
    ("The user works at Google.", "The user's wife works at Meta.", 0.46),
    ("The user is a nurse.", "The user is a mother.", 0.53),
    ("The user uses Python.", "The user uses Rust.", 0.45),
    ("Anna lives in Rome.", "Bob lives in Milan.", 0.26),
    ("The user met Tom on 3 March 2026.", "The user met Tom on 10 March 2026.", 0.96),
    ("The user lived in Paris.", "The user lives in Lisbon.", 0.66),
    ("The user prefers dark mode.", "The user prefers aisle seats.", 0.23),
    ("The user's daughter Emma is 4 years old.", "The user's son Max is 6 years old.", 0.51),
    ("The user works at Google.", "The user works at night.", 0.47),
    ("The report deadline is March 3.", "The tax deadline is April 15.", 0.54),
    ("The user has a sister named Anna.", "The user has a sister named Maria.", 0.8),
    ("The user's dog is named Rex.", "The user's dog is named Bella.", 0.55),
    ("The user enjoys hiking.", "The user enjoys cooking.", 0.35),
    ("The user bought a car in 2020.", "The user bought a car in 2024.", 0.87),
    ("The user's meeting with Tom is on Monday.", "The user's meeting with Anna is on Tuesday.", 0.52),
    ("The user likes dogs.", "The user's wife likes dogs.", 0.78),
    ("The user is allergic to nuts.", "The user's son is allergic to nuts.", 0.9),
    ("The user has a meeting with Tom on 3 March 2026.", "The user has a meeting with Tom on 10 March 2026.", 0.97),
    ("The user loves Italian food.", "The user loves Thai food.", 0.62),
    ("The user read Dune.", "The user read Foundation.", 0.48),
    ("The user's favorite book is Dune.", "The user's favorite author is Herbert.", 0.66),
    ("The user's mother is 60 years old.", "The user's father is 62 years old.", 0.82),
    ("The user bought a car.", "The user sold a bike.", 0.59),
    ("The user visited Paris in 2023.", "The user visited Paris in 2025.", 0.96),
    ("The user enjoys cooking Italian food.", "The user enjoys eating Italian food.", 0.85),
    ("The user's brother lives in Berlin.", "The user's brother works in Berlin.", 0.93),
    ("The user is a member of a chess club.", "The user is a member of a book club.", 0.67),
    ("The user lives with their parents.", "The user lives with two cats.", 0.51),
    ("The user works at Google.", "The user used to work at Apple.", 0.58),
    ("The user lives in Lisbon.", "The user grew up in Porto.", 0.66),
    ("The user likes coffee in the morning.", "The user doesn't like coffee in the evening.", 0.81),
    ("The user's flight to Rome is on 3 May 2026.", "The user's flight to Oslo is on 9 June 2026.", 0.6),
    ("The user wants to learn Rust.", "The user wants to learn Go.", 0.52),
    ("The user has a son named Max.", "The user has a daughter named Mia.", 0.52),
    ("The user's exam in math is on Monday.", "The user's exam in history is on Friday.", 0.66),
    ("The user is moving to Berlin.", "The user lives in Paris.", 0.48),
    ("The user has a dog named Rex.", "The user's neighbor's dog died.", 0.45),
    ("The user likes tea in the morning.", "The user dislikes tea with milk.", 0.66),
    ("The user lives in Paris during the week.", "The user works in Brussels.", 0.49),
    ("The user's birthday is June 3.", "The user's daughter's birthday is June 9.", 0.79),
    ("The user's car is red.", "The user's car is a Toyota.", 0.65),
    ("The user's job is stressful.", "The user's job is well paid.", 0.59),
    ("The user's sister is a nurse.", "The user's sister is tall.", 0.65),
    ("The user plays tennis on Mondays.", "The user plays tennis on Thursdays.", 0.89),
    ("The user ate pizza on 3 March 2026.", "The user ate pizza on 9 March 2026.", 0.93),
    ("The user's friend Tom is single.", "The user's friend Bob is married.", 0.57),
    ("The user is learning Spanish.", "The user is learning piano.", 0.54),
    ("The user is from Brazil.", "The user is from a small town.", 0.45),
    ("The user is a vegetarian.", "The user is a photographer.", 0.4),
    ("The user works for two companies.", "The user works at Google.", 0.59),
    ("The user has 3 kids.", "The user has 2 dogs.", 0.45),
    ("The user doesn't like spicy food.", "The user likes food.", 0.61),
    ("The user loves their job.", "The user hates their commute.", 0.49),
    ("The user's team has 5 people.", "The user's team has 3 open projects.", 0.51),
    ("The user's budget for food is $300.", "The user's budget for travel is $2,000.", 0.5),
    ("The user stopped smoking.", "The user stopped drinking.", 0.75),
    ("The user prefers Python for data science.", "The user prefers Rust for systems programming.", 0.46),
    ("The user never eats breakfast.", "The user never eats meat.", 0.66),
    ("The user moved to Lisbon in 2020.", "The user's brother moved to Madrid.", 0.58),
    ("The user uses VS Code.", "The user uses PyCharm for Python.", 0.39),
    ("The API's rate limit is 60 calls per minute.", "The API's daily limit is 1000 calls.", 0.8),
    ("The user is not a morning person.", "The user is a night owl.", 0.62),
    ("The user's goal is to run a marathon.", "The user's goal is to save $10,000.", 0.34),
    ("The user has a meeting at 3pm.", "The user has a meeting at 5pm with Bob.", 0.76),
    ("The user read 5 books in January.", "The user read 7 books in February.", 0.87),
    ("The user was in Rome in 2019.", "The user was in Milan in 2021.", 0.7),
    ("The user wants to visit Japan.", "The user wants to visit Korea.", 0.75),
    ("The user's wife works at Google.", "The user's brother works at Apple.", 0.48),
    ("The user is interested in AI.", "The user is not interested in crypto.", 0.27),
    ("The user has never been to Asia.", "The user has never been to Africa.", 0.77),
    ("The user loves rock music.", "The user loves classical music.", 0.63),
    ("Anna is allergic to nuts.", "Tom is not allergic to nuts.", 0.63),
    ("The user's son is 5 years old.", "The user's daughter is 8 years old.", 0.79),
    ("The project deadline is June 1.", "The project kickoff is May 1.", 0.65),
    ("The user's landlord is Mr. Smith.", "The user's rent is $900.", 0.55),
    ("The user lives in an apartment.", "The user lives in Boston.", 0.67),
    ("The user lives in Boston.", "The user lives with two roommates.", 0.48),
    ("The user lives in Boston.", "The user lives near the river.", 0.53),
    ("The user works from home.", "The user works at Google.", 0.63),
    ("The user's favorite team is Arsenal.", "The user's favorite player is Messi.", 0.46),
    ("The user is 30 minutes late.", "The user is 34 years old.", 0.52),
    ("The user got a new job.", "The user got a new car.", 0.57),
    ("The user's car is blue.", "The user's bike is red.", 0.50),
    ("The user's car is blue.", "The user's sister's car is red.", 0.64),
    ("The user's car is blue.", "The user's car is a Tesla.", 0.67),
    ("The user's car is dark blue.", "The user's car is fast.", 0.65),
    ("The user's old car is blue.", "The user's car is red.", 0.73),
    ("The user has a blue car.", "The user has a red car.", 0.71),
    ("The user has a white dog.", "The user has a black dog now.", 0.76),
    ("The user's cat is black.", "The user's dog is white.", 0.60),
    ("The user's phone is broken.", "The user's phone is red.", 0.69),
    ("The user's phone is a Pixel.", "The user's phone is red now.", 0.63),
    ("The user's phone is a Pixel.", "The user's phone is broken.", 0.63),
    ("The user's shirts are red.", "The user's shirts are blue.", 0.72),
    ("The user's dog is sick.", "The user's cat is healthy.", 0.63),
    ("The user is sick.", "The user's dog is healthy again.", 0.51),
    ("The user's favorite color is blue.", "The user's car is red now.", 0.44),
    ("The user's car was blue.", "The user's car is red.", 0.76),
    ("The corner bakery is closed.", "The corner pharmacy is open.", 0.48),
    ("The user's eyes are green.", "The user's hair is black.", 0.48),
    ("The user's car is blue.", "The user's car is broken.", 0.68),
]
"""Both may be true."""


def known(text: str, similarity: float, **changes: Any) -> Candidate:
    memory = Memory(
        id="m1", scope=Scope(owner="o"), content=text, said_at=SAID_AT, created_at=SAID_AT, updated_at=SAID_AT, accepted_at=SAID_AT
    )
    return Candidate(replace(memory, **changes), similarity)


def decided(new: str, *neighbours: Candidate, days_later: int = 1) -> Decision:
    return judge(new, MemoryType.FACT, SAID_AT + timedelta(days=days_later), neighbours)


@pytest.mark.parametrize(("stored", "new", "similarity"), CORRECTIONS)
def test_a_correction_takes_the_place_of_what_it_corrects(stored: str, new: str, similarity: float) -> None:
    decision = decided(new, known(stored, similarity))
    assert decision.action is Action.SUPERSEDE
    assert decision.target is not None
    assert stored in decision.reason


@pytest.mark.parametrize(("stored", "new", "similarity"), KNOWN)
def test_what_is_known_is_not_stored_again(stored: str, new: str, similarity: float) -> None:
    decision = decided(new, known(stored, similarity))
    assert decision.action in {Action.NONE, Action.MERGE}
    assert decision.reason.startswith("already known")


@pytest.mark.parametrize(("stored", "new", "similarity"), IN_MORE_DETAIL)
def test_the_memory_takes_the_words_that_say_more(stored: str, new: str, similarity: float) -> None:
    decision = decided(new, known(stored, similarity))
    assert (decision.action, decision.text) == (Action.UPDATE, new)


@pytest.mark.parametrize(("stored", "new", "similarity"), BOTH_TRUE)
def test_two_facts_in_like_words_both_stay(stored: str, new: str, similarity: float) -> None:
    assert decided(new, known(stored, similarity)).action is Action.ADD


def test_the_first_memory_of_all_is_new() -> None:
    assert decided("The user lives in Lisbon.") == Decision(Action.ADD, None, None, "new")


def test_the_same_words_are_known_whatever_their_case_and_ending() -> None:
    assert decided("the user LIVES in lisbon!", known("The user lives in Lisbon.", 0.4)).action is Action.NONE


@pytest.mark.parametrize(("stored", "new", "similarity"), CORRECTIONS[:12])
def test_what_was_said_before_corrects_nothing(stored: str, new: str, similarity: float) -> None:
    """An import of old conversations does not undo what is known since; the receipt says that it was out of date."""
    decision = decided(new, known(stored, similarity), days_later=-30)
    assert (decision.action, decision.target) == (Action.NONE, None)
    assert "out of date" in decision.reason
    assert stored in decision.reason


def test_what_was_said_at_the_same_moment_counts_in_its_order() -> None:
    assert decided("The user lives in Lisbon.", known("The user lives in Paris.", 0.8), days_later=0).action is Action.SUPERSEDE


@pytest.mark.parametrize(("stored", "new", "similarity"), [*CORRECTIONS[:6], *IN_MORE_DETAIL])
def test_an_immutable_memory_is_neither_corrected_nor_rewritten(stored: str, new: str, similarity: float) -> None:
    assert decided(new, known(stored, similarity, immutable=True)).action is Action.ADD


def test_an_immutable_memory_still_counts_as_known() -> None:
    assert decided("The user lives in Berlin.", known("The user resides in Berlin.", 0.94, immutable=True)).action is Action.MERGE


def test_a_correction_goes_before_a_repetition() -> None:
    """Living in Lisbon is known, but so is living in Paris: that must go."""
    stale, same = known("The user lives in Paris.", 0.7), known("The user resides in Lisbon.", 0.9)
    decision = decided("The user has moved from Paris to Lisbon.", same, stale)
    assert (decision.action, decision.target) == (Action.SUPERSEDE, stale)


def test_far_apart_statements_are_not_compared() -> None:
    assert decided("The user's budget is $5.", known("The user's budget is $500.", 0.1)).action is Action.ADD


def test_somebody_elses_number_is_another_number() -> None:
    assert decided("The user's sister's new phone number is 5.", known("The user's phone number is 7.", 0.8)).action is Action.ADD
    assert decided("The target salary is now 9.", known("The user's salary is 7.", 0.8)).action is Action.ADD
