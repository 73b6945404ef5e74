"""Context: what is remembered, as a block of text for a model's prompt, within a number of tokens.

The block is material, never an instruction: nothing in a memory can close it, and what was said in one is never taken for
what a user said (`without_context`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from schemas.memory import Memory
from schemas.search import Hit

TAG = "mneme-memories"
"""Marks the block. Distinctive, so that it can be told from anything a user writes."""
BYTES_A_TOKEN = 3
_OPEN, _CLOSE = f"<{TAG}>", f"</{TAG}>"
_CUT_MIN_TOKENS = 40
"""Less than this much of a memory says nothing."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLOCK = re.compile(
    rf"<\s*{TAG}\b[^>]*>.*?(?:<\s*/\s*{TAG}\s*>|\Z)|<\s*/?\s*{TAG}\b[^>]*>?",  # or one of its tags alone
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Context:
    """A block of text, empty where there is nothing to say, and the hits that found room in it, best first."""

    text: str
    used: tuple[Hit, ...] = ()


def tokens(text: str) -> int:
    """About how many tokens a model sees in `text`: one for every 3 bytes of UTF-8, rounded up.

    English prose has 4 to 5 bytes a token, Chinese about 3, code in between: the estimate errs on the high side.
    """
    return ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_A_TOKEN)


def context(hits: Sequence[Hit], budget: int) -> Context:
    """The hits as a block of at most `budget` tokens, best first; the first that does not fit whole is cut, and the last."""
    lines: list[str] = []
    used: list[Hit] = []
    left = budget * BYTES_A_TOKEN - _size(f"{_OPEN}\n{_CLOSE}")
    for hit in hits:
        line = _line(hit.memory)
        if _size(line) > left:
            line = _cut(line, left) if left >= _CUT_MIN_TOKENS * BYTES_A_TOKEN else ""
        if not line:
            break
        lines.append(line)
        used.append(hit)
        left -= _size(line)
    return Context(f"{_OPEN}\n{''.join(lines)}{_CLOSE}", tuple(used)) if lines else Context("")


def without_context(text: str) -> str:
    """`text` without any block of ours: what was put before a model is not what its user said.

    A block without an end reaches to the end of the text; text without any block comes back as it is.
    """
    if TAG not in text.lower():
        return text
    while (shorter := _BLOCK.sub("", text)) != text:  # taking one out may put the halves of another together
        text = shorter
    return text.strip()


def _line(memory: Memory) -> str:
    """One memory a line, with the day it was said; `<`, `>` and `&` are spelled out, so that no tag is left in it."""
    words = " ".join(_CONTROL.sub(" ", memory.content).split())
    return f"- {_escaped(words)} ({memory.said_at:%Y-%m-%d})\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(line: str, size: int) -> str:
    """The start of `line` in at most `size` bytes, to the last whole word."""
    kept = line.encode("utf-8", "surrogatepass")[: size - len(" …\n".encode())].decode("utf-8", "ignore")
    return f"{kept.rsplit(' ', 1)[0]} …\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
