"""Other people's exports, read: which format a file is in, and what becomes of it."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cli.imports.items import Choices, Item, format_in, items
from cli.imports.source import open_sources
from cli.refusal import Refused

CHATGPT = {
    "title": "Trip",
    "create_time": 1700000000.5,
    "conversation_id": "c1",
    "current_node": "last",
    "mapping": {
        "root": {"message": None, "parent": None, "children": ["hidden"]},
        "hidden": {
            "message": {
                "author": {"role": "user"},
                "content": {"content_type": "text", "parts": ["My profile"]},
                "metadata": {"is_visually_hidden_from_conversation": True},
            },
            "parent": "root",
        },
        "asked": {
            "message": {
                "author": {"role": "user"},
                "create_time": 1700000001,
                "content": {"content_type": "multimodal_text", "parts": [{"asset_pointer": "x"}, "I am going to Japan."]},
            },
            "parent": "hidden",
        },
        "other": {
            "message": {"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": ["a branch left"]}},
            "parent": "asked",
        },
        "tool": {
            "message": {"author": {"role": "tool"}, "content": {"content_type": "text", "parts": ["search results"]}},
            "parent": "asked",
        },
        "last": {
            "message": {"author": {"role": "assistant"}, "create_time": None, "content": {"content_type": "text", "parts": ["Have fun!"]}},
            "parent": "tool",
        },
    },
}
CLAUDE = {
    "uuid": "u1",
    "name": "Garden",
    "created_at": "2026-01-02T03:04:05Z",
    "chat_messages": [
        {"sender": "human", "text": "old", "content": [{"type": "text", "text": "I grow tomatoes."}], "created_at": "2026-01-02T03:04:06Z"},
        {"sender": "assistant", "text": "Nice!", "content": [{"type": "tool_use", "name": "x"}]},
        {"sender": "assistant", "text": "", "content": []},
    ],
}


def imported(tmp_path: Path, content: bytes, name: str = "file", **choices: Any) -> tuple[str, list[dict[str, Any]], list[Item]]:
    """The format, the messages, and the items that are no message."""
    path = tmp_path / name
    path.write_bytes(content)
    with open_sources(str(path)) as sources:
        format = format_in(sources, Choices(**choices))
        found = list(items(sources, format, Choices(**choices)))
    said = [json.loads(item.body) for item in found if item.problem is None]
    return (
        format.name,
        [{name: value for name, value in one.items() if name != "idempotency_key"} for one in said],
        [item for item in found if item.problem],
    )


def test_chatgpts_tree_is_followed_along_the_branch_last_looked_at(tmp_path):
    format, said, _ = imported(tmp_path, json.dumps([CHATGPT]).encode(), user="alice")
    assert format == "chatgpt"
    assert said == [
        {
            "messages": [
                {"role": "user", "content": "I am going to Japan.", "timestamp": 1700000001},
                {"role": "assistant", "content": "Have fun!"},
            ],
            "run_id": "c1",
            "timestamp": 1700000000.5,
            "metadata": {"title": "Trip", "source": "chatgpt"},
            "user_id": "alice",
        }
    ]


def test_a_tree_that_bites_its_tail_ends(tmp_path):
    looped = {**CHATGPT, "mapping": {**CHATGPT["mapping"], "asked": {**CHATGPT["mapping"]["asked"], "parent": "last"}}}
    _, said, _ = imported(tmp_path, json.dumps([looped]).encode(), user="alice")
    assert len(said[0]["messages"]) == 2


def test_claudes_conversations_keep_roles_and_times(tmp_path):
    format, said, _ = imported(tmp_path, json.dumps([CLAUDE]).encode(), user="alice")
    assert format == "claude"
    assert said[0]["messages"] == [
        {"role": "user", "content": "I grow tomatoes.", "timestamp": "2026-01-02T03:04:06Z"},
        {"role": "assistant", "content": "Nice!"},
    ]
    assert (said[0]["run_id"], said[0]["timestamp"]) == ("u1", "2026-01-02T03:04:05Z")


def test_an_export_is_found_in_its_zip(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("export/user.json", "{}")
        archive.writestr("export/conversations-000.json", json.dumps([CHATGPT]))
        archive.writestr("export/conversations-001.json", json.dumps([{**CHATGPT, "conversation_id": "c2"}]))
    _, said, _ = imported(tmp_path, packed.getvalue(), "export.zip", user="alice")
    assert [one["run_id"] for one in said] == ["c1", "c2"]


def test_whose_a_chat_is_must_be_said(tmp_path):
    with pytest.raises(Refused, match="--user"):
        imported(tmp_path, json.dumps([CLAUDE]).encode())


@pytest.mark.parametrize(
    "around", [lambda rows: {"results": rows}, lambda rows: rows, lambda rows: {"count": 1, "next": None, "results": rows}]
)
def test_mem0s_memories_are_kept_word_for_word(tmp_path, around):
    row = {
        "id": "m1",
        "memory": "Likes tea",
        "user_id": "alice",
        "metadata": {"a": 1},
        "categories": ["drinks"],
        "created_at": "2025-01-01T00:00:00Z",
        "expiration_date": "2030-01-01",
    }
    format, said, _ = imported(tmp_path, json.dumps(around([row])).encode())
    assert format == "mem0"
    assert said == [
        {
            "content": "Likes tea",
            "infer": False,
            "immutable": False,
            "user_id": "alice",
            "metadata": {"categories": ["drinks"], "a": 1},
            "timestamp": "2025-01-01T00:00:00Z",
            "expiration_date": "2030-01-01",
        }
    ]


def test_supermemorys_documents_give_their_memories_or_else_their_text(tmp_path):
    documents = {
        "memories": [
            {
                "id": "d1",
                "containerTags": ["alice"],
                "customId": "x",
                "createdAt": "2025-01-01T00:00:00Z",
                "memories": [{"memory": "Owns a cat"}],
            },
            {"id": "d2", "containerTag": "alice", "title": "Notes", "content": "First.\n\n" + "long " * 900},
        ],
        "pagination": {"currentPage": 1},
    }
    format, said, _ = imported(tmp_path, json.dumps(documents).encode())
    assert format == "supermemory"
    assert (said[0]["content"], said[0]["infer"], said[0]["user_id"]) == ("Owns a cat", False, "alice")
    assert "infer" not in said[1]
    assert "".join(turn["content"] for turn in said[1]["messages"]) == "First." + "long " * 900
    assert max(len(turn["content"]) for turn in said[1]["messages"]) <= 2_000


LINES = [
    {"user_id": "alice", "content": "I love tea.", "mood": "calm"},
    {"user_id": "alice", "role": "assistant", "content": "Noted."},
    {"user_id": "alice", "session_id": "s1", "messages": [{"role": "user", "content": "Hi", "created_at": "2025-01-01"}]},
]


@pytest.mark.parametrize(
    "written",
    [
        lambda rows: b"\n".join(json.dumps(row).encode() for row in rows),
        lambda rows: b"\xef\xbb\xbf" + b"\r\n\r\n".join(json.dumps(row).encode() for row in rows) + b"\r\n",
        lambda rows: json.dumps(rows).encode(),
        lambda rows: json.dumps(rows, indent=2).encode(),
        lambda rows: json.dumps({"data": rows}, indent=1).encode(),
        lambda rows: gzip.compress(json.dumps(rows).encode()),
    ],
    ids=["lines", "windows lines", "array", "indented array", "array within", "gzip"],
)
def test_conversations_are_read_however_they_are_laid_out(tmp_path, written):
    format, said, broken = imported(tmp_path, written(LINES))
    assert (format, broken) == ("conversations", [])
    assert said == [
        {"metadata": {"mood": "calm"}, "user_id": "alice", "content": "I love tea."},
        {"user_id": "alice", "messages": [{"role": "assistant", "content": "Noted."}]},
        {"run_id": "s1", "user_id": "alice", "messages": [{"role": "user", "timestamp": "2025-01-01", "content": "Hi"}]},
    ]


def test_an_array_of_turns_is_one_conversation_in_parts(tmp_path):
    turns = [{"role": "user", "content": f"Turn {number}"} for number in range(45)]
    _, said, _ = imported(tmp_path, json.dumps(turns).encode(), user="alice")
    assert [len(one["messages"]) for one in said] == [20, 20, 5]


def test_a_broken_line_is_named_and_the_others_go_on(tmp_path):
    content = b'{"user_id": "a", "content": "x"}\nrubbish\n\xff\xfe\n[1, 2\n{"user_id": "a"}\n{"user_id": "a", "content": "y"}'
    _, said, broken = imported(tmp_path, content)
    assert [one["content"] for one in said] == ["x", "y"]
    assert [item.place for item in broken] == ["line 2", "line 3", "line 4", "line 5"]
    assert "neither messages nor content" in str(broken[-1].problem)


def test_a_broken_array_says_where_it_breaks_off(tmp_path):
    whole = json.dumps([{"user_id": "a", "content": str(number)} for number in range(3)])
    _, said, broken = imported(tmp_path, whole[:-10].encode())
    assert [one["content"] for one in said] == ["0", "1"]
    assert [item.place for item in broken] == ["after element 2"]


@pytest.mark.parametrize("content", [b"", b"  \n ", b"\x7fELF\x02\x01", b'{"x": 1}', b"hello", b"[1, 2, 3]", b"PK\x03\x04 no zip"])
def test_what_is_no_known_format_is_refused_whole(tmp_path, content):
    with pytest.raises(Refused):
        imported(tmp_path, content)


def test_a_second_reading_gives_the_same_keys_and_other_content_others(tmp_path):
    def keys(content: bytes, **choices: Any) -> list[str]:
        (tmp_path / "file").write_bytes(content)
        with open_sources(str(tmp_path / "file")) as sources:
            chosen = Choices(**choices)
            return [json.loads(item.body)["idempotency_key"] for item in items(sources, format_in(sources, chosen), chosen)]

    twice = b'{"content": "x", "user_id": "a"}\n' * 2
    assert keys(twice) == keys(twice)
    assert len({*keys(twice), *keys(twice.replace(b"x", b"y")), *keys(twice, infer=False), *keys(twice, salt="1")}) == 8


def test_user_and_agent_stand_in_where_the_file_is_silent(tmp_path):
    content = b'{"content": "x", "user_id": "alice"}\n{"content": "y"}'
    _, said, _ = imported(tmp_path, content, user="bob", agent="guide", infer=False)
    assert [(one["user_id"], one["agent_id"], one["infer"]) for one in said] == [("alice", "guide", False), ("bob", "guide", False)]
