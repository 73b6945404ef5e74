"""Prompts: what the chat model is told before it answers. A changed prompt is a new version: see VERSION."""

from importlib.resources import files

VERSION = 1
"""Raised with every change of a prompt that may change answers."""


def prompt(name: str, **values: str) -> str:
    """The prompt of that name (a file beside this one) with its {places} filled; braces in the values stay as they are."""
    text = (files(__package__) / f"{name}.md").read_text()
    before = text
    for place in values:
        before = before.replace(f"{{{place}}}", f"\0{place}\0")
    return "".join(values.get(part, part) if number % 2 else part for number, part in enumerate(before.split("\0"))).strip()
