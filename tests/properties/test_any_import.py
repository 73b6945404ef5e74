"""Whatever file is imported: every element becomes messages the server takes, or is refused by its place."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from anything import STEADY, TEXT, json_of
from hypothesis import given
from hypothesis import strategies as st

from cli.imports.formats import FORMATS, Format
from cli.imports.items import Choices, Item, format_in, items
from cli.imports.source import Counted, Source, open_sources
from cli.refusal import Refused
from core.settings import Settings
from ingest.bulk.lines import Cutter
from ingest.bulk.reading import Reading

NOW = datetime(2026, 11, 21, tzinfo=UTC)
READING = Reading("o", "job", Settings(_env_file=None))
_KEYS = st.sampled_from(
    "kind format mapping current_node parent children message author role content content_type parts metadata create_time"
    " chat_messages sender text created_at uuid memory memories memoryEntries containerTags containerTag createdAt forgetAfter"
    " user_id messages conversation turns timestamp name id run_id infer results documents idempotency_key system".split()
)
_LEAVES = TEXT | st.sampled_from(["user", "assistant", "human", "text", "a", "2026-05-01", 1_700_000_000.5, None, True, 10**30, 1e400])
_ELEMENTS = json_of(_KEYS, _LEAVES, most=16) | st.dictionaries(_KEYS, json_of(_KEYS, _LEAVES), min_size=1, max_size=6)
_NODE = st.fixed_dictionaries(
    {"message": json_of(_KEYS, _LEAVES), "parent": st.sampled_from(["a", "b", None, []]), "children": st.lists(st.just("b"), max_size=1)}
)
_TREES = st.fixed_dictionaries({"mapping": st.dictionaries(st.sampled_from("abc"), _NODE | json_of()), "current_node": _LEAVES | json_of()})


def source(content: bytes) -> Source:
    return Source(Counted(io.BytesIO(content)), len(content))


def sent(content: bytes, format: Format | None = None) -> list[Item]:
    """What goes to the server of a file with this content."""
    file, choices = source(content), Choices(user="alice", format=format and format.name)
    return list(items([file], format_in([file], choices), choices))


def check(content: bytes, found: list[Item]) -> None:
    """Every item can be sent as a line, has a place where it is wrong, and all together are hardly more than the file."""
    assert [item.number for item in found] == list(range(1, len(found) + 1))
    for item in found:
        assert (item.problem is None) == bool(item.body)
        assert len(item.problem or "") <= 300
        assert b"\n" not in item.body
    assert sum(len(item.body) for item in found) <= 400 * (len(found) + 1) + 40 * len(content)
    readings = READING.read(Cutter(2**22).cut(b"".join(item.body + b"\n" for item in found if item.body)), NOW)
    assert all(event.scope.owner == "o" for event in readings.events.values())


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
@STEADY
@given(elements=st.lists(_ELEMENTS | _TREES, min_size=1, max_size=4), lines=st.booleans())
def test_any_elements_are_messages_or_refused_by_their_place(format: Format, elements: list[Any], lines: bool) -> None:
    text = "\n".join(map(json.dumps, elements)) if lines else json.dumps(elements)
    check(text.encode(), sent(text.encode(), format))


@STEADY
@given(
    st.binary(max_size=200)
    | st.text('{}[]",:\n\\ \ufeffmemory0', max_size=120).map(str.encode)
    | st.builds(json.dumps, _ELEMENTS).map(str.encode)
)
def test_any_file_is_of_a_known_format_or_refused_as_a_whole(content: bytes) -> None:
    try:
        found = sent(content)
    except Refused:
        return
    check(content, found)


@STEADY
@given(
    st.lists(st.fixed_dictionaries({"memory": st.text(min_size=1, max_size=20).filter(str.strip), "user_id": st.just("bob")}), min_size=1)
)
def test_every_memory_of_a_good_file_is_sent_word_for_word_and_the_same_the_second_time(memories: list[dict[str, str]]) -> None:
    content = json.dumps(memories).encode()
    found = sent(content)
    assert [json.loads(item.body)["content"] for item in found] == [memory["memory"] for memory in memories]
    assert sent(content) == found


def zipped(content: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/conversations.json", content)
    return whole.getvalue()


@pytest.mark.parametrize("packed", [gzip.compress, zipped], ids=["gzip", "zip"])
@STEADY
@given(at=st.integers(0, 10**4), byte=st.integers(0, 255), cut=st.booleans())
def test_a_packed_file_that_is_broken_anywhere_is_refused_in_words(
    packed: Callable[[bytes], bytes], tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: bool
) -> None:
    content = json.dumps([{"memory": f"Statement number {number}.", "user_id": "bob"} for number in range(20)]).encode()
    whole = packed(content)
    at %= len(whole)
    broken = whole[:at] if cut else whole[:at] + bytes([byte]) + whole[at + 1 :]
    path: Path = tmp_path_factory.getbasetemp() / "broken"
    path.write_bytes(broken)
    choices = Choices(user="alice", format="mem0")
    try:
        with open_sources(str(path)) as sources:
            check(content, list(items(sources, format_in(sources, choices), choices)))
    except Refused:
        pass
