"""The classes and the curl lines that Memory Layer prints, unchanged but for the base URL, the key and the session token."""

import json
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from server import Server
from wire.environments import python_of

PRINTED = Path(__file__).parent / "printed"
BASE_URL = "https://memory-layer-api.onrender.com"
PRINTED_ID, PRINTED_KEY_ID = "e32754fa-9b24-4c3e-b8f1-2a1c9d3e4f56", "key_abc123"
JOHN = "john_doe@gmail.com"
DASHBOARD = "User is building a SaaS dashboard in React"
_TIMEOUT_S = 200


@pytest.fixture
def owner() -> str:
    """An account of the test's own."""
    return f"printed-{secrets.token_hex(4)}"


@pytest.fixture
def api_key(live_server: Server, owner: str) -> str:
    return live_server.mneme("key", "create", "--owner", owner).strip()


@pytest.fixture(scope="module")
def node() -> str:
    program = shutil.which("node")
    if program is None and not os.environ.get("CI"):
        pytest.skip("there is no node here")
    assert program, "CI needs node to test the JavaScript client"
    return program


def printed(name: str, server: Server, api_key: str, session: str = "") -> str:
    """A listing with what a developer fills in."""
    text = (PRINTED / name).read_text()
    assert BASE_URL in text
    return text.replace(BASE_URL, server.url).replace("YOUR_API_KEY", api_key).replace("YOUR_SUPABASE_JWT", session)


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestPython:
    def test_the_printed_script_says_what_it_is_printed_to_say(self, live_server, api_key, tmp_path):
        script = tmp_path / "client.py"
        script.write_text(printed("client.py.txt", live_server, api_key))
        reply = run(str(python_of("memory-layer")), str(script))
        assert "React dashboard" in reply
        assert "SaaS startup" in reply

    def test_what_is_remembered_is_recalled_by_its_user_alone(self, live_server, api_key, tmp_path):
        more = """
import json
jane = MemoryLayerClient(API_KEY, user_id="jane@example.com")
print(json.dumps([client.remember("The user prefers dark mode and uses VS Code"), client.recall("Which editor does the user use?", limit=1),
                  jane.recall("Which editor does the user use?"), jane.chat("Which editor do I use?")]))
"""
        script = tmp_path / "client.py"
        script.write_text(printed("client.py.txt", live_server, api_key) + more)
        lines = run(str(python_of("memory-layer")), str(script)).splitlines()
        stored, recalled, others, reply = json.loads(lines[-1])
        assert (stored["status"], stored["memory"]["external_user_id"], stored["memory"]["metadata"]) == ("success", JOHN, {})
        assert [row["memory"]["id"] for row in recalled] == [stored["memory"]["id"]]
        assert recalled[0]["similarity"] >= 0.3
        assert others == []
        assert "VS Code" not in reply


class TestJavaScript:
    def test_the_printed_script_says_what_it_is_printed_to_say(self, live_server, api_key, node, tmp_path):
        script = tmp_path / "memory-layer.mjs"
        script.write_text(printed("client.js.txt", live_server, api_key))
        reply = run(node, str(script))
        assert "React" in reply
        assert "Vue" in reply or "frontend" in reply

    def test_what_is_remembered_is_recalled_by_its_user_alone(self, live_server, api_key, node, tmp_path):
        more = """
const jane = new MemoryLayerClient('YOUR_API_KEY', 'jane@example.com');
const stored = await client.remember('The user prefers dark mode and uses VS Code', { source: 'onboarding' });
const recalled = await client.recall('Which editor does the user use?', 1);
const { used_memories } = await client.chat('What frontend framework do I use?');
console.log(JSON.stringify([stored, recalled, await jane.recall('Which editor?', 5, 0), used_memories.length]));
"""
        script = tmp_path / "memory-layer.mjs"
        script.write_text(printed("client.js.txt", live_server, api_key) + more.replace("YOUR_API_KEY", api_key))
        stored, recalled, others, used = json.loads(run(node, str(script)).splitlines()[-1])
        assert stored["memory"]["metadata"] == {"source": "onboarding"}
        assert [row["memory"]["id"] for row in recalled["results"]] == [stored["memory"]["id"]]
        assert (recalled["total_count"], others) == (1, {"results": [], "total_count": 0})
        assert used >= 1

    def test_the_isolation_example_stores_also_what_it_labels_as_text(self, live_server, api_key, node, tmp_path):
        script = tmp_path / "isolation.mjs"
        script.write_text(printed("isolation.js.txt", live_server, api_key))
        run(node, str(script))
        with live_server.client(api_key) as client:
            rows = client.get("/v1/memory/").json()["memories"]
        assert {(row["external_user_id"], row["content"]) for row in rows} == {
            ("alice@company.com", "Alice is on the Pro plan and works in fintech"),
            ("bob@company.com", "Bob is building a healthcare app with Python"),
        }


