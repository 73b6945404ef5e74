"""Whatever is sent: bodies, queue messages, lines of a bulk upload and dead letters are read, or refused in words."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
from anything import JSON, LEAF, STEADY, TEXT, json_of, tried
from hypothesis import given
from hypothesis import strategies as st

from core.bus.buried import BURIED_AT, ERROR, headers_of, letter_of, own_headers
from core.bus.delivery import Delivery, texts
from core.mailbox.entry import decode, encode
from core.settings import Settings
from core.strict_json import DEPTH_MAX, parse_json
from ingest.bulk.lines import Cutter
from ingest.bulk.reading import Reading
from schemas.errors import BadInput, MnemeError, Poison
from schemas.portable import MemoryLine
from schemas.wire.queue import QueueMessage, body_of_fields, read, received

NOW = datetime(2026, 11, 21, tzinfo=UTC)
READING = Reading("o", "job", Settings(_env_file=None))
REFUSED_CHARS = 4_000
_FIELDS = st.sampled_from((*QueueMessage.model_fields, "role", "content", "name", "type", "text"))
_SAID = st.fixed_dictionaries({"user_id": LEAF | st.just("alice"), "content": TEXT | st.just("I like tea.")})
_MESSAGES = st.builds(lambda said, more: said | more, _SAID, st.dictionaries(_FIELDS, json_of(_FIELDS), max_size=3))
_WHEN = st.datetimes(timezones=st.timezones()).map(datetime.isoformat) | LEAF
_MEMORY = {"kind": "memory", "id": "7af19100-c594-4e42-88ae-1b5b7441c14f", "owner": "x", "user": "alice", "content": "Tea."}
_MEMORY |= dict.fromkeys(("said_at", "created_at", "updated_at", "accepted_at"), "2026-05-01T00:00:00Z")
_LINES = st.builds(
    lambda about, moments: _MEMORY | about | moments,
    st.dictionaries(st.sampled_from(tuple(MemoryLine.model_fields)), JSON, max_size=3),
    st.dictionaries(st.sampled_from(("said_at", "expires_at", "created_at", "last_access_at")), _WHEN, max_size=2),
)


def written(value: Any) -> bytes:
    """As the standard library writes JSON, which is more than the standard allows: NaN, lone surrogates, integers of any length."""
    return json.dumps(value).encode()


@STEADY
@given(JSON.map(written) | st.binary(max_size=60) | st.text('{}[]",:0e-\\u d8', max_size=60).map(str.encode))
def test_any_body_is_json_that_can_be_written_again_or_refused(body: bytes) -> None:
    value, refused = tried(BadInput, parse_json, body)
    if refused:
        assert len(refused.message) < 200
    else:
        assert orjson.loads(orjson.dumps(value)) == value
        assert value == json.loads(body) or b"e" in body.lower() or b"." in body or len(body) > 18


@STEADY
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-9, 9)), min_size=1, max_size=6))
def test_of_equal_keys_the_last_counts(pairs: list[tuple[str, int]]) -> None:
    assert parse_json(("{" + ",".join(f'"{key}": {value}' for key, value in pairs) + "}").encode()) == dict(pairs)


@STEADY
@given(st.integers(1, 3 * DEPTH_MAX), st.sampled_from([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")]))
def test_any_nesting_is_taken_up_to_its_bound_and_refused_beyond(depth: int, brackets: tuple[str, str]) -> None:
    body = (brackets[0] * depth + "1" + brackets[1] * depth).encode()
    deep = depth * brackets[0].count("[") + depth * brackets[0].count("{") > DEPTH_MAX
    try:
        parse_json(body)
        assert not deep
    except BadInput:
        assert deep


@STEADY
@given(JSON | _MESSAGES)
def test_any_message_from_a_queue_is_an_event_that_can_be_stored_or_refused_in_words(value: Any) -> None:
    event, refused = tried(MnemeError, lambda: received(read(parse_json(written(value))), "o", NOW, fallback_id=_MEMORY["id"]))
    if refused:
        assert len(refused.message) < REFUSED_CHARS
    else:
        assert decode(encode(event)) == event
        assert event.scope.owner == "o"


@STEADY
@given(st.dictionaries(_FIELDS | TEXT.filter(lambda text: "\ud800" not in text), st.text(max_size=20), max_size=5))
def test_any_flat_entry_of_a_redis_stream_is_a_body(fields: dict[str, str]) -> None:
    fields = {name.encode("utf-8", "replace").decode(): value for name, value in fields.items()}
    body, headers = body_of_fields(fields)
    assert len(parse_json(body)) + len(headers) == len(fields)


@STEADY
@given(st.lists(JSON.map(written) | _MESSAGES.map(written) | _LINES.map(written) | st.binary(max_size=60), max_size=6), st.integers(1, 400))
def test_any_upload_ends_line_by_line_as_an_event_of_its_owner_or_a_refusal(bodies: list[bytes], most: int) -> None:
    cutter = Cutter(most)
    upload = b"\n".join(bodies)
    lines = [line for at in range(0, len(upload), 50) for line in cutter.cut(upload[at : at + 50])] + cutter.last()
    readings = READING.read(lines, NOW)
    assert len(readings.events) + len(readings.refused) + readings.passed == len(lines)
    assert all(len(refusal.error) <= 300 for refusal in readings.refused.values())
    for event in readings.events.values():
        assert event.scope.owner == "o"
        assert decode(encode(event)) == event


@STEADY
@given(_LINES)
def test_any_line_of_an_export_is_restored_for_the_one_who_sends_it_or_refused(line: dict[str, Any]) -> None:
    readings = READING.read(Cutter(10**6).cut(written(line) + b"\n"), NOW)
    assert len(readings.events) + len(readings.refused) + readings.passed == 1
    for event in readings.events.values():
        assert event.scope.owner == "o"
        assert decode(encode(event)) == event


_HEADERS = st.dictionaries(
    TEXT | st.sampled_from([ERROR, BURIED_AT]), TEXT | st.binary(max_size=10) | st.integers() | st.none(), max_size=4
)


@STEADY
@given(_HEADERS, st.binary(max_size=20), st.text(max_size=600))
def test_any_dead_letter_shows_why_it_was_buried_and_keeps_its_own_headers(headers: dict[str, Any], body: bytes, why: str) -> None:
    delivery = Delivery(id="1", body=body, headers=texts(headers))
    letter = headers_of(delivery, Poison(why))
    assert letter_of(letter, body).error == why[:500]
    assert own_headers(letter) == own_headers(texts(headers))


@STEADY
@given(_HEADERS, st.binary(max_size=20))
def test_what_somebody_else_put_among_the_dead_letters_can_be_listed(headers: dict[str, Any], body: bytes) -> None:
    assert letter_of(headers, body).body == body
