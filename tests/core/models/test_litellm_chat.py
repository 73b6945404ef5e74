"""A chat model behind litellm: answers in a schema, in words, in pieces."""

import asyncio
import json
from contextlib import aclosing

import pytest
from fake_openai import FakeOpenAI, Garbles, Hangs, Refuses, Request, Says
from pydantic import BaseModel

from core.models.chat import Reply, open_chat
from core.models.litellm_chat import LitellmChat
from schemas.errors import BadInput, Refused, Unreadable, UpstreamFailed

HI = [{"role": "user", "content": "I live in Rome."}]
FOUND = {"statements": ["The user lives in Rome."]}


class Extraction(BaseModel):
    statements: list[str]


class Verdict(BaseModel):
    action: str


async def test_an_answer_comes_back_in_the_schema(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says(FOUND)
    assert await chat.complete(HI, schema=Extraction) == Extraction(**FOUND)
    (request,) = provider.requests
    assert request.body["model"] == "some-model"
    assert request.body["response_format"]["json_schema"]["schema"]["required"] == ["statements"]
    assert request.body["temperature"] == 0
    assert request.headers["authorization"] == "Bearer sk-secret"


async def test_a_server_that_knows_no_schemas_is_asked_in_words(chat: LitellmChat, provider: FakeOpenAI) -> None:
    """And from then on at once, without trying the schema again."""

    def knows_none(request: Request) -> Says | Refuses:
        return Refuses(400, "unknown field response_format") if "response_format" in request.body else Says(json.dumps(FOUND))

    provider.chat.append(knows_none)
    for _ in range(2):
        assert await chat.complete(HI, schema=Extraction) == Extraction(**FOUND)
    assert ["response_format" in request.body for request in provider.requests] == [True, False, False]
    assert "JSON schema" in provider.requests[-1].prompt


async def test_a_model_that_takes_no_temperature_is_asked_without(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.chat.append(lambda request: Refuses(400, "temperature") if "temperature" in request.body else Says(json.dumps(FOUND)))
    assert await chat.complete(HI, schema=Extraction) == Extraction(**FOUND)


async def test_once_a_form_is_known_to_work_a_refusal_is_about_the_messages(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says(FOUND, Refuses(400, "This model's maximum context length is 8192 tokens"), FOUND)
    await chat.complete(HI, schema=Extraction)
    with pytest.raises(Refused, match="maximum context length"):
        await chat.complete(HI, schema=Extraction)
    assert len(provider.requests) == 2
    await chat.complete(HI, schema=Extraction)
    assert "response_format" in provider.requests[-1].body


@pytest.mark.parametrize("first", ["I found nothing.", "", '{"facts": []}', '{"statements": [1]}', Says(None)], ids=str)
async def test_an_unreadable_answer_is_repaired_by_asking_again(chat: LitellmChat, provider: FakeOpenAI, first: str | Says) -> None:
    provider.says(first, FOUND)
    assert await chat.complete(HI, schema=Extraction) == Extraction(**FOUND)
    assert "could not be read" in provider.requests[1].prompt
    assert "I live in Rome." in provider.requests[1].prompt


async def test_an_answer_cut_off_is_not_taken_for_whole(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says(Says(json.dumps({"statements": []}), finish_reason="length"), FOUND)
    assert await chat.complete(HI, schema=Extraction) == Extraction(**FOUND)
    assert "cut off" in provider.requests[1].prompt


async def test_a_second_unreadable_answer_is_an_error_never_nothing(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says("nothing to see")
    with pytest.raises(Unreadable, match="not even when asked again") as caught:
        await chat.complete(HI, schema=Extraction)
    assert caught.value.retryable
    assert len(provider.requests) == 2


async def test_a_reply_has_words_and_counts(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says("You live in Rome.")
    assert await chat.reply(HI, max_tokens=50) == Reply("You live in Rome.", prompt_tokens=7, completion_tokens=3)
    assert provider.requests[0].body["max_tokens"] == 50
    provider.says(Says("You live", finish_reason="length"))
    assert (await chat.reply(HI)).cut_off


async def test_a_reply_without_words_is_unreadable(chat: LitellmChat, provider: FakeOpenAI) -> None:
    for answer in (Says(None), Garbles(b'{"choices": []}')):
        provider.says(answer)
        with pytest.raises(Unreadable):
            await chat.reply(HI)


async def test_a_stream_comes_in_pieces_and_ends_with_the_counts(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says("You live in Rome.")
    pieces = [piece async for piece in chat.stream(HI)]
    assert [piece.text for piece in pieces] == ["You", " live", " in", " Rome.", ""]
    assert pieces[-1].completion_tokens > 0


async def test_a_stream_left_early_frees_its_place(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says("one two three")
    for _ in range(5):
        async with aclosing(chat.stream(HI)) as pieces:
            assert (await anext(pieces)).text == "one"
    assert (await chat.reply(HI)).text == "one two three"


async def test_a_stream_that_fails_says_why(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says(Refuses(500, "out of order"))
    with pytest.raises(UpstreamFailed, match="out of order"):
        await anext(chat.stream(HI))


async def test_no_more_calls_at_once_than_set(chat: LitellmChat, provider: FakeOpenAI) -> None:
    gate = asyncio.Event()
    provider.gate = gate
    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(chat.reply(HI))
        async with asyncio.timeout(60):
            while provider.open_now < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        gate.set()
    assert provider.open_most == 3
    assert len(provider.requests) == 10


async def test_a_call_can_be_cancelled_and_frees_its_place(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says(Hangs(), Hangs(), Hangs(), "back")
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(chat.reply(HI), 0.1)
    assert (await chat.reply(HI)).text == "back"


async def test_without_a_model_there_is_no_chat(make_settings) -> None:
    assert await open_chat(make_settings()) is None


async def test_a_model_without_a_provider_is_found_out_at_start(make_settings) -> None:
    with pytest.raises(BadInput, match="MNEME_LLM_MODEL=gpt-99-ultra names no provider"):
        await open_chat(make_settings(llm_model="gpt-99-ultra"))
