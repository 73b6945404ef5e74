"""What is too much is refused before it is accepted, with the field's name."""

import pytest

from core.settings import Settings
from ingest.bounds import (
    CATEGORIES_MAX,
    GUIDANCE_MAX_CHARS,
    NAME_MAX_BYTES,
    check_guidance,
    check_messages,
    check_metadata,
    check_names,
    check_text,
)
from schemas.errors import BadInput, TooLarge
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.scope import Scope

SETTINGS = Settings(_env_file=None, batch_max_messages=2, message_max_bytes=10, metadata_max_bytes=20)


def said(*texts: str) -> list[Message]:
    return [Message(role="user", content=text) for text in texts]


@pytest.mark.parametrize(
    ("messages", "metadata"),
    [
        (said("a", "b"), None),
        (said("x" * 10), {}),
        (said("\U0001f600" * 2), None),  # 8 bytes
        (said("a"), {"k": "x" * 12}),  # 20 bytes as JSON
    ],
)
def test_what_is_within_the_bounds_passes(messages, metadata):
    check_messages(messages, metadata, SETTINGS)


@pytest.mark.parametrize("messages", [[], said("a", "b", "c")])
def test_too_few_and_too_many_messages(messages):
    with pytest.raises(BadInput) as refused:
        check_messages(messages, None, SETTINGS)
    assert list(refused.value.fields) == ["messages"]


@pytest.mark.parametrize("text", ["x" * 11, "é" * 6, "\U0001f600" * 3])
def test_a_message_is_measured_in_bytes(text):
    with pytest.raises(TooLarge):
        check_messages(said("a", text), None, SETTINGS)


def test_a_lone_surrogate_is_measured_like_anything_else():
    check_text("\ud800", SETTINGS)
    with pytest.raises(TooLarge):
        check_text("\ud800" * 4, SETTINGS)


@pytest.mark.parametrize("metadata", [{"k": "x" * 13}, {"k": object()}, {"k": "\ud800"}])
def test_metadata_that_is_too_large_or_no_json(metadata):
    with pytest.raises(BadInput) as refused:
        check_metadata(metadata, SETTINGS)
    assert list(refused.value.fields) == ["metadata"]


@pytest.mark.parametrize("name", ["", " ", "\t\n", "x" * (NAME_MAX_BYTES + 1), "é" * NAME_MAX_BYTES])
def test_names_that_name_nobody(name):
    with pytest.raises(BadInput) as refused:
        check_names({"agent_id": None, "user_id": name})
    assert list(refused.value.fields) == ["user_id"]


def test_names_that_do():
    check_names({"user_id": "Zoë / 40 %", "agent_id": None, "run_id": "x" * NAME_MAX_BYTES})


@pytest.mark.parametrize("speaker", [{"role": "r" * 513}, {"role": "user", "name": "n" * 513}])
def test_who_speaks_has_a_name_of_bounded_length(speaker):
    with pytest.raises(BadInput, match="at most 512 bytes"):
        check_messages([Message(content="a", **speaker)], None, SETTINGS)


@pytest.mark.parametrize(
    "guidance",
    [
        *({field: "x" * (GUIDANCE_MAX_CHARS + 1)} for field in ("includes", "excludes", "instructions")),
        {"categories": {str(number): "" for number in range(CATEGORIES_MAX + 1)}},
        {"categories": {"travel": "x" * GUIDANCE_MAX_CHARS}},
    ],
)
def test_guidance_that_would_fill_every_prompt_is_refused(guidance):
    event = MessagesReceived(scope=Scope(owner="acme", user="alice"), messages=(), **guidance)
    with pytest.raises(BadInput, match="at most"):
        check_guidance(event)
    check_guidance(MessagesReceived(scope=event.scope, messages=(), includes="diet", categories={"travel": "trips"}))
