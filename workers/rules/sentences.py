"""Sentences: a paragraph cut where it may be cut."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_END = re.compile(r"[.!?…]{1,20}[\"')\]”’]{0,3}(?=\s|$)|[。！？]+|[.!?](?=[\"”]?\s?[A-Z][a-z]+\s)")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr vs etc e.g i.e eg ie approx no vol dept est fig inc ltd co corp u.s u.k a.m p.m "
    "jan feb mar apr jun jul aug sep "
    "sept oct nov dec mt ave blvd rd ph.d b.sc m.sc".split()
)
_LAST_WORD = re.compile(r"[\w.]{1,12}$")
LONGEST = 1000
"""Characters of one sentence; what never ends is cut at a space."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`body` without its end, `mark` one of . ! ? or empty, `text` as it was written."""

    body: str
    mark: str
    text: str
    goes_on: bool = False
    """It is the rest of a sentence that was too long."""


def sentences(paragraph: str) -> Iterator[Sentence]:
    """The sentences of a paragraph in order; linear in its length."""
    start = 0
    for end in _END.finditer(paragraph):
        if end.group()[0] == "." and _is_abbreviation(paragraph, start, end):
            continue
        yield from _sentence(paragraph[start : end.end()])
        start = end.end()
    yield from _sentence(paragraph[start:])


def _is_abbreviation(paragraph: str, start: int, end: re.Match[str]) -> bool:
    before = _LAST_WORD.search(paragraph[max(start, end.start() - 12) : end.start()])
    word = before.group().lower() if before else ""
    after = paragraph[end.end() : end.end() + 2].strip()
    if word in {"a.m", "p.m", "etc", "inc", "ltd", "corp", "no", "u.s", "u.k", "st"}:
        return bool(after) and (after[0].islower() or (word == "no" and after[0].isdigit()) or word == "st")
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i" and bool(after))


def _sentence(text: str) -> Iterator[Sentence]:
    text = text.strip()
    for place, piece in enumerate(_bounded(text)):
        body = piece.rstrip("\"')]”’ ").rstrip(".!?…。！？ ") or piece
        end = piece[len(body) :]
        mark = (
            "?"
            if "?" in end or "？" in end or piece.endswith("؟")
            else "!"
            if "!" in end or "！" in end
            else "."
            if end.strip("\"')]”’ ")
            else ""
        )
        yield Sentence(_closed(body, piece), mark, piece, goes_on=place > 0)


def _closed(body: str, piece: str) -> str:
    """Give back a closing quote or bracket that belongs to the sentence, not to its end."""
    for opening, closing in ('""', "()", "[]", "“”"):
        if closing in piece[len(body) :]:
            unmatched = body.count(opening) % 2 == 1 if opening == closing else body.count(opening) > body.count(closing)
            body += closing if unmatched else ""
    return body


def _bounded(text: str) -> Iterator[str]:
    while len(text) > LONGEST:
        cut = max(text.rfind(", ", LONGEST // 2, LONGEST), text.rfind("; ", LONGEST // 2, LONGEST))
        cut = cut if cut > 0 else text.rfind(" ", 0, LONGEST)
        cut = cut if cut > 0 else LONGEST
        yield text[:cut]
        text = text[cut:].lstrip(" ,;")
    if text:
        yield text
