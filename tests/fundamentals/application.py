"""An application that uses Mneme: it speaks HTTP, with its own API key, and nothing else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

Json = Any


@dataclass(frozen=True)
class Application:
    """Spells the everyday requests, so that a test can say what it is about. `http` is there for all the others."""

    http: httpx.AsyncClient

    async def add(self, messages: str | list[dict[str, str]], user: str = "alice", **options: Json) -> list[Json]:
        """Say something and wait for what becomes of it: the memories that appeared, changed or went away."""
        answer = await self.http.post("/v1/memories/", json={"messages": messages, "user_id": user, **options})
        assert answer.status_code == 200, answer.text
        results: list[Json] = answer.json()
        return results

    async def send(self, messages: str | list[dict[str, str]], user: str = "alice", **options: Json) -> str:
        """Say something and go on at once; gives the id of the event."""
        answer = await self.http.post("/v3/memories/add/", json={"messages": messages, "user_id": user, **options})
        assert answer.status_code == 200, answer.text
        event_id: str = answer.json()["event_id"]
        return event_id

    async def receipt(self, event_id: str) -> Json:
        """What became of it, fact by fact, and why."""
        answer = await self.http.get(f"/v1/event/{event_id}/")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def memories(self, user: str = "alice", **options: Json) -> list[Json]:
        """All that is known of a user, oldest first."""
        answer = await self.http.post("/v2/memories/", json={"filters": {"user_id": user}, **options})
        assert answer.status_code == 200, answer.text
        newest_first: list[Json] = answer.json()
        return newest_first[::-1]

    async def knows(self, user: str = "alice", **options: Json) -> list[str]:
        """The same, just the words."""
        return [memory["memory"] for memory in await self.memories(user, **options)]

    async def finds(self, question: str, user: str = "alice", **options: Json) -> list[str]:
        """Search one user's memories by meaning; the words of what was found, best first."""
        body = {"query": question, "filters": {"user_id": user}, **options}
        answer = await self.http.post("/v3/memories/search/", json=body)
        assert answer.status_code == 200, answer.text
        return [memory["memory"] for memory in answer.json()["results"]]


Register = Callable[[str], Awaitable[Application]]
"""`await register("acme")`: the application of that account, with a key of its own."""
