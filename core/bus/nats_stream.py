"""NatsStream: NATS JetStream, one subject for messages and one for dead letters, each in a stream."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RawStreamMsg, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from core.bus.buried import LETTER, headers_of, letter_of, own_headers
from core.bus.delivery import Delivery, Letter, Notice, Publish, Take, texts
from core.bus.faststream_options import options, stop
from core.bus.names import BATCH, DEAD, EVENTS, GROUP, INGEST
from core.bus.together import Together
from core.renewal import renewing
from core.settings import Settings

INGEST_STREAM, DEAD_STREAM, EVENTS_STREAM = "MNEME", "MNEME_DEAD", "MNEME_EVENTS"
"""Made where no stream has the subject yet."""
_MESSAGE_ID = "Nats-Msg-Id"
"""The server drops a second message of the same id, for two minutes."""
_CALL_S = 5.0
_HEADER_ROOM = 1024


class NatsStream:
    """A message's place in its stream is its id."""

    def __init__(self, url: str, name: str, settings: Settings) -> None:
        self.name = name
        self._broker = NatsBroker(url, **options(name), connect_timeout=2, max_reconnect_attempts=-1)
        self._claim_s = settings.broker_claim_s
        self._letters_max = settings.dead_letters_max
        self._events_max = settings.outbox_max

    @asynccontextmanager
    async def consuming(self, take: Take) -> AsyncIterator[None]:
        together = Together(take)
        try:
            jetstream = await self._jetstream()
            stream = await _stream_of(jetstream, INGEST, StreamConfig(name=INGEST_STREAM, retention=RetentionPolicy.WORK_QUEUE))
            await _stream_of(jetstream, DEAD, StreamConfig(name=DEAD_STREAM, max_msgs=self._letters_max))
            self._subscribe(stream, jetstream, together)
            await self._broker.start()
            yield
        finally:
            await stop(self._broker)

    def _subscribe(self, stream: str, jetstream: JetStreamContext, together: Together) -> None:
        @self._broker.subscriber(
            INGEST,
            stream=JStream(stream, declare=False),
            durable=GROUP,
            config=ConsumerConfig(ack_wait=self._claim_s, max_ack_pending=4 * BATCH, max_deliver=-1),
            pull_sub=PullSub(batch_size=BATCH, timeout=_CALL_S),
            ack_policy=AckPolicy.MANUAL,
        )
        async def ingest(message: NatsMessage) -> None:
            raw = message.raw_message
            delivery = _delivery(raw)
            async with renewing(self._claim_s / 3, raw.in_progress):
                if refusal := await together(delivery):
                    await self._bury(jetstream, delivery, headers_of(delivery, refusal))
            await raw.ack_sync(_CALL_S)

    async def alive(self) -> bool:
        return all(subscriber.running for subscriber in self._broker.subscribers) and await self._broker.ping(_CALL_S)

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[Publish]:
        try:
            jetstream = await self._jetstream()
            await _stream_of(jetstream, EVENTS, StreamConfig(name=EVENTS_STREAM, max_msgs=self._events_max))
            yield partial(_publish, jetstream)
        finally:
            await stop(self._broker)

    @asynccontextmanager
    async def letters(self) -> AsyncIterator["NatsLetters"]:
        try:
            jetstream = await self._jetstream()
            yield NatsLetters(jetstream, await _stream_of(jetstream, DEAD, StreamConfig(name=DEAD_STREAM, max_msgs=self._letters_max)))
        finally:
            await stop(self._broker)

    async def _jetstream(self) -> JetStreamContext:
        async with asyncio.timeout(_CALL_S):  # it would try for ever
            client = await self._broker.connect()
        return client.jetstream(timeout=_CALL_S)

    async def _bury(self, jetstream: JetStreamContext, delivery: Delivery, headers: dict[str, str]) -> None:
        """The server drops what is buried twice. A message that leaves no room for the reason beside it is cut at its end."""
        room = self._broker.connection.max_payload - sum(len(name) + len(value) for name, value in headers.items()) - _HEADER_ROOM
        await jetstream.publish(DEAD, delivery.body[:room], headers={**headers, _MESSAGE_ID: headers[LETTER]})


async def _publish(jetstream: JetStreamContext, notices: Sequence[Notice]) -> None:
    for notice in notices:
        await jetstream.publish(EVENTS, notice.body, headers={_MESSAGE_ID: notice.id, "kind": notice.kind})


class NatsLetters:
    def __init__(self, jetstream: JetStreamContext, stream: str) -> None:
        self._jetstream = jetstream
        self._stream = stream

    async def list(self, limit: int) -> tuple[Sequence[Letter], int]:
        """The oldest first."""
        info = await self._jetstream.stream_info(self._stream, subjects_filter=DEAD)
        total = sum((info.state.subjects or {}).values())
        found: list[Letter] = []
        async for letter in self._all():
            found.append(letter_of(letter.headers, letter.data or b"", str(letter.seq)))
            if len(found) == limit:
                break
        return found, total

    async def replay(self, ids: Sequence[str] | None) -> int:
        return await self._remove(ids, publish=True)

    async def drop(self, ids: Sequence[str] | None) -> int:
        return await self._remove(ids, publish=False)

    async def _remove(self, ids: Sequence[str] | None, *, publish: bool) -> int:
        count = 0
        async for letter in self._all():
            if letter.seq is not None and (ids is None or str(letter.seq) in ids):
                if publish:
                    headers = {name: value for name, value in own_headers(texts(letter.headers)).items() if name != _MESSAGE_ID.lower()}
                    await self._jetstream.publish(INGEST, letter.data or b"", headers=headers)
                await self._jetstream.delete_msg(self._stream, letter.seq)
                count += 1
        return count

    async def _all(self) -> AsyncIterator[RawStreamMsg]:
        sequence = 1
        while True:
            try:
                letter = await self._jetstream.get_msg(self._stream, seq=sequence, subject=DEAD, next=True)
            except NotFoundError:
                return
            yield letter
            sequence = (letter.seq or sequence) + 1


async def _stream_of(jetstream: JetStreamContext, subject: str, config: StreamConfig) -> str:
    """The name of the stream that has the subject; one is made of `config` where none has."""
    try:
        return await jetstream.find_stream_name_by_subject(subject)
    except NotFoundError:
        made = await jetstream.add_stream(config, subjects=[subject])
        return str(made.config.name)


def _delivery(raw: Msg) -> Delivery:
    place = raw.metadata
    delivery_id = f"{place.stream}:{place.sequence.stream}:{place.timestamp.timestamp()}"
    return Delivery(id=delivery_id, body=raw.data, headers=texts(raw.headers), again=(place.num_delivered or 1) > 1)
