"""A day with Mem0's Python client, run by each generation of it in its own environment; prints what every call gave, as JSON.

scenario.py URL KEY 2x|1x|01x sync|async
"""

import asyncio
import inspect
import json
import os
import sys
import time
import types
import warnings
from operator import attrgetter

os.environ["MEM0_TELEMETRY"] = "False"
warnings.simplefilter("ignore")
# the package's root imports its self-hosted half, which wants a vector store; the client never uses it
sys.modules["qdrant_client"] = types.SimpleNamespace(QdrantClient=object)

from mem0 import AsyncMemoryClient, MemoryClient  # noqa: E402

UNKNOWN = "0190b3c4-0000-8000-8000-000000000000"
URL, KEY, GENERATION, FLAVOUR = sys.argv[1:]
USER = f"alice-{GENERATION}-{FLAVOUR}"
ODD = f"al ice/{GENERATION} {FLAVOUR}"


class Scenario:
    """Calls the client, sync or async, and keeps what it gave or raised under the step's name."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.client = self.run((AsyncMemoryClient if FLAVOUR == "async" else MemoryClient), api_key=KEY, host=URL)
        self.connection = self.client.async_client if FLAVOUR == "async" else self.client.client
        self.steps = {}

    def run(self, function, *args, **kwargs):
        async def settle():
            value = function(*args, **kwargs)
            return await value if inspect.isawaitable(value) else value

        return self.loop.run_until_complete(settle())

    def step(self, name, method, *args, **kwargs):
        try:
            self.steps[name] = self.run(attrgetter(method)(self.client), *args, **kwargs)
        except Exception as error:
            response = getattr(error, "response", None)
            status = getattr(response, "status_code", None) or getattr(error, "debug_info", {}).get("status_code")
            self.steps[name] = {"raised": type(error).__name__, "says": str(error), "status": status}
        return self.steps[name]

    def http(self, method, path):
        """The client's own connection, for what it has no method for."""
        return self.run(self.connection.request, method, path).json()

    def outcome(self, name, event_id):
        give_up = time.monotonic() + 60
        while True:
            event = self.http("GET", f"/v1/event/{event_id}/")
            if event["status"] in ("SUCCEEDED", "FAILED") or time.monotonic() > give_up:
                self.steps[name] = event
                return event
            time.sleep(0.02)


def by_user(user):
    """How this generation says whose memories it wants."""
    return {"filters": {"user_id": user}} if GENERATION == "2x" else {"user_id": user}


def rows(answer):
    return answer["results"] if isinstance(answer, dict) else answer


def added(answer):
    """The event of an add that is on its way."""
    return answer["event_id"] if "event_id" in answer else answer["results"][0]["event_id"]


def remember(at):
    learnt = at.step("add", "add", [{"role": "user", "content": "I live in Berlin and I love jasmine tea."}], user_id=USER, async_mode=True)
    at.outcome("event", added(learnt))
    said = [{"role": "user", "content": "My boat is called Marlin."}, {"role": "assistant", "content": "Marlin is moored in Kiel."}]
    at.step("add_verbatim", "add", said, user_id=USER, agent_id="bot", infer=False, metadata={"topic": "boats"}, **waiting())
    at.step("add_backdated", "add", "My bike is red.", user_id=USER, infer=False, timestamp=1_700_000_000, **waiting())
    at.step("add_to_nobody", "add", "Hello there.")
    at.step("add_nothing", "add", [], user_id=USER)


def waiting():
    """1.x asks for an answer at once unless told otherwise."""
    return {"async_mode": False} if GENERATION == "1x" else {}


