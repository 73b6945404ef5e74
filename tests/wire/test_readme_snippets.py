"""What the README prints works as it is printed, but for the key and the address."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import readme_tables
from server import Server
from wire.environments import NODE, node, python_of

README = readme_tables.README.read_text()
_CLIENT_ONLY = "import sys, types; sys.modules['qdrant_client'] = types.SimpleNamespace(QdrantClient=object)\n"
"""The SDK's root imports its self-hosted half, which wants a vector store that the client never uses."""


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def run(server: Server, *command: str, cwd: Path | None = None) -> str:
    environment = {**os.environ, "MNEME_API_KEY": server.api_key, "MEM0_TELEMETRY": "False", "EVENT_ID": ""}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pointed_at(server: Server, snippet: str) -> str:
    return snippet.replace("YOUR_KEY", server.api_key).replace("http://127.0.0.1:8000", server.url)


def test_the_python_snippet_finds_what_it_said(live_server: Server) -> None:
    [snippet] = [code for code in snippets("python") if "mem0" in code]
    assert "vegetarian" in run(live_server, str(python_of("mem0-2x")), "-c", _CLIENT_ONLY + pointed_at(live_server, snippet))


def test_the_javascript_snippet_finds_what_it_said(live_server: Server, tmp_path: Path) -> None:
    program = node()
    if program is None:
        pytest.skip("there is no node on this machine")
    [snippet] = [code for code in snippets("js") if "mem0ai" in code]
    script = NODE / f".snippet-{os.getpid()}.mjs"
    try:
        script.write_text(pointed_at(live_server, snippet))
        assert "marathon" in run(live_server, program, script.name, cwd=NODE)
    finally:
        script.unlink(missing_ok=True)


def test_the_stream_of_what_happens_says_what_happened(live_server: Server) -> None:
    """It does not end by itself: what it said in a few seconds is looked at."""
    [snippet] = [code for code in snippets("sh") if "curl -N" in code]
    with live_server.client() as client:
        client.post("/v1/memories/", json={"messages": "I play the cello.", "user_id": "streamed"})
        last = client.get("/v1/lifecycle").json()
    assert last
    command = pointed_at(live_server, snippet).replace("curl -N", "curl -sN --max-time 3 -H 'Last-Event-ID: 0'")
    environment = {**os.environ, "MNEME_API_KEY": live_server.api_key}
    said = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=200, check=False).stdout
    assert "event: memory.added" in said, said


def test_the_curl_lines_answer(live_server: Server) -> None:
    lines = [code for code in snippets("sh") if "curl" in code and "EVENT_ID" not in code and "curl -N" not in code]
    assert len(lines) >= 2
    for snippet in lines:
        answer = run(live_server, "bash", "-ec", pointed_at(live_server, snippet))
        assert "error" not in answer
        assert any(word in answer for word in ("memory", "memories", "reply")), answer
