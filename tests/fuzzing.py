"""Requests nobody sane would send, over every route of a running server, and what has to hold of each answer.

python tests/fuzzing.py [--requests 20000] [--seed 1]      starts a server of its own; `make fuzz` calls it
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from nasty import NASTY, broken
from schemathesis import GenerationMode
from server import Server, running

REQUESTS = 20_000
SENDERS = 8
ANSWER_MAX_S = 90
"""A request's own deadline is 60 s: who hears nothing for longer, hangs."""
GROWTH_MAX_MB = 150
"""Of the web process, from the first thousand requests to the last."""
_WARM_UP = 1_000
_BATCH = 200
_SLOWEST = 10
_SLOW = ("/v1/memory/summarize", "/v1/memory/prune", "/v1/memory/maintenance")
"""Each of their requests is a run of a job, one after the other: asked more seldom."""
_FIELDS = ("user_id", "agent_id", "app_id", "run_id", "external_user_id", "owner", "owner_id", "org_id", "project_id", "conversation_id")
_TEXTS = ("query", "content", "message", "text", "name")
_NUMBERS = ("top_k", "limit", "page", "page_size", "offset", "threshold", "similarity_threshold", "max_age_days", "min_confidence")
_HEADERS = (
    "Idempotency-Key",
    "X-Request-ID",
    "X-Mneme-Owner",
    "X-Forwarded-For",
    "Content-Type",
    "Accept",
    "Content-Encoding",
    "Last-Event-ID",
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as `requests` takes it."""

    method: str
    url: str
    parts: dict[str, Any]

    def __str__(self) -> str:
        shown = {name: str(value)[:400] for name, value in self.parts.items() if value and name != "cookies"}
        return f"{self.method} {self.url[:300]} {shown}"


@dataclass
class Finds:
    """What was sent, how it was answered, and what should not have been so."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    """Seconds and request, the slowest first."""
    faults: list[str] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return self.statuses.total()


def fuzz(url: str, api_key: str, count: int, number: int, hidden: str | None = None) -> Finds:
    """Send `count` requests, the same for the same seed `number` and routes; gives what was found, `hidden` in an answer too."""
    finds, lock, local = Finds(), threading.Lock(), threading.local()
    made = Making(url, api_key)

    def send(request: Request) -> None:
        session = local.__dict__.setdefault("session", requests.Session())
        started = time.monotonic()
        try:
            answer = session.request(request.method, request.url, timeout=ANSWER_MAX_S, allow_redirects=False, stream=True, **request.parts)
            status, fault = answer.status_code, fault_of(answer)
            fault = "somebody else's memory" if hidden and hidden in said(answer) else fault
            answer.close()
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError, ValueError):
            return  # this client can't even write it
        except requests.RequestException as error:
            status, fault = 0, f"no answer: {error!r}"
        with lock:
            finds.statuses[status] += 1
            finds.slowest = sorted([*finds.slowest, (time.monotonic() - started, str(request))], reverse=True)[:_SLOWEST]
            if fault:
                finds.faults.append(f"{fault}\n    {request}")

    while finds.sent < count:
        number += 1
        with ThreadPoolExecutor(SENDERS) as pool:
            for request in made.batch(min(_BATCH, count - finds.sent), number):
                pool.submit(send, request)
    return finds


def fault_of(answer: requests.Response) -> str | None:
    """What is wrong with an answer, whatever was asked."""
    if answer.status_code >= 500 and not (answer.status_code == 503 and "retry-after" in answer.headers):
        return f"{answer.status_code} {answer.text[:300]}"
    if "Traceback" in said(answer) or 'File "' in said(answer):
        return f"a traceback: {answer.text[:300]}"
    if answer.status_code >= 400 and not _is_object(answer):
        return f"{answer.status_code} without an object that says why: {answer.text[:300]!r}"
    if len(answer.headers.get("x-request-id", "")) > 128:
        return "an id of the request without bound"
    return None


def said(answer: requests.Response) -> str:
    """Its text; of a stream of events, which may never end, none."""
    return "" if answer.headers.get("content-type", "").startswith("text/event-stream") else answer.text


def _is_object(answer: requests.Response) -> bool:
    try:
        return answer.request.method == "HEAD" or isinstance(answer.json(), dict)
    except ValueError:
        return answer.status_code == 400 and answer.text == "Invalid HTTP request received."  # the HTTP parser's own


class Making:
    """Makes requests: two parts from the OpenAPI, fitting it or just not, and one part of our own nastiness."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = url
        self._auth = {"Authorization": f"Token {api_key}"}
        operations = [found.ok() for found in schemathesis.openapi.from_url(f"{url}/openapi.json").get_all_operations()]
        self._operations = [one for one in operations for _ in range(1 if one.path.startswith(_SLOW) else 8)]
        self._ids = _ids(url, self._auth)

    def batch(self, count: int, number: int) -> Iterator[Request]:
        made: list[Request] = []
        _sampled(self.requests(), count, number, made.append)
        yield from made[:count]

    def requests(self) -> st.SearchStrategy[Request]:
        some, modes = st.sampled_from(self._operations), st.sampled_from(list(GenerationMode))
        cases = st.tuples(some, modes).flatmap(lambda chosen: chosen[0].as_strategy(generation_mode=chosen[1]))
        return st.one_of(cases.map(self._of_case), cases.map(self._of_case), self._nasty())

    def _of_case(self, case: Any) -> Request:
        parts = case.as_transport_kwargs(base_url=self._url)
        headers = {name: value for name, value in (parts.pop("headers") or {}).items() if "schemathesis" not in f"{name}{value}".lower()}
        if case.method.upper() != "DELETE" or len(headers.get("Authorization", "")) % 2:
            headers |= self._auth
        return Request(parts.pop("method"), parts.pop("url"), {**parts, "headers": headers})

    def _nasty(self) -> st.SearchStrategy[Request]:
        names = self._names()
        return st.builds(self._of_parts, st.sampled_from(self._operations), names, bodies(names), queries(names), headers())

    def _of_parts(self, operation: Any, place: str, body: bytes, query: dict[str, str], more: dict[str, bytes]) -> Request:
        path = operation.path
        for name in (part.split("}")[0] for part in path.split("{")[1:]):
            path = path.replace(f"{{{name}}}", quote(place, safe="", errors="replace"))
        data = None if operation.method.upper() in ("GET", "HEAD") else body
        return Request(operation.method.upper(), self._url + path, {"params": query, "data": data, "headers": {**self._auth, **more}})

    def _names(self) -> st.SearchStrategy[str]:
        return st.one_of(st.sampled_from(["alice", *self._ids]), st.sampled_from(NASTY), st.text(max_size=30))


def filters(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Filters of Mem0's grammar and just beside it."""
    fields = st.sampled_from(
        [*_FIELDS[:4], "categories", "metadata", "keywords", "memory_ids", "created_at", "expiration_date", "owner", "state"]
    )
    words = st.sampled_from(["in", "ne", "contains", "icontains", "gte", "lt", "eq", "$ne"])
    plain = st.one_of(names, st.integers(), st.floats(), st.none(), st.booleans())
    values = st.one_of(
        plain, st.lists(plain, max_size=3), st.dictionaries(words, st.one_of(plain, st.lists(names, max_size=3)), max_size=2)
    )
    leaf = st.dictionaries(fields, values, max_size=2)
    logic = st.sampled_from(["AND", "OR", "NOT", "and"])
    return st.recursive(leaf, lambda inner: st.dictionaries(logic, st.one_of(inner, st.lists(inner, max_size=3)), min_size=1), max_leaves=8)


def bodies(names: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """A body that several dialects might take, as JSON, mostly of the right types; or one that is broken."""
    numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([0, -1, 1, 1000, 1001, 2**31, 2**63, 2**64, 10**30]))
    anything = st.recursive(st.one_of(names, numbers, st.none(), st.booleans()), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
    roles = st.sampled_from(["user", "user", "assistant", "system", "tool", ""])
    message = st.fixed_dictionaries({"role": roles, "content": st.one_of(names, names, anything)})
    scopes = st.dictionaries(st.sampled_from(_FIELDS), st.one_of(names, names, anything), min_size=1, max_size=2)
    extras = {
        **dict.fromkeys(_NUMBERS, st.one_of(st.integers(0, 100), numbers, names)),
        "filters": st.one_of(filters(names), filters(names), anything),
        "metadata": st.one_of(st.dictionaries(names, names, max_size=3), st.dictionaries(names, anything, max_size=3), anything),
        "memories": st.lists(st.fixed_dictionaries({"memory_id": names}, optional={"text": names}), max_size=3),
        "infer": st.booleans(),
        "stream": st.booleans(),
        "expiration_date": st.one_of(names, st.dates().map(str)),
        "custom_categories": st.lists(st.dictionaries(names, names, max_size=2), max_size=2),
        "custom_instructions": names,
        "timestamp": st.one_of(names, numbers, st.datetimes().map(str)),
    }
    extra = st.sampled_from(sorted(extras)).flatmap(lambda key: extras[key].map(lambda value: {key: value}))
    said = st.fixed_dictionaries(dict.fromkeys(_TEXTS, names) | {"messages": st.lists(message, min_size=1, max_size=3)})
    whole = st.builds(lambda *parts: _written({key: value for part in parts for key, value in part.items()}), said, scopes, extra, extra)
    return st.one_of(whole, whole, st.builds(lambda body, which: (ways := broken(body))[which % len(ways)], whole, st.integers(0, 200)))


def queries(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    keys = st.sampled_from(
        [*_FIELDS, *_TEXTS, *_NUMBERS, "filters", "metadata", "order", "memory_type", "dry_run", "status", "after", "cursor"]
    )
    values = st.one_of(names, st.integers().map(str), filters(names).map(repr), filters(names).map(lambda one: _written(one).decode()))
    return st.one_of(st.just({}), st.dictionaries(keys, values, max_size=3))


def headers() -> st.SearchStrategy[dict[str, bytes]]:
    values = st.sampled_from([*NASTY, "identity", "gzip", "text/event-stream", "a" * 4_000]).map(_header_value)
    return st.one_of(st.just({}), st.dictionaries(st.sampled_from(_HEADERS), values, max_size=2))


def _header_value(text: str) -> bytes:
    """As a header may carry it: no line breaks, no blanks at its ends."""
    return text.encode().translate(None, b"\r\n\0").strip()


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def _ids(url: str, auth: dict[str, str]) -> Sequence[str]:
    """Ids that there are: a few memories of alice's, and the event that made them."""
    texts = [{"role": "user", "content": f"I like fruit number {number}."} for number in range(5)]
    answer = requests.post(
        f"{url}/v3/memories/add", json={"messages": texts, "user_id": "alice", "infer": False}, headers=auth, timeout=60
    ).json()
    return [answer["event_id"], *(row["id"] for row in answer["results"])]


def _sampled(strategy: st.SearchStrategy[Request], count: int, number: int, take: Callable[[Request], None]) -> None:
    @seed(number)
    @hypothesis_settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def one(request: Request) -> None:
        take(request)

    one()


def web_pid(server: Server) -> int:
    """The web process of a running `mneme up`."""
    port = server.url.rpartition(":")[2]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"query.app:web" in words and b"core.web.serve" in words and port.encode() in words:
                return int(entry.name)
    raise AssertionError("no web process")


def rss_mb(pid: int) -> float:
    return next(int(line.split()[1]) / 1024 for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
        pid, started = web_pid(server), time.monotonic()
        warm_up = min(_WARM_UP, given_.requests)
        first = fuzz(server.url, server.api_key, warm_up, given_.seed)
        before = rss_mb(pid)
        rest = fuzz(server.url, server.api_key, given_.requests - warm_up, given_.seed + 10_000)
        after, same = rss_mb(pid), web_pid(server) == pid
        logged = [line for line in server.output().splitlines() if "request.failed" in line]
    faults, statuses = [*first.faults, *rest.faults], first.statuses + rest.statuses
    faults += [] if same else ["the web process died and was started again"]
    faults += [f"the web process grew from {before:.0f} to {after:.0f} MB"] if after - before > GROWTH_MAX_MB else []
    slowest = sorted([*first.slowest, *rest.slowest], reverse=True)[:_SLOWEST]
    print("\n".join([*faults[:50], *logged[:20], *(f"{took_s:.1f} s  {what}" for took_s, what in slowest)]))
    print(f"| requests | seconds | slowest answer s | web RSS MB, then | faults |\n|---|---|---|---|---|\n| {statuses.total()} ", end="")
    print(f"| {time.monotonic() - started:.0f} | {slowest[0][0]:.1f} | {before:.0f}, {after:.0f} | {len(faults)} |")
    print("\n| status | answers |\n|---|---|\n" + "\n".join(f"| {status} | {count} |" for status, count in sorted(statuses.items())))
    return 1 if faults or logged else 0


if __name__ == "__main__":
    sys.exit(main())
