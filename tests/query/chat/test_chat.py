"""Chat with a language model: what the model is given, and what is remembered of it all."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from fake_openai import FakeOpenAI, Refuses, Says
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from standins import TalkingChat
from working import work

from core.models.litellm_chat import LitellmChat
from core.resources import Resources
from query.chat import Asked, Replied, chat, stream_chat
from query.context import TAG
from query.conversations import Conversations, Turn
from schemas.errors import Refused, Unreadable, UpstreamFailed
from schemas.event import MessagesReceived
from schemas.scope import Scope
from schemas.search import Condition, Selection

ALICE = Scope(owner="acme", user="alice")


def asked(message: str, **fields: Any) -> Asked:
    return Asked(scope=ALICE, selection=Selection(owner="acme", where=Condition(field="user", value="alice")), message=message, **fields)


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI().running() as fake:
        yield fake


@pytest.fixture
async def talking(resources: Resources, provider: FakeOpenAI) -> AsyncIterator[Resources]:
    """Resources with a chat model that a provider on loopback answers for."""
    settings = resources.settings.model_copy(
        update={
            "llm_model": "openai/some-model",
            "llm_api_base": provider.url,
            "llm_timeout_s": 20.0,
            "chat_reply_tokens": 77,
            "chat_memory_tokens": 60,
        }
    )
    model = await LitellmChat.open(settings)
    yield replace(resources, chat=model, settings=settings)
    await model.close()


async def replied(message: str, resources: Resources, *, stream: bool) -> Any:
    if not stream:
        return await chat(asked(message), resources)
    async with aclosing(stream_chat(asked(message), resources)) as parts:
        return [part async for part in parts][-1]


async def remembered(resources: Resources) -> list[str]:
    """The words that wait to be learned from."""
    words = []
    for shard in range(resources.settings.shards):
        lease = await resources.mailbox.take(shard, "test")
        assert lease is not None
        for entry in await resources.mailbox.read(lease, count=100):
            assert isinstance(entry.event, MessagesReceived)
            words += [message.content for message in entry.event.messages]
        await resources.mailbox.release(lease)
    return words


async def test_the_reply_is_the_models_and_the_words_remembered_are_the_users(talking: Resources, provider: FakeOpenAI) -> None:
    provider.says("You build dashboards.")
    replied = await chat(asked("I am building a dashboard. What do you say?"), talking)
    assert (replied.text, replied.remembered) == ("You build dashboards.", True)
    assert await remembered(talking) == ["I am building a dashboard. What do you say?"]
    assert provider.requests[-1].body["max_tokens"] == 77


async def test_a_stream_is_the_same_in_pieces(talking: Resources, provider: FakeOpenAI) -> None:
    provider.says("You build dashboards.")
    async with aclosing(stream_chat(asked("Hello", conversation_id="c1"), talking)) as parts:
        *pieces, last = [part async for part in parts]
    assert pieces == ["You", " build", " dashboards."]
    assert isinstance(last, Replied)
    assert last.text == "You build dashboards."
    kept = await Conversations(talking.redis, talking.settings).turns(ALICE, "c1")
    assert kept == [Turn("Hello", "You build dashboards.")]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (Refuses(503), UpstreamFailed),
        (Refuses(429, headers={"retry-after": "3"}), UpstreamFailed),
        (Refuses(400, "too long", "context_length_exceeded"), Refused),
        (Says(""), Unreadable),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_whatever_the_provider_does_the_message_is_safe(
    talking: Resources, provider: FakeOpenAI, answers: Any, error: type[Exception], stream: bool
) -> None:
    provider.says(answers)
    with pytest.raises(error) as raised:
        await replied("I love tea.", talking, stream=stream)
    assert await remembered(talking) == ["I love tea."]
    if error is UpstreamFailed:
        assert raised.value.retry_after_s in (3, 5)  # type: ignore[attr-defined]


async def test_the_history_is_kept_within_its_tokens(resources: Resources) -> None:
    model = TalkingChat()
    settings = resources.settings.model_copy(update={"chat_history_tokens": 500})
    talking = replace(resources, chat=model, settings=settings)
    for number in range(3):
        await chat(asked(f"{number} " + "x" * 900, conversation_id="c1"), talking)
    assert [message["content"][:2] for message in model.asked[-1][1:]] == ["1 ", "It", "2 "]


@hypothesis_settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
@given(
    before=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40),
    after=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40),
    copied=st.sampled_from(["{0}{1}{2}", "{1}{0}", "{0}{2}\n{1}", "{1}{1}{0}{2}"]),
)
async def test_what_was_put_before_the_model_is_never_remembered_as_said(
    resources: Resources, before: str, after: str, copied: str
) -> None:
    """A client that sends back the whole prompt it saw, in any place, leaves only its user's own words behind."""
    model = TalkingChat()
    talking = replace(resources, chat=model)
    if not await resources.reader.count(asked("").selection):
        await chat(asked("I keep the locker code 4711."), talking)
        await work(resources)
    await chat(asked("What is the locker code?"), talking)
    injected = model.asked[-1][0]["content"]
    assert "4711" in injected
    block = injected[injected.index(f"<{TAG}>\n") : injected.rindex(f"</{TAG}>") + len(TAG) + 3]
    await chat(asked("Hello! " + copied.format(before, block, after)), talking)
    said = await remembered(resources)
    assert said
    assert not any("4711" in words or TAG in words for words in said)
    assert model.text not in said
    await work(resources)
