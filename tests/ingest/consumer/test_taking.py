"""A message becomes a durable event, or is refused with a reason; what has to wait waits, whatever broker it comes from."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from taking import taking_of

from core.bus.delivery import Delivery
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.resources import Resources
from ingest.accept import accept
from ingest.taking import Taking
from schemas.errors import BadInput, LimitReached, Poison, TooLarge, TooManyRequests, Unauthenticated, Unavailable
from schemas.event import MessagesReceived
from schemas.ids import event_id
from schemas.message import Message
from schemas.receipt import Receipt, ReceiptStatus
from schemas.scope import Scope


def message(id: str | None = "1", headers: dict[str, str] | None = None, *, again: bool = False, **fields) -> Delivery:
    body = json.dumps({"user_id": "alice", "content": "I love tea.", **fields}).encode()
    return Delivery(id=id, body=body, headers=headers or {}, again=again)


@pytest.fixture
def taking(resources: Resources) -> Taking:
    return taking_of(resources)


async def test_what_is_taken_lies_in_the_mailbox(taking, accepted):
    assert await taking([message("1"), message("2"), message("3", user_id="bob")]) == [None] * 3
    assert await accepted() == {"acme": {"alice": 2, "bob": 1}}


async def test_the_same_message_handed_over_again_is_the_same_event(taking, accepted):
    await taking([message("1"), message("2")])
    await taking([message("2", again=True)])
    assert await accepted() == {"acme": {"alice": 2}}


async def test_two_brokers_may_use_the_same_ids(taking, accepted):
    await taking([message("1")])
    await taking([message("1", content="I love coffee.")])
    assert await accepted() == {"acme": {"alice": 2}}


async def test_messages_without_an_id_are_each_their_own(taking, accepted):
    await taking([message(None), message(None)])
    assert await accepted() == {"acme": {"alice": 2}}


async def test_an_idempotency_key_is_the_same_over_http_and_queue(taking, resources, accepted):
    over_http = MessagesReceived(
        id=event_id("acme", "k"), scope=Scope(owner="acme", user="alice"), messages=(Message(role="user", content="I love tea."),)
    )
    await accept(resources, [over_http], wait=False)
    assert await taking([message("1", idempotency_key="k"), message("2", idempotency_key="k")]) == [None, None]
    assert await accepted() == {"acme": {"alice": 1}}


@pytest.mark.parametrize("header", ["authorization: Token {}", "authorization: Bearer {}", "x-api-key: {}"])
async def test_a_key_in_a_header_says_whose_it_is(taking, accepted, api_key, header):
    name, _, value = header.format(api_key).partition(": ")
    assert await taking([message(headers={name: value})]) == [None]
    assert await accepted() == {"keyed": {"alice": 1}}


async def test_a_key_may_stand_in_the_message(taking, accepted, api_key):
    assert await taking([message(api_key=api_key)]) == [None]
    assert await accepted() == {"keyed": {"alice": 1}}


@pytest.mark.parametrize("where", [{"headers": {"x-api-key": "mlive_nobodys"}}, {"api_key": "mlive_nobodys"}])
async def test_a_wrong_key_is_refused_even_where_none_is_needed(taking, accepted, where):
    [refusal] = await taking([message(**where)])
    assert isinstance(refusal, Unauthenticated)
    assert "unknown or revoked" in refusal.message
    assert await accepted() == {}


async def test_without_a_trusted_owner_a_key_is_needed(resources):
    strict = replace(resources, settings=resources.settings.model_copy(update={"broker_trusted_owner": None}))
    [refusal] = await taking_of(strict)([message()])
    assert isinstance(refusal, Unauthenticated)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"{oops", BadInput, "not valid JSON"),
        (b"\xff\xfe", BadInput, "not valid JSON"),
        (b"[1]", BadInput, "must be a JSON object"),
        (b'{"content": "x"}', BadInput, "needs one of user_id"),
        (b'{"user_id": "alice"}', BadInput, "needs either messages or content"),
        (b'{"user_id": "alice", "content": "x", "messages": "y"}', BadInput, "needs either messages or content"),
        (b'{"user_id": "alice", "content": "secret", "infr": 1}', BadInput, "infr: Extra inputs"),
        (b'{"user_id": "alice", "content": "secret", "infer": "perhaps"}', BadInput, "infer: "),
        (b'{"user_id": "' + b"x" * 600 + b'", "content": "secret"}', BadInput, "user_id is too long"),
        (b'{"user_id": "*", "content": "secret"}', BadInput, "any id in searches"),
        (b'{"user_id": "a", "content": "' + b"x" * 2_000_000 + b'"}', TooLarge, "at most"),
        (b" " * 20_000_000, TooLarge, "at most"),
    ],
)
async def test_what_cannot_be_read_says_why_and_holds_up_nothing(taking, accepted, body, kind, words):
    refusals = await taking([message("1"), Delivery(id="2", body=body), message("3")])
    assert refusals[0] is None
    assert refusals[2] is None
    assert isinstance(refusals[1], kind)
    assert words in refusals[1].message
    assert "secret" not in refusals[1].message
    assert await accepted() == {"acme": {"alice": 2}}


def _with(resources: Resources, **settings) -> Resources:
    return replace(resources, settings=resources.settings.model_copy(update=settings))


async def test_a_full_mailbox_is_waited_for_and_holds_up_no_other_user(resources, accepted, until):
    settings = resources.settings.model_copy(update={"subject_max_events": 2})
    small = replace(resources, mailbox=Mailbox(resources.redis, settings, wake=ArqWake(resources.redis)))
    taking = asyncio.create_task(taking_of(small)([*(message(str(number)) for number in range(3)), message("9", user_id="bob")]))
    await until(lambda: _both(accepted, {"acme": {"alice": 2, "bob": 1}}))
    assert not taking.done()
    for shard in range(settings.shards):
        lease = await resources.mailbox.take(shard, "test")
        for entry in await resources.mailbox.read(lease, count=10):
            await resources.mailbox.close(lease, [entry], [done(entry.event)])
        await resources.mailbox.release(lease)
    async with asyncio.timeout(60):
        assert await taking == [None] * 4
    assert await accepted() == {"acme": {"alice": 1}}


async def _both(accepted, wanted) -> bool:
    return await accepted() == wanted


def done(event: MessagesReceived) -> Receipt:
    now = datetime.now(UTC)
    return Receipt(event_id=event.id, owner="acme", kind=event.kind, status=ReceiptStatus.SUCCEEDED, created_at=now, updated_at=now)


async def test_a_redis_that_is_away_is_waited_for(resources):
    answers = [Unavailable("Redis does not answer"), TooManyRequests("full"), None]
    calls = []

    class Away:
        async def accept(self, events):
            calls.append(len(events))
            if error := answers.pop(0):
                raise error
            return []

    taking = taking_of(replace(resources, mailbox=Away()))
    assert await taking([message("1")]) == [None]
    assert calls == [1, 1, 1]


async def test_what_ends_its_consumer_again_and_again_is_given_up(resources, accepted):
    """Each time stands for a consumer that died before it could say what became of the message."""
    impatient = _with(resources, broker_attempts_max=2)

    class Deadly:
        async def accept(self, events):
            raise asyncio.CancelledError

    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await taking_of(replace(impatient, mailbox=Deadly()))([message("1", again=True)])
    [refusal] = await taking_of(impatient)([message("1", again=True)])
    assert isinstance(refusal, Poison)
    assert refusal.message.startswith("handed over 3 times again")
    assert await taking_of(impatient)([message("2", again=True)]) == [None]
    assert await accepted() == {"acme": {"alice": 1}}


async def test_what_only_waited_is_not_given_up(resources, accepted):
    """A mailbox that is full for days, over many restarts of the consumer."""
    impatient = _with(resources, broker_attempts_max=2)

    tried_twice = asyncio.Event()

    class Full:
        tries = 0

        async def accept(self, events):
            self.tries += 1
            if self.tries > 2:  # the message itself, it alone, and once more after a pause
                tried_twice.set()
            raise TooManyRequests("full")

    for _ in range(4):
        task = asyncio.create_task(taking_of(replace(impatient, mailbox=Full()))([message("1", again=True)]))
        await tried_twice.wait()
        tried_twice.clear()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await taking_of(impatient)([message("1", again=True)]) == [None]
    assert await accepted() == {"acme": {"alice": 1}}


async def test_a_message_that_breaks_us_is_refused_alone(resources, accepted):
    class Broken:
        def __init__(self, mailbox: Mailbox) -> None:
            self._mailbox = mailbox

        async def accept(self, events):
            if any(event.scope.user == "bug" for event in events):
                raise KeyError("secret")
            return await self._mailbox.accept(events)

    taking = taking_of(replace(resources, mailbox=Broken(resources.mailbox)))
    refusals = await taking([message("1"), message("2", user_id="bug"), message("3")])
    assert [refusals[0], refusals[2]] == [None, None]
    assert isinstance(refusals[1], Poison)
    assert refusals[1].message == "it could not be handled: KeyError"
    assert await accepted() == {"acme": {"alice": 2}}


async def test_an_account_whose_plan_is_used_up_does_not_hold_up_the_others(resources, accepted, api_key):
    class Full:
        async def room(self, owner, coming):
            if owner == "keyed":
                raise LimitReached("the plan has room for 1 memories", limit=1, remaining=0, resets_at=0, retry_after_s=3600)

    refusals = await taking_of(replace(resources, limits=Full()))([message("1"), message("2", api_key=api_key), message("3")])
    assert [refusals[0], refusals[2]] == [None, None]
    assert isinstance(refusals[1], LimitReached)
    assert await accepted() == {"acme": {"alice": 2}}