def read(at):
    at.step("search", "search", "What is the boat called?", **by_user(USER))
    at.step("search_vague", "search", "What do you know about me?", **by_user(USER))
    at.step("search_stranger", "search", "boat", **by_user("nobody"))
    at.step("search_nobody", "search", "boat")
    at.step("search_wrong_filter", "search", "boat", **versioned(filters={"user_id": USER, "colour": "red"}))
    at.step("search_filtered", "search", "boat", **versioned(filters={"AND": [{"user_id": USER}, {"metadata": {"topic": "boats"}}]}))
    everything = at.step("get_all", "get_all", **by_user(USER))
    at.step("get_page", "get_all", page=1, page_size=2, **by_user(USER))
    at.step("get", "get", rows(everything)[0]["id"])
    at.step("get_wrong_id", "get", "nonexistent-memory-id-12345")
    at.step("get_unknown", "get", UNKNOWN)
    at.step("users", "users")


def versioned(**kwargs):
    """The oldest generation speaks v1 unless told otherwise."""
    return kwargs | {"version": "v2"} if GENERATION == "01x" else kwargs


def administer(at):
    at.step("project", "project.get", fields=["custom_categories"])
    at.step("project_updated", "project.update", custom_instructions="Be brief.", custom_categories=[{"ships": "Boats and ships"}, "music"])
    at.step("project_now", "project.get")
    at.step("add_in_project", "add", "I play the violin.", user_id=USER, infer=False, **waiting())
    at.step("get_in_project", "get", rows(at.steps["add_in_project"])[0]["id"])
    if (GENERATION, FLAVOUR) == ("1x", "sync"):  # the one client that knows all of them
        at.step("project_updated_whole", "update_project", inclusion_prompt="boats", enable_graph=False, version="v2", memory_depth="deep")
        at.step("project_whole", "get_project")
        at.step("project_emptied", "update_project", inclusion_prompt="")
    at.step("project_restored", "project.update", custom_instructions="", custom_categories=[])
    at.step("project_restored_now", "get_project")
    at.step("member_added", "project.add_member", "ada@example.com", "READER")
    at.step("member_updated", "project.update_member", "ada@example.com", "OWNER")
    at.step("members", "project.get_members")
    at.step("member_removed", "project.remove_member", "ada@example.com")
    at.step("feedback", "feedback", rows(at.steps["get_all"])[0]["id"], "POSITIVE", "just so")
    at.step("summary", "get_summary", filters={"user_id": USER})
    webhooks(at)
    other_project(at, at.step("project_created", "project.create", "side")["project_id"])
    if GENERATION == "2x":
        profiles(at)


def webhooks(at):
    project = at.http("GET", "/v1/ping/")["project_id"]
    made = at.step("webhook", "create_webhook", "http://127.0.0.1:9/hook", "crm", project, ["memory_add", "memory_categorize"])
    at.step("webhook_updated", "update_webhook", made["webhook_id"], "crm, new", None, ["memory_delete"])
    at.step("webhooks", "get_webhooks", project)
    at.step("webhook_deleted", "delete_webhook", made["webhook_id"])
    at.step("webhooks_after", "get_webhooks", project)
    at.step("webhook_deleted_again", "delete_webhook", made["webhook_id"])


def other_project(at, project_id):
    """Older clients choose a project when they are made; the newest leave that to the key."""
    if GENERATION != "2x":
        kind = AsyncMemoryClient if FLAVOUR == "async" else MemoryClient
        side = at.run(kind, api_key=KEY, host=URL, org_id=at.client.org_id, project_id=project_id)
        at.steps["side_added"] = at.run(side.add, "My locker code is 22.", user_id=USER, infer=False, **waiting())
        at.steps["side_all"] = at.run(side.get_all, **by_user(USER))
        at.steps["side_deleted"] = at.run(side.project.delete)
        at.step("get_all_beside_it", "get_all", **by_user(USER))
    try:
        MemoryClient(api_key=KEY, host=URL, **({} if GENERATION == "2x" else {"org_id": "org_x", "project_id": "proj_y"}))
    except ValueError as error:
        at.steps["wrong_project"] = str(error)


