"""Instructions: what somebody wants of the assistant from now on, not only this once."""

import re

_FROM_NOW_ON = re.compile(
    r"(?:please )?(?:from now on|going forward|in (?:the )?future),?\s+(?!(?:i|we|my|our)\b)(?P<what>.{3,})$", re.IGNORECASE
)
_ON_OCCASION = re.compile(
    r"(?:please )?(?P<when>(?:whenever|every time|each time|when) I (?:ask|say|talk|mention"
    r"|request)\b[^,]{0,200}),\s*(?P<what>.{3,})$",
    re.IGNORECASE,
)
_STANDING = re.compile(
    r"(?:please |also |and |just )*(?P<what>(?:always|never(?! \w+(?:en|ed)\b| (?:been|had|met|seen|did|heard"
    r"|thought|felt|knew|again)\b))\b.{3,}"
    r"|(?:don't|do not)(?: ever)? (?:use|include|suggest|recommend|give|call|send|show|mention|ask|answer|reply|write)\b.{3,}"
    r"|(?:stop|avoid) (?:using|including|suggesting|recommending|giving|calling|sending|showing|mentioning|asking)\b.{3,}"
    r"|keep (?:your |the |all )?(?:answers?|responses?|replies|explanations?)\b.{3,}|only (?:use|answer|respond|reply|write|speak)\b.{3,}"
    r"|(?:answer|respond|reply|speak|talk)(?: to me)? (?:only |always )?in (?-i:[A-Z])\w+)$",
    re.IGNORECASE,
)
_DONT = re.compile(r"(?:don't|do not)(?P<ever> ever)?\s+", re.IGNORECASE)
_PLEASE = re.compile(r",?\s*please$", re.IGNORECASE)


def instruction(sentence: str) -> str | None:
    """A lasting instruction as a first-person sentence: "Never use emojis" -> "I want the assistant to never use emojis".

    None for anything else, also for what is to be done only now.
    """
    body = _PLEASE.sub("", sentence)
    if match := _FROM_NOW_ON.match(body):
        return f"I want the assistant to {_verb(match['what'])} from now on"
    if match := _ON_OCCASION.match(body):
        return f"I want the assistant to {_verb(match['what'])} {_lowered(match['when'])}"
    if match := _STANDING.match(body):
        return f"I want the assistant to {_verb(match['what'])}"
    return None


def _verb(what: str) -> str:
    """An imperative as it follows "to": "don't use" -> "not use"."""
    match = _DONT.match(what)
    return _lowered(what) if match is None else f"{'never' if match['ever'] else 'not'} {what[match.end() :]}"


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]
