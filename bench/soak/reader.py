"""The independent reader: knows the ledger of what was accepted, and looks for it by HTTP and in LanceDB's tables itself.

python -m bench.soak.reader LEDGER URL STORE KEYS      (KEYS: a JSON object, API key by owner; STORE: a folder or URI)
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import lancedb

from bench.soak.producer import Accepted

Breaches = dict[str, list[str]]
"""What must hold -> where it does not."""
_COLUMNS = ["id", "owner", "user_id", "content", "state", "accepted_at", "created_at"]
_READERS = 8


def check(ledger: Path, url: str, store: str, keys: Mapping[str, str], patience_s: float) -> Breaches:
    """All that was promised of what the ledger says was accepted."""
    accepted = [Accepted(**json.loads(line)) for line in ledger.read_text().splitlines()]
    receipts = asyncio.run(_receipts(accepted, url, keys, patience_s))
    tables = _tables(store)
    rows = [row for name, part in tables.items() if name.startswith("memories_") for row in part]
    lines = [line for name, part in tables.items() if name.startswith("history_") for line in part]
    notes, moves = [row for row in rows if row["content"].startswith("Note ")], [row for row in rows if " live" in row["content"]]
    return {
        "every accepted event ends in a receipt": _unfinished(accepted, receipts),
        "every memory is there once": _once(accepted, notes) + _doubled(rows),
        "nothing belongs to another": _strangers(accepted, rows, notes),
        "every memory's making is told once": _told(rows, lines),
        "a user's events end in the order they were accepted": _disorder(accepted, receipts, notes),
        "the last that was said of a city stands": _astray(accepted, moves),
    }


def _unfinished(accepted: Sequence[Accepted], receipts: Mapping[str, dict[str, Any]]) -> list[str]:
    doubled = [f"{event_id} accepted {times} times" for event_id, times in Counter(line.event_id for line in accepted).items() if times > 1]
    return doubled + [
        f"{line.event_id} {status}" for line in accepted if (status := receipts[line.event_id].get("status", "no receipt")) != "SUCCEEDED"
    ]


def _once(accepted: Sequence[Accepted], notes: Sequence[dict[str, Any]]) -> list[str]:
    wanted = Counter((line.owner, line.user, text) for line in accepted for text in line.texts)
    found = Counter((row["owner"], row["user_id"], row["content"]) for row in notes if row["state"] == "active")
    return [f"{key} {wanted[key]} times accepted, {found[key]} times there" for key in wanted | found if wanted[key] != found[key]]


def _doubled(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{memory_id} {times} rows" for memory_id, times in Counter(row["id"] for row in rows).items() if times > 1]


def _strangers(accepted: Sequence[Accepted], rows: Sequence[dict[str, Any]], notes: Sequence[dict[str, Any]]) -> list[str]:
    people = {(line.owner, line.user) for line in accepted}
    strange = [row for row in rows if (row["owner"], row["user_id"]) not in people]
    strange += [row for row in notes if not row["content"].endswith(f" of {row['user_id']} at {row['owner']}.")]
    return [f"{row['id']}: {row['owner']} {row['user_id']}" for row in strange]


def _told(rows: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> list[str]:
    told = Counter(line["memory_id"] for line in lines if line["kind"] == "ADD")
    doubled = [f"line {line_id} {times} times" for line_id, times in Counter(line["id"] for line in lines).items() if times > 1]
    return doubled + [f"{row['id']} told {told[row['id']]} times" for row in rows if told[row["id"]] != 1]


def _disorder(accepted: Sequence[Accepted], receipts: Mapping[str, dict[str, Any]], notes: Sequence[dict[str, Any]]) -> list[str]:
    place = {(line.owner, line.user, text): line.number for line in accepted for text in line.texts}
    made = defaultdict[tuple[str, str], list[tuple[Any, Any, int]]](list)
    for row in notes:
        whose = (row["owner"], row["user_id"])
        made[whose].append((row["created_at"], row["accepted_at"], place.get((*whose, row["content"]), -1)))
    wrong = [f"{who}: {b} made before {a}" for who, all_ in made.items() for (*_, a), (*_, b) in pairwise(sorted(all_)) if a > b]
    ended = defaultdict[tuple[str, str], list[Accepted]](list)
    for line in sorted(accepted, key=lambda line: line.number):
        ended[line.owner, line.user].append(line)
    ends = [(a, b, receipts[a.event_id].get("completed_at"), receipts[b.event_id].get("completed_at"))
            for lines in ended.values() for a, b in pairwise(lines)]  # fmt: skip
    return wrong + [f"{b.event_id} ended before {a.event_id}" for a, b, first, then in ends if first and then and first > then]


def _astray(accepted: Sequence[Accepted], moves: Sequence[dict[str, Any]]) -> list[str]:
    last: dict[tuple[str, str], str] = {}
    for line in sorted(accepted, key=lambda line: line.number):
        if line.moved:
            last[line.owner, line.user] = line.moved
    stand = defaultdict[tuple[str, str], list[str]](list)
    for row in moves:
        if row["state"] == "active":
            stand[row["owner"], row["user_id"]].append(row["content"])
    return [
        f"{who}: {city} said last, stored {stand[who]}"
        for who, city in last.items()
        if not (len(stand[who]) == 1 and city in stand[who][0])
    ]


async def _receipts(accepted: Sequence[Accepted], url: str, keys: Mapping[str, str], patience_s: float) -> dict[str, dict[str, Any]]:
    """Each event's receipt, by id, waited for until it is closed or there is no more patience."""
    found: dict[str, dict[str, Any]] = {}
    give_up = asyncio.get_running_loop().time() + patience_s

    async def ask(lines: Sequence[Accepted], http: httpx.AsyncClient) -> None:
        for line in lines:
            while True:
                found[line.event_id] = await _receipt(http, line, keys)
                ended = found[line.event_id].get("status") in ("SUCCEEDED", "FAILED")
                if ended or asyncio.get_running_loop().time() > give_up:
                    break
                await asyncio.sleep(0.5)

    async with httpx.AsyncClient(base_url=url, timeout=30) as http, asyncio.TaskGroup() as tasks:
        for first in range(_READERS):
            tasks.create_task(ask(accepted[first::_READERS], http))
    return found


async def _receipt(http: httpx.AsyncClient, line: Accepted, keys: Mapping[str, str]) -> dict[str, Any]:
    try:
        answer = await http.get(f"/v1/event/{line.event_id}/", headers={"Authorization": f"Token {keys[line.owner]}"})
    except httpx.TransportError:
        return {}
    return answer.json() if answer.status_code == 200 else {}


def _tables(store: str) -> dict[str, list[dict[str, Any]]]:
    db = lancedb.connect(store)
    names = [name for name in db.list_tables(limit=10_000).tables if name.startswith(("memories_", "history_"))]
    columns = {name: _COLUMNS if name.startswith("memories_") else ["id", "memory_id", "kind"] for name in names}
    return {name: db.open_table(name).search().select(columns[name]).limit(None).to_arrow().to_pylist() for name in names}


def say(breaches: Breaches) -> bool:
    """Print a line an invariant; True where all hold."""
    for name, found in breaches.items():
        print(f"| {name} | {'holds' if not found else f'**{len(found)} breaches**: ' + '; '.join(found[:5])} |", flush=True)
    return not any(breaches.values())


def main(ledger: str, url: str, store: str, keys: str) -> int:
    print("| what must hold | |\n|---|---|")
    return 0 if say(check(Path(ledger), url, store, json.loads(keys), patience_s=600)) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
