"""Texts to fill a store with and to ask for: made, all different, the same in every run."""

import random
from collections.abc import Iterator

_PLACES = "Lisbon Kyoto Oslo Quito Dakar Perth Lyon Turin Austin Delhi Cairo Lima Porto Bergen Seoul Tunis".split(" ")
_THINGS = "guitar chess pottery sailing baking running astronomy gardening fencing judo poetry climbing knitting surfing".split(" ")
_PEOPLE = "Anna Bela Carlos Dina Emil Farah Goran Hana Igor Jana Kofi Lena Milos Nora Omar Petra".split(" ")
_FOODS = "ramen couscous pierogi tacos dosa gnocchi falafel bibimbap ceviche paella goulash laksa".split(" ")
_STATEMENTS = (
    "I have taken up {thing} in {place} with {person}, {n} hours a week",
    "My favourite food is {food}, and I cook it for {person} every {n} days",
    "I am moving to {place} in {n} weeks because {person} found a job there",
    "{person} and I meet for {thing} at {n} Harbour Street in {place}",
    "I want to finish {n} lessons of {thing} before my trip to {place}",
    "I paid {n} euros for a table at {person}'s {food} place in {place}",
)
_QUESTIONS = (
    "What do I do with {person} in {place}, and who told me about {food}?",
    "How many hours of {thing} does {person} have time for?",
    "Where can I eat {food} in {place} with {person}?",
    "When will I go to {place} for {thing}?",
)


def statements(seed: int) -> Iterator[str]:
    """Without end: what a user might say, one sentence each, numbered so that none comes twice."""
    return _filled(_STATEMENTS, seed, " (note {count})")


def questions(seed: int) -> Iterator[str]:
    """Without end: what might be asked about them. None comes twice, so that no cache of vectors helps."""
    return _filled(_QUESTIONS, seed, " ({count})")


def _filled(templates: tuple[str, ...], seed: int, suffix: str) -> Iterator[str]:
    pick = random.Random(seed)
    count = 0
    while True:
        count += 1
        text = pick.choice(templates).format(
            place=pick.choice(_PLACES),
            thing=pick.choice(_THINGS),
            person=pick.choice(_PEOPLE),
            food=pick.choice(_FOODS),
            n=pick.randint(2, 90),
        )
        yield text + suffix.format(count=count)