def profiles(at):
    schema = {"type": "object", "properties": {"Ship": {"type": "string", "description": "Boats and ships of the user"}}}
    at.step("profile_settings", "update_profile_settings", enabled=True, schema=schema)
    at.step("profile_settings_now", "get_profile_settings")
    at.step("profile_job", "generate_profile", USER, idempotency_key=f"{USER}-1")
    at.step("profile_job_again", "generate_profile", USER, idempotency_key=f"{USER}-1")
    at.step("profile_sample", "sample_profiles", limit=2)
    give_up = time.monotonic() + 60
    while at.step("profile", "get_profile", USER)["status"] == "pending" and time.monotonic() < give_up:
        time.sleep(0.05)
    at.step("profile_job_done", "get_profile_job", at.steps["profile_job"]["status_url"])
    at.step("profile_of_nobody", "get_profile", "nobody")
    at.step("profile_bad_schema", "update_profile_settings", schema={"properties": {"a": {"type": "string"}}})


def export(at):
    schema = {"properties": {"boat": {"type": "string", "description": "What the boat is called"}, "facts": {"type": "array"}}}
    by_text = GENERATION == "01x"
    ordered = at.step("export_ordered", "create_memory_export", json.dumps(schema) if by_text else schema, **by_filter(USER))
    give_up = time.monotonic() + 60
    while "raised" in at.step("export", "get_memory_export", memory_export_id=ordered["id"]) and time.monotonic() < give_up:
        time.sleep(0.02)
    at.step("export_by_filter", "get_memory_export", **by_filter(USER))
    at.step("export_unknown", "get_memory_export", memory_export_id=UNKNOWN)
    at.step("export_bad_schema", "create_memory_export", "name, age", **by_filter(USER))


def by_filter(user):
    """Whose export, as every generation may say it."""
    return {"filters": {"AND": [{"user_id": user}]}} if GENERATION == "2x" else {"user_id": user}


def change(at):
    boat = next(row["id"] for row in rows(at.steps["get_all"]) if "Marlin" in row["memory"] and "moored" not in row["memory"])
    bike = next(row["id"] for row in rows(at.steps["get_all"]) if "bike" in row["memory"])
    at.step("update", "update", boat, text="My boat is called Swordfish.", metadata={"topic": "ships"})
    at.step("get_updated", "get", boat)
    at.step("search_updated", "search", "Swordfish", **by_user(USER))
    at.step("batch_update", "batch_update", [{"memory_id": bike, "text": "My bike is blue."}])
    at.step("get_batch_updated", "get", bike)
    at.step("history", "history", boat)
    at.step("update_unknown", "update", UNKNOWN, text="x")
    at.step("delete", "delete", boat)
    at.step("delete_again", "delete", boat)
    at.step("history_of_deleted", "history", boat)
    at.step("batch_delete", "batch_delete", [{"memory_id": bike}])
    at.step("get_batch_deleted", "get", bike)


def forget(at):
    at.step("delete_all_of_all", "delete_all")
    at.step("delete_all", "delete_all", user_id=USER)
    at.step("get_all_after", "get_all", **by_user(USER))
    at.step("add_odd", "add", "I am odd.", user_id=ODD, infer=False, **waiting())
    at.step("delete_odd", "delete_users", user_id=ODD)
    at.step("get_odd", "get_all", **by_user(ODD))
    at.step("add_more", "add", "I am back.", user_id=USER, infer=False, **waiting())
    at.step("reset", "reset")
    at.step("users_after", "users")
    at.steps["events"] = at.http("GET", "/v1/events/")


def main():
    at = Scenario()
    for part in (remember, read, administer, export, change, forget):
        part(at)
    at.connection.headers["Authorization"] = f"Token {KEY}x"
    at.step("stranger", "get_all", **by_user(USER))
    try:
        MemoryClient(api_key=KEY + "x", host=URL)
    except ValueError as error:
        at.steps["wrong_key"] = str(error)
    print(json.dumps(at.steps))


main()