def curls(server: Server, api_key: str, session: str, **ids: str) -> list[tuple[int, Any]]:
    """Status and body of each printed curl line, in order, as bash runs them; ids put in place of the printed ones as given."""
    text = printed("curl.sh.txt", server, api_key, session)
    for shown, own in ids.items():
        text = text.replace({"memory": PRINTED_ID, "key": PRINTED_KEY_ID}[shown], own)
    answers = []
    for line in re.split(r"\n\n(?=curl )", text.strip()):
        body, status = run("bash", "-c", f"{line} --silent --write-out '\\n%{{http_code}}'").rsplit("\n", 1)
        answers.append((int(status), json.loads(body)))
    return answers


class TestCurl:
    @pytest.fixture
    def session(self, live_server: Server, owner: str) -> str:
        return live_server.mneme("session", "create", "--owner", owner).strip()

    def test_every_line_does_what_it_is_printed_for(self, live_server, api_key, session):
        answers = curls(live_server, api_key, session)
        statuses = [status for status, _ in answers]
        # the one memory and the one key that are named were never made here
        assert statuses == [201, 200, 201, 200, 200, 404, 404, 200, 200, 200, 201, 200, 404, 200, 200, 200]
        bodies = [body for _, body in answers]
        store, chat, editor, search, listed, get, delete, stats, tools, legacy, key, keys, revoke, summary, prune, maintenance = bodies
        assert store["memory"]["content"] == DASHBOARD
        assert "SaaS dashboard in React" in chat["reply"]
        assert chat["used_memories"][0]["memory_text"] == DASHBOARD
        assert 0 < chat["used_memories"][0]["score"] <= 1
        assert chat["memory_created"] is True
        assert search["results"][0]["memory"]["id"] == editor["memory"]["id"]
        assert {store["memory"]["id"], editor["memory"]["id"]} <= {row["id"] for row in listed["memories"]}
        assert get == delete == {"detail": "Memory not found"}
        assert stats["total_memories"] >= 2
        assert "VS Code" in tools["reply"]
        assert (legacy["memory_ids"][0], legacy["mode"]) == (store["memory"]["id"], "process")
        assert legacy["memories_used"][0]["content"] == DASHBOARD
        assert key["api_key"].startswith("mlive_")
        assert {row["name"] for row in keys["keys"]} >= {"Production Key"}
        assert revoke == {"detail": "API key not found"}
        assert {one["status"] for one in (summary, prune, maintenance)} == {"success"}
        assert prune["dry_run"] is True

    def test_lines_that_name_a_memory_and_a_key_find_one_that_is_there(self, live_server, api_key, session):
        with live_server.client(api_key) as client:
            memory = client.post("/v1/memory/", json={"content": "I like tea.", "external_user_id": JOHN}).json()["memory"]
            made = client.post("/v1/keys/", json={"name": "x"}, headers={"Authorization": f"Bearer {session}"}).json()
        answers = curls(live_server, api_key, session, memory=memory["id"], key=made["id"])
        assert answers[5][1]["memory"]["content"] == "I like tea."
        assert answers[6] == (200, {"status": "success", "message": "Memory deleted", "id": memory["id"]})
        assert answers[12] == (200, {"status": "success", "id": made["id"], "revoked": True})

    def test_without_a_key_every_line_is_401(self, live_server):
        assert {status for status, _ in curls(live_server, "mlive_abc123_nonsense", "nonsense")} == {401}
