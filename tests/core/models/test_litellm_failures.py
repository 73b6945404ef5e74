"""When a provider fails: nothing is lost by it, and the message says what to do."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from fake_openai import FakeOpenAI, Garbles, Hangs, Refuses

from core.models.litellm_chat import LitellmChat
from core.models.litellm_door import Endpoint
from core.models.litellm_embedding import LitellmEmbedder
from core.models.litellm_errors import translated
from schemas.errors import Refused, UpstreamFailed

HI = [{"role": "user", "content": "my secret diary"}]
AWAY = [
    (Refuses(401, "Incorrect API key provided: sk-secret"), "does not accept the API key .* check MNEME_LLM_API_KEY"),
    (Refuses(403), "does not accept the API key"),
    (Refuses(402, "top up"), "wants to be paid first .* top up"),
    (Refuses(404, "no such model"), "check MNEME_LLM_MODEL and MNEME_LLM_API_BASE"),
    (Refuses(408), "gave no answer within 60 s"),
    (Refuses(429, "slow down"), "rate limit or quota .* slow down"),
    (Refuses(500, "boom"), r"failed \(500\): boom"),
    (Refuses(502), "failed"),
    (Refuses(503), "failed"),
    (Refuses(529, "overloaded"), "failed"),
    (Garbles(b"<html>proxy error</html>"), "failed"),
    (Garbles(b""), "failed"),
    (Garbles(b"{}"), "failed"),
    (Hangs(), "gave no answer within 1 s"),
]
REFUSED = [Refuses(400, "bad"), Refuses(413, "bad"), Refuses(422, "bad")]


@pytest.fixture
def patience_s(request: pytest.FixtureRequest, patience_s: float) -> float:
    """A second where no answer will come, or none in time."""
    given = request.node.callspec.params.get("answer") if hasattr(request.node, "callspec") else None
    return 1 if isinstance(given, Hangs) or "trickle" in request.node.name else patience_s


@pytest.mark.parametrize(("answer", "message"), AWAY, ids=[str(answer)[:40] for answer, _ in AWAY])
async def test_a_provider_that_is_away_leaves_the_work_waiting(chat: LitellmChat, provider: FakeOpenAI, answer, message: str) -> None:
    """Retryable for as long as it takes: a wrong key or an unpaid bill must not cost memories either."""
    provider.says(answer)
    with pytest.raises(UpstreamFailed, match=message) as caught:
        await chat.reply(HI)
    assert caught.value.retryable
    assert "sk-secret" not in caught.value.message
    assert len(provider.requests) == 1, "trying again is the pipeline's business"


@pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: str(answer.status))
async def test_what_the_provider_holds_against_this_request_is_not_tried_for_ever(chat: LitellmChat, provider: FakeOpenAI, answer) -> None:
    provider.says(answer)
    with pytest.raises(Refused, match=str(answer.status)) as caught:
        await chat.reply(HI)
    assert not caught.value.retryable


async def test_no_one_listening(make_settings) -> None:
    chat = await LitellmChat.open(make_settings(llm_model="openai/some-model", llm_api_base="http://127.0.0.1:9/v1"))
    with pytest.raises(UpstreamFailed, match="failed"):
        await chat.reply(HI)
    await chat.close()


@pytest.mark.parametrize("status", [429, 503])
async def test_the_providers_own_word_on_when_to_come_back(chat: LitellmChat, provider: FakeOpenAI, status: int) -> None:
    provider.says(Refuses(status, headers={"retry-after": "7"}))
    with pytest.raises(UpstreamFailed) as caught:
        await chat.reply(HI)
    assert caught.value.retry_after_s == 7


async def test_a_date_to_come_back_at(chat: LitellmChat, provider: FakeOpenAI) -> None:
    at = datetime.now(UTC) + timedelta(seconds=30)
    provider.says(Refuses(429, headers={"retry-after": format_datetime(at, usegmt=True)}))
    with pytest.raises(UpstreamFailed) as caught:
        await chat.reply(HI)
    assert 0 < (caught.value.retry_after_s or 0) <= 31


@pytest.mark.parametrize("value", ["soon", "", "nan", "inf", "-5", "Tue, 99 Foo 2026"])
async def test_a_date_that_makes_no_sense_is_passed_over(chat: LitellmChat, provider: FakeOpenAI, value: str) -> None:
    provider.says(Refuses(429, headers={"retry-after": value}))
    with pytest.raises(UpstreamFailed) as caught:
        await chat.reply(HI)
    assert caught.value.retry_after_s in (None, 1)


async def test_while_told_to_stay_away_nobody_knocks(chat: LitellmChat, provider: FakeOpenAI) -> None:
    """Five hundred events in flight must not each hear it for themselves."""
    provider.says(Refuses(429, headers={"retry-after": "20"}), "back")
    for _ in range(3):
        with pytest.raises(UpstreamFailed) as caught:
            await chat.reply(HI)
        assert 0 < (caught.value.retry_after_s or 0) <= 20
    assert len(provider.requests) == 1


async def test_afterwards_it_is_asked_again(chat: LitellmChat, provider: FakeOpenAI) -> None:
    provider.says(Refuses(429, headers={"retry-after": "1"}), "back")
    with pytest.raises(UpstreamFailed):
        await chat.reply(HI)
    async with asyncio.timeout(60):
        while True:
            try:
                assert (await chat.reply(HI)).text == "back"
                break
            except UpstreamFailed as error:
                await asyncio.sleep(0.1 if error.retry_after_s else 0)


async def test_a_slow_trickle_is_cut_as_well(chat: LitellmChat, provider: FakeOpenAI) -> None:
    """A server that sends a byte now and then keeps no one beyond the time-out."""
    provider.trickle_s = 0.3
    provider.says("one two three four five six seven eight nine ten")
    with pytest.raises(UpstreamFailed, match="gave no answer within 1 s"):
        await chat.reply(HI)


@pytest.mark.parametrize("answer", [Refuses(401), Refuses(429), Refuses(500), Hangs(), Garbles(b"<html>")], ids=str)
async def test_embeddings_fail_alike(remote: LitellmEmbedder, provider: FakeOpenAI, answer) -> None:
    """litellm tries them three times where it is not kept from it."""
    provider.embeddings.append(answer)
    with pytest.raises(UpstreamFailed):
        await remote.embed(["my secret diary"])
    assert len(provider.requests) == 1


def test_a_bug_stays_a_bug() -> None:
    """It is not mistaken for a provider that is away, which would be waited for for ever."""
    endpoint = Endpoint("openai/m", None, None, 1, "MNEME_LLM")
    bug = TypeError("unexpected argument")
    assert translated(bug, endpoint) is bug
    assert isinstance(translated(ConnectionResetError(), endpoint), UpstreamFailed)
