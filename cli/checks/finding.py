"""Finding: what a check saw, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Verdict(StrEnum):
    FINE = "ok"
    NOTE = "note"
    """Nothing is broken, but somebody may want to know."""
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `mneme doctor`. `advice` says what to do, where there is something to do."""

    subject: str
    verdict: Verdict
    said: str
    advice: str = ""


def fine(subject: str, said: str) -> Finding:
    """All is well with `subject`."""
    return Finding(subject, Verdict.FINE, said)


def note(subject: str, said: str, advice: str = "") -> Finding:
    """Worth knowing."""
    return Finding(subject, Verdict.NOTE, said, advice)


def broken(subject: str, said: str, advice: str = "") -> Finding:
    """Mneme cannot work, or loses data, until this is mended."""
    return Finding(subject, Verdict.BROKEN, said, advice)


def without_secrets(url: str) -> str:
    """The URL without its user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else url
