"""The evaluation script that comes with the data, and its documents as our memories."""

import importlib.util
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from schemas.ids import memory_id
from schemas.memory import Memory
from schemas.message import Message
from schemas.scope import Scope
from workers.rules.memory_types import classify
from workers.rules.statements import extract

Document = dict[str, Any]
"""As the script loads it: id, text, session, session_index, time, raw."""

SETS: dict[str, dict[str, Any]] = {
    "locomo": {"labels": "corrected", "clean": True},
    "beam_100k": {},
    "beam_100k (user)": {"roles": ["user"]},
    "realmem": {},
    "longmemeval_sample": {"level": "session"},
    "precisionmembench": {},
}
"""What is measured, and with which of the script's options. In "(user)" only what users said is stored, as our extractor does."""

_START = datetime(2020, 1, 1, tzinfo=UTC)
OWNER = "bench"


def load_script(data: Path) -> ModuleType:
    """`eval_retrieval.py` of the data folder, as a module."""
    spec = importlib.util.spec_from_file_location("eval_retrieval", data / "eval_retrieval.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no eval_retrieval.py in {data}")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def as_memories(document: Document, place: int, *, extracted: bool) -> list[Memory]:
    """What is stored of a document: itself, or what our built-in extractor makes of it, which may be nothing.

    `place` is its place in the conversation, and orders those of one time. What is a memory already is stored as it is.
    """
    whole = _whole(document, place)
    raw = document["raw"]
    if not extracted or "memory_id" in raw:
        return [whole]
    assistant = raw.get("role") == "assistant"
    name = None if raw.get("role") in ("user", "assistant") else raw.get("speaker")
    message = Message(role="assistant" if assistant else "user", content=raw["text"], name=name)
    statements = extract([message], said_at=whole.said_at).statements
    return [
        replace(whole, id=memory_id(document["id"], number, 0), content=said.text, type=said.type, speaker=said.speaker)
        for number, said in enumerate(statements, start=1)
    ]


def _whole(document: Document, place: int) -> Memory:
    raw = document["raw"]
    said_at = moment(document) + timedelta(seconds=place)
    return Memory(
        id=memory_id(document["id"], 0, 0),
        scope=Scope(owner=OWNER, user=raw["conversation_id"]),
        content=document["text"],
        type=classify(raw["text"])[0],
        speaker=raw.get("role"),
        said_at=said_at,
        created_at=said_at,
        updated_at=said_at,
        accepted_at=said_at,
        metadata={"session": -1 if document["session_index"] is None else document["session_index"]},
    )


def moment(document: Document) -> datetime:
    """When the document's session was."""
    text = str(document["time"] or "")[:19]
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else _START
