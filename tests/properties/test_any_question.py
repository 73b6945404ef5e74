"""Whatever a client asks: filters, pages, cursors, times and places in a stream are read as documented, or refused as documented."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

import pytest
from anything import JSON, LEAF, NUMBER, STEADY, TEXT, json_of, tried
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from core.lifecycle.stream import place_in
from core.store.filters import selection_filter
from core.web.path import canonical
from ingest.routes.mem0.entities import name_in_path
from schemas.errors import BadInput
from schemas.search import Filter, Selection
from schemas.wire.mem0 import dates
from schemas.wire.mem0.conditions import FIELDS
from schemas.wire.mem0.filters import parse_filters, parse_literal
from schemas.wire.mem0.page import SIZE_MAX, Paging
from schemas.wire.memories_api.cursor import read_cursor

NOW = datetime(2026, 11, 21, tzinfo=UTC)
_WORDS = st.sampled_from((*FIELDS, "AND", "OR", "NOT", "eq", "ne", "in", "gt", "gte", "lt", "lte", "contains", "icontains"))
_VALUES = LEAF | st.sampled_from(["alice", "*", "2026-05-01", 1_700_000_000])


def selects(where: Filter) -> str:
    """What the store is asked; whatever was sent, it is about one owner."""
    sql = selection_filter(Selection(owner="o", where=where), NOW)
    assert sql.startswith("owner = 'o'") or sql == "false", sql
    return sql


@STEADY
@given(json_of(_WORDS, _VALUES) | st.dictionaries(_WORDS, json_of(_WORDS, _VALUES), min_size=1, max_size=3))
def test_any_filter_selects_from_the_owners_memories_or_is_refused_by_name(sent: object) -> None:
    _, refused = tried(BadInput, lambda: selects(parse_filters(sent)))
    if refused:
        assert refused.fields == {"filters": [refused.message]} or "metadata" in refused.message, refused.message
        assert len(refused.message) < 6_000


@STEADY
@given(TEXT | JSON.map(repr) | JSON.map(str) | st.text("{}[]()'\":, 1a\\", max_size=60))
def test_any_filter_in_a_query_is_an_object_or_refused(text: str) -> None:
    with suppress(BadInput):
        assert all(isinstance(key, str) for key in parse_literal(text))


@STEADY
@given(NUMBER | TEXT | st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat) | st.dates().map(str))
def test_any_time_is_an_instant_of_utc_that_can_be_said_again_or_refused(value: object) -> None:
    for read in (dates.instant, dates.expires_at):
        with suppress(ValueError):
            moment = read(value)
            assert moment.utcoffset() == timedelta()
            assert dates.instant(moment.isoformat()) == moment
    with suppress(ValueError):
        assert dates.point(dates.point(value)) == dates.point(value)


@STEADY
@given(st.datetimes(timezones=st.just(UTC)))
def test_any_stored_expiry_can_be_shown(moment: datetime) -> None:
    shown = date.fromisoformat(dates.expiration_date(moment) or "")
    assert datetime.combine(shown, time(), UTC) <= moment
    assert dates.expires_at(shown.isoformat()) >= moment


@STEADY
@given(TEXT | JSON.map(str) | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")))
def test_any_cursor_is_a_place_or_refused(cursor: str) -> None:
    with suppress(BadInput):
        moment, memory = read_cursor(cursor)
        assert moment.utcoffset() == timedelta()
        assert len(memory) == 36


@STEADY
@given(st.none() | st.integers(), st.none() | st.integers(), st.integers(0, 10**6))
def test_any_page_is_bounded_and_its_neighbours_lead_back(page: int | None, size: int | None, total: int) -> None:
    with suppress(BadInput):
        paging = Paging.of(page, size)
        assert 1 <= paging.size <= SIZE_MAX
        envelope = paging.envelope([], total, "http://host/v2/memories/?q=a%20b&page=7")
        assert (envelope["next"] is None) == (paging.page * paging.size >= total)
        assert (envelope["previous"] is None) == (paging.page == 1)


@STEADY
@given(st.text(max_size=30) | st.sampled_from(["[", "[::1", "host:99999", "ho st"]), st.text(max_size=30))
def test_any_host_a_client_says_it_asks_is_said_back_in_the_next_page(host: str, query: str) -> None:
    url = Paging.of(1, 1).envelope([], 9, f"http://{host}/v2/memories/?{query}")["next"]
    assert url.endswith("page=2&page_size=1")


@STEADY
@given(TEXT | st.from_regex(r"\A\d{1,20}(-\d{1,20})?\Z"))
def test_any_last_event_id_is_a_place_in_a_stream_or_refused(text: str) -> None:
    place, refused = tried(BadInput, place_in, text)
    if refused:
        assert "the id of the last event" in refused.message
    else:
        assert max(map(int, place.split("-"))) < 2**63


@STEADY
@given(st.text(min_size=1, max_size=30), st.sampled_from(["", "/"]))
def test_any_name_in_a_path_is_read_as_it_was_encoded(name: str, end: str) -> None:
    asked = Request({"type": "http", "raw_path": f"/v2/entities/user/{quote(name, safe='')}{end}".encode()})
    assert name_in_path(asked, "user") == name


@STEADY
@given(st.binary(max_size=40))
def test_any_bytes_in_a_path_are_a_name_or_refused(raw: bytes) -> None:
    with suppress(BadInput):
        name_in_path(Request({"type": "http", "raw_path": b"/v2/entities/user/" + raw}), "user").encode()


@STEADY
@given(st.text(st.sampled_from("/a.%"), max_size=12))
def test_any_path_has_one_spelling(path: str) -> None:
    assert canonical(canonical(path)).startswith("/")
    assert not canonical(path).startswith("//")


def test_a_refusal_does_not_repeat_a_megabyte() -> None:
    with pytest.raises(BadInput) as refused:
        parse_filters({"x" * 1_000_000: 1})
    assert len(refused.value.message) < 2_000
