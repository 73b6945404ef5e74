"""A running Mneme, asked over HTTP in Mem0's dialect, as its SDKs do."""

import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import httpx

_BULK = 50
"""Messages in one bulk add."""


class Server:
    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Token {key}"}, timeout=120)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def ping(self) -> None:
        """One request that does nothing: what HTTP alone costs."""
        self._http.get("/v1/ping/").raise_for_status()

    def search(self, text: str, user: str) -> list[dict[str, Any]]:
        """POST /v3/memories/search/."""
        answer = self._post("/v3/memories/search/", {"query": text, "filters": {"user_id": user}, "threshold": 0.0})
        found: list[dict[str, Any]] = answer["results"]
        return found

    def add(self, text: str, user: str) -> list[dict[str, Any]]:
        """POST /v1/memories/ with infer, waiting for the outcome; what became of it."""
        body = {"messages": [{"role": "user", "content": text}], "user_id": user, "infer": True, "async_mode": False}
        answer = self._post("/v1/memories/", body)
        return _results(answer)

    def load(self, texts_by_user: dict[str, Sequence[str]]) -> float:
        """Stores the texts word for word by asynchronous adds; seconds until the last one can be searched."""
        started = time.perf_counter()
        events = deque(
            self._bulk(user, texts[first : first + _BULK]) for user, texts in texts_by_user.items() for first in range(0, len(texts), _BULK)
        )
        while events:
            event = self._http.get(f"/v1/event/{events[0]}/").raise_for_status().json()
            if event["status"] == "FAILED":
                raise SystemExit(f"the load failed: {event.get('error')}")
            if event["status"] == "SUCCEEDED":
                events.popleft()
            else:
                time.sleep(0.02)
        return time.perf_counter() - started

    def _bulk(self, user: str, texts: Sequence[str]) -> str:
        messages = [{"role": "user", "content": text} for text in texts]
        answer = self._post("/v1/memories/", {"messages": messages, "user_id": user, "infer": False, "async_mode": True})
        return str(_results(answer)[0]["event_id"])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._http.post(path, json=body)
        while answer.status_code == 429:  # its mailbox is full: come back when it says
            time.sleep(float(answer.headers.get("Retry-After", 1)))
            answer = self._http.post(path, json=body)
        return answer.raise_for_status().json()


def _results(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer["results"] if isinstance(answer, dict) and "results" in answer else answer
    return found if isinstance(found, list) else [found]
