"""Dates: "next month" as it was meant on the day it was said."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEASONS = {"spring": 4, "summer": 7, "autumn": 10, "fall": 10, "winter": 1}
_NUMBERS = {word: n for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}
_NUMBERS |= {"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "a few": 3, "few": 3}
_NUMBER = r"(?:\d{1,3}|a couple of|couple of|a few|few|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MONTHS = "January February March April May June July August September October November December".split()
_DAY = "|".join(_WEEKDAYS)
_MONTH = "|".join(_MONTHS).lower()

_RELATIVE = re.compile(
    r"(?<![\w'-])(?P<before>(?:on|in|at|by|since|until|till|before|after|from|for|during|of|through|starting|around) (?:the )?)?(?:"
    r"(?P<near>the day before yesterday|the day after tomorrow|yesterday|tomorrow|today|tonight|last night"
    r"|this (?:morning|afternoon|evening))"
    r"|(?P<which>last|next|this(?: coming| past)?|the following) (?P<unit>week|weekend|month|year|quarter|spring"
    rf"|summer|autumn|fall|winter|{_DAY}|{_MONTH})"
    rf"|(?P<ago>{_NUMBER}) (?P<ago_unit>day|week|month|year)s? ago"
    rf"|(?P<ahead>{_NUMBER}) (?P<ahead_unit>day|week|month|year)s?(?P<late> from now| from today)?"
    rf"|(?P<bare>{_DAY})"
    r")(?: (?:morning|afternoon|evening|night))?(?![\w'’-])",
    re.IGNORECASE,
)
_ANY = re.compile("day|week|month|year|ton|morrow|last|next|this|the following")
"""One of these is in all that is relative, in lower case."""
_FUTURE = re.compile(
    r"\b(?:will|going to|about to|is \w+ing|are \w+ing|plans?|planning|scheduled|due|deadline|wants? to"
    r"|needs? to|has to|flies|leaves|arrives|departs"
    r"|returns|starts|begins|meets|ha(?:s|ve) (?:a|an|my|their) [\w -]{0,40}(?:appointment|meeting|exam"
    r"|interview|flight|test|date|presentation|party|wedding))\b|'ll\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:was|were|had|did|went|got|met|saw|came|bought|took|made|ran|\w{3,}ed)\b", re.IGNORECASE)
PAST_CUE = re.compile(
    r"\b(?:yesterday|last (?:night|week|weekend|month|year|spring|summer|autumn|fall|winter)|ago|back then"
    r"|in (?:19|20)\d\d|as a (?:kid|child)|when i was)\b",
    re.IGNORECASE,
)


def resolve(text: str, said_at: datetime) -> str:
    """`text` with its relative dates put as calendar dates, seen from `said_at`.

    Days become "on 13 March 2026", longer spans "in the week of 16 March 2026", "in April 2026", "in summer 2026",
    "in 2025". What repeats ("every Friday"), lasts ("for two weeks") or belongs to something ("today's") stays.
    """
    if not _ANY.search(text.lower()) or not _RELATIVE.search(text):
        return text
    today = said_at.date()
    past = bool(_PAST.search(text)) and not _FUTURE.search(text)
    future = bool(_FUTURE.search(text))

    def put(match: re.Match[str]) -> str:
        try:
            return _put(match, today, past, future, text)
        except (OverflowError, ValueError):
            return match.group()

    return _RELATIVE.sub(put, text)


def _put(match: re.Match[str], today: date, past: bool, future: bool, text: str) -> str:
    parts = match.groupdict()
    before = (parts["before"] or "").lower().split(" ")[0]
    if near := parts["near"]:
        found = _near(near.lower(), today)
    elif parts["ago"]:
        found = _shifted(today, -_count(parts["ago"]), parts["ago_unit"].lower())
    elif parts["ahead"]:
        if not (before == "in" or parts["late"]) or (before == "in" and past):
            return match.group()
        found = _shifted(today, _count(parts["ahead"]), parts["ahead_unit"].lower())
    elif parts["bare"]:
        if before not in {"on", "by"} or not (past or future) or match.group().lower().startswith("on the"):
            return match.group()
        found = _weekday(today, parts["bare"].lower(), "last" if past and before != "by" else "coming")
    else:
        found = _named(today, parts["which"].lower(), parts["unit"].lower())
    return _with_preposition(found, before, match, text)


def _with_preposition(found: tuple[str, str], before: str, match: re.Match[str], text: str) -> str:
    """Keep a preposition that says more than when ("since", "by"); capital where the sentence began with it."""
    own, when = found
    said = f"{before} {when}" if before and before not in {"on", "in", "at", "during"} else f"{own} {when}"
    return said[0].upper() + said[1:] if match.start() == 0 and text[:1].isupper() else said


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _near(word: str, today: date) -> tuple[str, str]:
    shift = {"yesterday": -1, "last night": -1, "tomorrow": 1, "the day before yesterday": -2, "the day after tomorrow": 2}
    return ("on the night of" if word == "last night" else "on"), _day(today + timedelta(days=shift.get(word, 0)))


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.lower()]


def _shifted(today: date, count: int, unit: str) -> tuple[str, str]:
    spans: dict[str, Callable[[], tuple[str, str]]] = {
        "day": lambda: ("on", _day(today + timedelta(days=count))),
        "week": lambda: ("around", _day(today + timedelta(weeks=count))),
        "month": lambda: ("in", _month(today + relativedelta(months=count))),
        "year": lambda: ("in", str((today + relativedelta(years=count)).year)),
    }
    return spans[unit]()


def _weekday(today: date, name: str, which: str) -> tuple[str, str]:
    ahead = (_WEEKDAYS.index(name) - today.weekday()) % 7
    if which in {"last", "this past"}:
        ahead = ahead - 7 if ahead else -7
    elif which in {"next", "the following"}:
        ahead = ahead or 7
    return "on", _day(today + timedelta(days=ahead))


def _named(today: date, which: str, unit: str) -> tuple[str, str]:
    step = {"last": -1, "this past": -1, "next": 1, "the following": 1}.get(which, 0)
    if unit in _WEEKDAYS:
        return _weekday(today, unit, which)
    if unit == "weekend":
        saturday = today + timedelta(days=(5 - today.weekday()) if today.weekday() < 6 else -1)
        return "on the weekend of", _day(saturday + timedelta(weeks=step if step else 0))
    if unit == "week":
        return "in the week of", _day(today - timedelta(days=today.weekday()) + timedelta(weeks=step))
    if unit == "month":
        return "in", _month(today + relativedelta(months=step))
    if unit == "year":
        return "in", str(today.year + step)
    if unit == "quarter":
        quarter = today + relativedelta(months=3 * step)
        return "in", f"the {('first', 'second', 'third', 'fourth')[(quarter.month - 1) // 3]} quarter of {quarter.year}"
    return _in_year(today, which, unit)


def _in_year(today: date, which: str, unit: str) -> tuple[str, str]:
    """A month or season that is named: the last one is over, the next one still to come."""
    month = _SEASONS.get(unit) or [name.lower() for name in _MONTHS].index(unit) + 1
    span = 1 if unit in _SEASONS else 0
    year = today.year
    if which in {"last", "this past"} and month + span >= today.month:
        year -= 1
    elif (which in {"next", "the following", "this coming"} and month - span <= today.month) or (
        which == "this" and unit == "winter" and today.month > 6
    ):
        year += 1
    return "in", f"{unit if unit in _SEASONS else unit.capitalize()} {year}"
