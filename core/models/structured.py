"""Answers in a schema: how to ask for them, how to read what comes, how to ask again."""

import json
import re
from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from core.models.chat import Answer, ChatMessages
from schemas.errors import Unreadable

_ASK = "Answer with one JSON object and nothing else, no code fence and no explanation. It must match this JSON schema:\n"
_REPAIR = "Your answer could not be read: {problem}. "
_THOUGHT = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_STARTS_MAX = 64
"""Places in an answer at which an object is looked for."""
_PROBLEM_MAX = 500
_QUOTED_MAX = 20_000
"""How much of an unreadable answer is shown to the model again."""


def asked_in_words(messages: ChatMessages, schema: type[BaseModel]) -> ChatMessages:
    """The messages with the schema spelled out, for models that can't be held to one."""
    return [*messages, {"role": "user", "content": _ASK + _spelled(schema)}]


def asked_again(messages: ChatMessages, schema: type[BaseModel], answer: str, problem: str) -> ChatMessages:
    """The messages, the answer they got, and what is wrong with it."""
    said = {"role": "assistant", "content": answer[:_QUOTED_MAX] or "(nothing)"}
    return [*messages, said, {"role": "user", "content": _REPAIR.format(problem=problem) + _ASK + _spelled(schema)}]


def read_answer(text: str, schema: type[Answer]) -> Answer:
    """The first JSON object in the text that fits the schema; words, code fences and thoughts around it are passed over.

    Raises Unreadable, saying what is wrong with the first object.
    """
    problem: str | None = None
    for value in _objects(_without_thoughts(text)):
        if not _keys(schema) & value.keys():
            problem = problem or f"the object has none of the keys {', '.join(sorted(_keys(schema)))}"
            continue
        try:
            return schema.model_validate(value)
        except ValidationError as error:
            problem = problem or _told(error)
    raise Unreadable(problem or "it holds no JSON object")


def _without_thoughts(text: str) -> str:
    """One pattern for both ends would look for the end again from every beginning, which takes minutes where there is none."""
    said, at = [], 0
    while (begins := _THOUGHT.search(text, at)) and (ends := _THOUGHT_ENDS.search(text, begins.end())):
        said.append(text[at : begins.start()])
        at = ends.end()
    return "".join(said) + text[at:]


def _keys(schema: type[BaseModel]) -> set[str]:
    """An object must have one of these. Else a schema of defaults only would take the inner object of an answer that was cut off,
    or an empty one, for an answer that says: nothing found."""
    return {field.alias or name for name, field in schema.model_fields.items()}


def _objects(text: str) -> Iterator[dict[str, object]]:
    """The outermost JSON objects in the text, in order."""
    decoder = json.JSONDecoder(strict=False)
    start = 0
    for _ in range(_STARTS_MAX):
        start = text.find("{", start)
        if start < 0:
            return
        try:
            value, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start += 1
        else:
            yield value


def _told(error: ValidationError) -> str:
    """What is wrong, without the text that was judged: it may be someone's memory, and this may be logged."""
    places = [f"{'.'.join(map(str, detail['loc'])) or 'the object'}: {detail['msg']}" for detail in error.errors(include_input=False)]
    return "; ".join(places)[:_PROBLEM_MAX]


def _spelled(schema: type[BaseModel]) -> str:
    return json.dumps(schema.model_json_schema(), ensure_ascii=False)
