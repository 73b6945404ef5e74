"""A backup taken in the middle of the work is one instant; restored, it answers alike and ends what was accepted."""

import time
from pathlib import Path

import httpx
import pytest
from server import Server, running

from cli import redis_files, restore
from cli.archive import Piece, write
from cli.refusal import Refused

NOTES = 120
BOAT = "The boat is called Marlin."
"""One of the notes: the others say so nearly the same that the newest of them may come first, whatever is asked."""


def accept(client: httpx.Client, number: int) -> str:
    said = BOAT if number == 7 else f"Backup note {number}."
    body = {"messages": [{"role": "user", "content": said}], "user_id": "backed-up", "infer": False, "async_mode": True}
    return str(client.post("/v1/memories/", json=body | {"output_format": "v1.1"}).json()["results"][0]["event_id"])


def notes(client: httpx.Client) -> list[str]:
    answer = client.post("/v3/memories/?page_size=200", json={"filters": {"user_id": "backed-up"}}).json()
    return sorted(row["memory"] for row in answer["results"])


def wait_for_all(client: httpx.Client, ids: list[str]) -> None:
    deadline = time.monotonic() + 100
    for event_id in ids:
        while (status := client.get(f"/v1/event/{event_id}/").json().get("status")) != "SUCCEEDED":
            assert time.monotonic() < deadline, status
            time.sleep(0.05)


def test_a_restored_copy_answers_alike_and_ends_what_was_under_way(live_server: Server, tmp_path: Path) -> None:
    with live_server.client() as client:
        ids = [accept(client, number) for number in range(NOTES)]
        live_server.mneme("backup", str(tmp_path / "backup"))
        later = accept(client, NOTES)
        wait_for_all(client, [*ids, later])
        before = notes(client)
        question = {"query": "What is the boat called?", "filters": {"user_id": "backed-up"}}
        found = [hit["memory"] for hit in client.post("/v3/memories/search/", json=question).json()["results"]]
    restored = tmp_path / "restored"
    live_server.mneme("restore", str(tmp_path / "backup"), "--data", str(restored))
    with running(restored, MNEME_API_KEY=live_server.api_key) as copy, copy.client() as client:
        wait_for_all(client, ids)
        assert notes(client) == [note for note in before if note != f"Backup note {NOTES}."]
        assert len(notes(client)) == NOTES
        again = [hit["memory"] for hit in client.post("/v3/memories/search/", json=question).json()["results"]]
    assert again[0] == found[0] == BOAT


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of two files."""
    (tmp_path / "one").write_bytes(b"first, and what came later")
    (tmp_path / "two").write_bytes(b"second")
    folder = tmp_path / "backup"
    folder.mkdir()
    write(folder, {"redis/one": Piece(tmp_path / "one", 5), "store/t.lance/two": Piece(tmp_path / "two", 6)})
    return folder


def test_what_is_restored_is_what_was_there_in_that_instant(backup: Path, tmp_path: Path) -> None:
    restore.run(tmp_path / "new", backup)
    assert (tmp_path / "new" / "redis" / "one").read_bytes() == b"first"
    assert (tmp_path / "new" / "store" / "t.lance" / "two").read_bytes() == b"second"


@pytest.mark.parametrize("harm", ["store/t.lance/two", "redis/one", "backup.json"])
@pytest.mark.parametrize("how", ["changed", "missing"])
def test_of_a_backup_that_is_not_whole_nothing_is_restored(backup: Path, tmp_path: Path, harm: str, how: str) -> None:
    (backup / harm).write_bytes(b"sec0nd") if how == "changed" else (backup / harm).unlink()
    there = set(tmp_path.iterdir())
    with pytest.raises(Refused):
        restore.run(tmp_path / "new", backup)
    assert set(tmp_path.iterdir()) == there


def test_nothing_is_restored_over_something(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        restore.run(tmp_path / "full", backup)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["notes.txt"]


def test_the_several_files_of_a_newer_redis_are_taken_as_its_manifest_names_them(tmp_path: Path) -> None:
    folder = tmp_path / "redis" / "appendonlydir"
    folder.mkdir(parents=True)
    for name in ("appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.1.incr.aof"):
        (folder / name).write_text(name)
    lines = "file appendonly.aof.2.base.rdb seq 2 type b\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
    (folder / "appendonly.aof.manifest").write_text(lines)
    pieces = redis_files.pin(tmp_path / "redis", tmp_path / "pinned")
    assert sorted(Path(name).name for name in pieces) == [
        "appendonly.aof.2.base.rdb",
        "appendonly.aof.2.incr.aof",
        "appendonly.aof.manifest",
    ]
