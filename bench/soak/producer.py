"""The producer: sends each user's messages in order, again and again until they are accepted, and writes down what was."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

import httpx

CITIES = "Lisbon Oslo Madrid Vienna Athens Dublin Prague Warsaw Zurich Naples Berlin Geneva Boston Denver Seattle Toronto".split()
_SIZES = (1, 1, 1, 5, 10, 20)
"""Messages in one add."""
_SENDERS = 16
_TIRED_S = 300

Go = Callable[[float], Awaitable[None]]
"""Waits until so large a share of all messages may have been accepted."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line of the ledger. `number` counts a user's events in the order they were accepted in; `moved` is a city, or ''."""

    event_id: str
    owner: str
    user: str
    number: int
    texts: list[str]
    moved: str = ""


@dataclass(slots=True)
class _User:
    owner: str
    name: str
    left: int
    sent: int = 0


class Producer:
    def __init__(self, url: str, keys: Mapping[str, str], users: int, messages: int, ledger: Path, moves: float, go: Go) -> None:
        """`keys` by owner; the owners' users have the same names. `moves`: part of the events that are facts to extract."""
        self._url = url
        self._keys = keys
        self._go = go
        self._moves = moves
        self._ledger = ledger
        self._messages = messages
        owners = list(keys)
        share = -(-messages // users)
        self._users = [_User(owners[n % len(owners)], f"user-{n // len(owners)}", share) for n in range(users)]
        self.accepted = 0
        """Messages so far."""

    async def run(self) -> None:
        with self._ledger.open("w") as ledger:
            async with httpx.AsyncClient(base_url=self._url, timeout=30) as http, asyncio.TaskGroup() as tasks:
                for first in range(_SENDERS):
                    tasks.create_task(self._send_all(self._users[first::_SENDERS], http, ledger))

    async def _send_all(self, users: list[_User], http: httpx.AsyncClient, ledger: TextIO) -> None:
        waiting = [user for user in users if user.left]
        while waiting:
            random.shuffle(waiting)
            for user in waiting:
                await self._go(self.accepted / self._messages)
                line = await self._send(user, http)
                ledger.write(json.dumps(asdict(line)) + "\n")
                ledger.flush()
                self.accepted += max(1, len(line.texts))
            waiting = [user for user in waiting if user.left]

    async def _send(self, user: _User, http: httpx.AsyncClient) -> Accepted:
        body, texts, moved = self._next(user)
        headers = {"Authorization": f"Token {self._keys[user.owner]}", "Idempotency-Key": f"{user.name}-{user.sent}"}
        event_id = await _insist(http, body, headers)
        line = Accepted(event_id, user.owner, user.name, user.sent, texts, moved)
        user.sent += 1
        user.left -= max(1, len(texts))
        return line

    def _next(self, user: _User) -> tuple[dict[str, object], list[str], str]:
        common: dict[str, object] = {"user_id": user.name, "async_mode": True, "output_format": "v1.1"}
        if random.random() < self._moves:
            city = CITIES[user.sent % len(CITIES)]
            return {**common, "messages": [{"role": "user", "content": f"I live in {city} now."}]}, [], city
        texts = list(_texts(user, min(user.left, random.choice(_SIZES))))
        return {**common, "infer": False, "messages": [{"role": "user", "content": text} for text in texts]}, texts, ""


def _texts(user: _User, count: int) -> Iterator[str]:
    for place in range(count):
        yield f"Note {user.sent}.{place} of {user.name} at {user.owner}."


async def _insist(http: httpx.AsyncClient, body: dict[str, object], headers: dict[str, str]) -> str:
    """The event's id: an add that gets no answer is sent again with the same key."""
    async with asyncio.timeout(_TIRED_S):
        while True:
            try:
                answer = await http.post("/v1/memories/", json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 200:
                return str(answer.json()["results"][0]["event_id"])
            if answer.status_code not in (429, 503) or "Retry-After" not in answer.headers:
                raise AssertionError(f"{answer.status_code} {answer.text}")
            await asyncio.sleep(float(answer.headers["Retry-After"]))
