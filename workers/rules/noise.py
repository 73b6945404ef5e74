"""Noise: what in a message is not somebody's own words: code, logs, quotations, pasted text, markup."""

import re
from dataclasses import dataclass, field

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BREAK = re.compile("\r\n?|[\x85\u2028\u2029]")
_FENCE = re.compile(r"\s{0,8}(?:```|~~~)")
_LIST_MARK = re.compile(r"^\s{0,40}(?:[-*+•▪◦–]\s+|\(?\d{1,3}[.)]\s+|#{1,6}\s+)")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)")
_LINK = re.compile(r"!?\[([^\[\]\n]{1,200})\]\((?:[^()\s]{1,500})\)")
_LOG = re.compile(
    r"^\s{0,20}(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d|\[?(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE|CRITICAL)\]?[:\s|]"
    r"|Traceback \(most|File \"[^\"\n]{1,300}\", line|at [\w$.<>]{3,200}\(|npm (?:ERR|WARN)|[\w.]{1,100}(?:Error|Exception): |\$ \w|>>> )"
)
_CODE = re.compile(
    r"^\s{0,80}(?:def \w+\(|class \w+[:({]|import [\w.{*]+(?:$|;| from| as)|from [\w.]+ import|(?:const|let"
    r"|var) \w+ ?=|function ?\w*\(|return\b.*;"
    r"|#include|public |private |(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE) .*[;(=]"
    r"|</?\w+[^<>\n]{0,300}>\s*$|@\w+\(|\w+ ?[=:]{1,2} ?[\[{(]"
    r"|[}\])]+[;,]?\s*$|if ?\(.{0,300}\{|(?:sudo|pip|npm|git|docker|kubectl) [a-z-]+ )"
)
_SYMBOLS = re.compile(r"[{}\[\]();=<>|\\_#$%^*&/+~`]")
_WORD = re.compile(r"[^\W\d_][^\n]{0,6}?[^\W\d_]|[^\W\d_\x00-\u02af]")
QUOTED = ("quoted text", "> ")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Rejected:
    """A piece that leaves nothing, cut to 200 characters, and why: a phrase to show to people."""

    text: str
    reason: str


def rejected(text: str, why: str) -> Rejected:
    """The piece as it is shown in a receipt."""
    return Rejected(text.strip()[:_SHOWN], f"nothing to remember: {why}")


@dataclass(slots=True)
class Prose:
    """What is left to read: paragraphs of somebody's own words; and what was set aside."""

    paragraphs: list[str] = field(default_factory=list)
    nothing: list[Rejected] = field(default_factory=list)


def prose(content: str) -> Prose:
    """Take code, logs and quotations out of a message and undo its line wrapping. Linear in its length."""
    found = Prose()
    for why, lines in _runs(_BREAK.sub("\n", _CONTROL.sub(" ", content)).split("\n")):
        if why:
            found.nothing.append(rejected("\n".join(lines), why))
        else:
            found.paragraphs.extend(_unwrapped(lines))
    return found


def _runs(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Neighbouring lines of one kind together; the kind is the reason to leave them out, or empty."""
    runs: list[tuple[str, list[str]]] = []
    fence = ""
    for line in lines:
        why, fence = _kind(line, fence)
        if runs and runs[-1][0] == why:
            runs[-1][1].append(line)
        elif why or line.strip():
            runs.append((why, [line]))
    return runs


def _kind(line: str, fence: str) -> tuple[str, str]:
    """Why the line is left out, and the fence that is open after it."""
    mark = '"""' if line.count('"""') % 2 else "```" if _FENCE.match(line) else ""
    if fence:
        return ("code" if fence == "```" else "quoted text"), "" if mark == fence else fence
    if mark:
        return ("code" if mark == "```" else "quoted text"), "" if line.strip().count("```") > 1 else mark
    if line.lstrip().startswith(">"):
        return "quoted text", ""
    if _LOG.match(line[:400]):
        return "log output", ""
    return ("code" if _looks_like_code(line) else ""), ""


def _looks_like_code(line: str) -> bool:
    line = line.strip()[:2000]
    if not line:
        return False
    symbols = sum(1 for _ in _SYMBOLS.finditer(line))
    return (symbols > 1 and bool(_CODE.match(line))) or (len(line) > 7 and symbols * 5 > len(line)) or (line.endswith(("{", "};", ");")))


def _unwrapped(lines: list[str]) -> list[str]:
    """Paragraphs: a line that goes on in lower case belongs to the one before; list marks and emphasis are dropped."""
    paragraphs: list[list[str]] = []
    open_line = False
    for raw in lines:
        line = _EMPHASIS.sub("", _LINK.sub(r"\1", _LIST_MARK.sub("", raw))).strip()
        if not line:
            open_line = False
            continue
        if open_line and line[0].islower() and not _LIST_MARK.match(raw):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
        open_line = line[-1] not in ".!?:;…。！？"
    return [" ".join(parts) for parts in paragraphs]


def has_words(text: str) -> bool:
    """Whether there is anything to read: two letters near each other, or one of a script without an alphabet."""
    return bool(_WORD.search(text))
