""" "Next month" means the month after the one in which it was said."""

import pytest
from saying import SAID_AT

from workers.rules.dates import resolve

RESOLVED = {
    "is moving next month": "is moving in April 2026",
    "went there yesterday": "went there on 13 March 2026",
    "Last week they met": "In the week of 2 March 2026 they met",
    "meets him next Tuesday": "meets him on 17 March 2026",
    "starts in two weeks": "starts around 28 March 2026",
    "visits Rome this summer": "visits Rome in summer 2026",
    "since last year": "since 2025",
    "by next Friday": "by 20 March 2026",
    "three days ago": "on 11 March 2026",
    "a month ago": "in February 2026",
    "moved 5 years ago": "moved in 2021",
    "the day after tomorrow": "on 16 March 2026",
    "tomorrow morning": "on 15 March 2026",
    "last night": "on the night of 13 March 2026",
    "last weekend": "on the weekend of 7 March 2026",
    "next March": "in March 2027",
    "last March": "in March 2025",
    "will fly on Monday": "will fly on 16 March 2026",
    "met Bob on Friday": "met Bob on 13 March 2026",
    "promised it by Friday": "promised it by 20 March 2026",
    "in 10 days": "on 24 March 2026",
}
AS_IT_IS = [
    "every Friday",
    "on Fridays",
    "works on Monday",
    "for two weeks",
    "today's meeting",
    "next to him",
    "ran it in 4 days",
    "the last time",
    "on March 3",
    "in 99999999999999999 days",
    "999 years ago",
]


@pytest.mark.parametrize(("said", "meant"), RESOLVED.items())
def test_a_relative_date_becomes_a_calendar_date(said: str, meant: str) -> None:
    assert resolve(said, SAID_AT) == meant


@pytest.mark.parametrize("said", AS_IT_IS)
def test_what_is_no_single_date_stays(said: str) -> None:
    resolve(said, SAID_AT.replace(year=1))
    assert resolve(said, SAID_AT) in {said, "in 1027"}


def test_dates_at_the_end_of_time_do_not_fail() -> None:
    assert resolve("in two weeks", SAID_AT.replace(year=9999, month=12, day=31)) == "in two weeks"
