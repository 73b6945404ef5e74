"""Mem0's own clients, three generations of Python and the JavaScript one, against a whole running Mneme."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server import Server
from wire.environments import NODE, node, python_of

SCENARIO = Path(__file__).parent / "scenario.py"
GENERATIONS = ("2x", "1x", "01x")
_TIMEOUT_S = 200
Steps = dict[str, Any]


@pytest.fixture(scope="module")
def api_key(live_server: Server) -> str:
    """A key of an account of these tests' own: clients that reset wipe it."""
    return live_server.mneme("key", "create", "--owner", "mem0-clients").strip()


@pytest.fixture(scope="module", params=[(generation, flavour) for generation in GENERATIONS for flavour in ("sync", "async")], ids="-".join)
def python(request: pytest.FixtureRequest, live_server: Server, api_key: str) -> Steps:
    """What each call of the scenario gave, by one generation of the Python client."""
    generation, flavour = request.param
    interpreter = python_of(f"mem0-{generation}")
    steps = _run(str(interpreter), str(SCENARIO), live_server.url, api_key, generation, flavour)
    return {**steps, "generation": generation, "flavour": flavour}


@pytest.fixture(scope="module")
def javascript(live_server: Server, api_key: str) -> Steps:
    """What each call of the scenario gave, by the JavaScript client."""
    program = node()
    if program is None:
        pytest.skip("there is no node on this machine")
    return _run(program, str(NODE / "mem0.mjs"), live_server.url, api_key)


def _run(*command: str) -> Steps:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    steps: Steps = json.loads(done.stdout.splitlines()[-1])
    return steps


def rows(answer: Any) -> list[dict[str, Any]]:
    """Of a list, which older clients give for some calls, or of an envelope."""
    found: list[dict[str, Any]] = answer["results"] if isinstance(answer, dict) else answer
    return found


def texts(answer: Any) -> list[str]:
    return [row["memory"] for row in rows(answer)]


class TestPython:
    def test_an_add_is_learnt_from_in_the_background(self, python: Steps) -> None:
        event = python["event"]
        assert (event["status"], event["error"]) == ("SUCCEEDED", None)
        assert any("Berlin" in result["data"]["memory"] for result in event["results"])

    def test_word_for_word_adds_answer_with_what_was_stored(self, python: Steps) -> None:
        assert [row["data"]["memory"] for row in rows(python["add_verbatim"])] == ["My boat is called Marlin.", "Marlin is moored in Kiel."]
        assert {row["event"] for row in rows(python["add_verbatim"])} == {"ADD"}

    def test_searches_find_what_was_said(self, python: Steps) -> None:
        assert "Marlin" in texts(python["search"])[0]
        assert 0 < rows(python["search"])[0]["score"] <= 1
        assert rows(python["search_vague"])
        assert rows(python["search_stranger"]) == []
        assert {row["metadata"]["topic"] for row in rows(python["search_filtered"])} == {"boats"}

    def test_lists_are_whole_or_in_pages(self, python: Steps) -> None:
        everything = texts(python["get_all"])
        assert {"My boat is called Marlin.", "Marlin is moored in Kiel.", "My bike is red."} <= set(everything)
        page = python["get_page"]
        assert (len(page["results"]), page["count"], page["previous"]) == (2, len(everything), None)
        assert page["next"]
        assert python["get"] == rows(python["get_all"])[0]

    def test_a_timestamp_backdates(self, python: Steps) -> None:
        bike = next(row for row in rows(python["get_all"]) if "bike" in row["memory"])
        assert bike["created_at"].startswith("2023-11-14T22:13:20")

    def test_a_changed_memory_reads_and_is_found_as_it_is_now(self, python: Steps) -> None:
        assert python["update"]["memory"] == "My boat is called Swordfish."
        assert (python["get_updated"]["memory"], python["get_updated"]["metadata"]) == ("My boat is called Swordfish.", {"topic": "ships"})
        assert "My boat is called Swordfish." in texts(python["search_updated"])
        assert python["batch_update"] == {**python["batch_update"], "message": "Successfully updated 1 memories"}
        assert python["get_batch_updated"]["memory"] == "My bike is blue."

    def test_a_project_is_configured_and_later_adds_follow_it(self, python: Steps) -> None:
        assert python["project"]["custom_categories"] is None
        assert python["project_updated"]["message"] == "Project updated successfully"
        now = python["project_now"]
        assert (now["custom_instructions"], now["custom_categories"]) == ("Be brief.", [{"ships": "Boats and ships"}, "music"])
        assert python["get_in_project"]["categories"] == ["music"]
        restored = python["project_restored_now"]
        assert (restored["custom_instructions"], restored["custom_categories"]) == (None, None)
        if "project_whole" in python:
            kept = {"inclusion_prompt": "boats", "enable_graph": False, "version": "v2", "memory_depth": "deep"}
            assert {name: python["project_whole"][name] for name in kept} == kept
            assert "message" in python["project_emptied"]

    def test_members_are_added_changed_listed_and_removed(self, python: Steps) -> None:
        assert [row["role"] for row in python["member_added"]["members"]] == ["READER"]
        assert [(row["email"], row["role"]) for row in python["members"]["members"]] == [("ada@example.com", "OWNER")]
        assert python["member_removed"]["members"] == []

    def test_another_project_has_memories_of_its_own(self, python: Steps) -> None:
        assert python["project_created"]["project_id"].startswith("proj_")
        if python["generation"] != "2x":
            assert texts(python["side_all"]) == ["My locker code is 22."]
            assert "My locker code is 22." not in texts(python["get_all_beside_it"])
            assert "message" in python["side_deleted"]
            assert "opens no organisation" in python["wrong_project"]

    def test_feedback_and_summaries(self, python: Steps) -> None:
        if python["generation"] == "2x":
            assert (python["feedback"]["feedback"], python["feedback"]["feedback_reason"]) == ("POSITIVE", "just so")
        else:  # older clients trip over their own telemetry, after the answer
            assert "capture_client_event" in python["feedback"]["says"]
        assert "Marlin" in python["summary"]["summary"]

    def test_profiles_are_configured_made_and_read(self, python: Steps) -> None:
        if python["generation"] != "2x":
            return
        assert python["profile_settings"] == python["profile_settings_now"]
        assert list(python["profile_settings"]["entities"]["user"]["schema"]["properties"]) == ["Ship"]
        job, again = python["profile_job"], python["profile_job_again"]
        assert (job["job_id"], job["replayed"], again["replayed"]) == (again["job_id"], False, True)
        assert python["profile_sample"]["sampled"] == len(python["profile_sample"]["entity_ids"]) >= 1
        assert (python["profile"]["status"], "Marlin" in python["profile"]["profile"]["Ship"]) == ("succeeded", True)
        assert python["profile_job_done"]["job"]["operation"] == "trigger"
        assert (python["profile_of_nobody"]["raised"], python["profile_bad_schema"]["raised"]) == ("MemoryNotFoundError", "ValidationError")

    def test_history_is_readable_after_the_deletion(self, python: Steps) -> None:
        assert [row["event"] for row in python["history"]] == ["ADD", "UPDATE"]
        assert [row["event"] for row in python["history_of_deleted"]] == ["ADD", "UPDATE", "DELETE"]

    def test_what_is_deleted_is_gone(self, python: Steps) -> None:
        assert python["delete"] == {"message": "Memory deleted successfully!"}
        assert python["batch_delete"]["message"] == "Successfully deleted 1 memories"
        assert "message" in python["delete_all"]
        assert rows(python["get_all_after"]) == []

    def test_users_are_listed_and_deleted_whatever_their_names(self, python: Steps) -> None:
        user = f"alice-{python['generation']}-{python['flavour']}"
        assert ("user", user) in {(row["type"], row["name"]) for row in python["users"]["results"]}
        assert python["delete_odd"] == {"message": "Entity deleted successfully."}
        assert rows(python["get_odd"]) == []
        assert "raised" not in python["reset"]
        assert python["users_after"]["results"] == []

    def test_mistakes_are_the_exceptions_the_client_documents(self, python: Steps) -> None:
        refused = ("add_to_nobody", "add_nothing", "search_nobody", "search_wrong_filter", "get_wrong_id", "delete_all_of_all")
        missing = ("get_unknown", "update_unknown", "delete_again", "get_batch_deleted")
        assert {name: python[name].get("status") for name in refused} == dict.fromkeys(refused, 400)
        assert {name: python[name].get("status") for name in missing} == dict.fromkeys(missing, 404)
        assert python["stranger"]["status"] == 401
        if python["flavour"] == "sync" or python["generation"] == "2x":  # older async clients pass on what httpx raised
            assert {python[name]["raised"] for name in refused} == {"ValidationError"}
            assert {python[name]["raised"] for name in missing} == {"MemoryNotFoundError"}
            assert python["stranger"]["raised"] == "AuthenticationError"
            assert "colour" in python["search_wrong_filter"]["says"]

    def test_an_export_has_the_shape_of_the_schema(self, python: Steps) -> None:
        assert "Marlin" in python["export"]["boat"]
        assert "My bike is red." in python["export"]["facts"]
        assert python["export_by_filter"] == python["export"]
        assert (python["export_unknown"]["status"], python["export_bad_schema"]["status"]) == (404, 400)

    def test_webhooks_are_made_changed_listed_and_deleted(self, python: Steps) -> None:
        made = python["webhook"]
        assert (made["url"], made["event_types"]) == ("http://127.0.0.1:9/hook", ["memory_add", "memory_categorize"])
        assert python["webhook_updated"] == {"message": "Webhook updated successfully"}
        [listed] = python["webhooks"]
        assert (listed["webhook_id"], listed["name"], listed["event_types"]) == (made["webhook_id"], "crm, new", ["memory_delete"])
        assert (made["secret"][:6], "secret" in listed) == ("whsec_", False)
        assert (python["webhook_deleted"], python["webhooks_after"]) == ({"message": "Webhook deleted successfully"}, [])
        assert python["webhook_deleted_again"]["status"] == 404

    def test_a_wrong_key_is_refused_when_the_client_is_made(self, python: Steps) -> None:
        assert python["wrong_key"] == "Error: Invalid API key"

    def test_every_call_left_an_event_that_says_what_became_of_it(self, python: Steps) -> None:
        assert {row["event_type"] for row in python["events"]["results"]} == {"ADD", "UPDATE", "DELETE"}
        assert {row["status"] for row in python["events"]["results"]} == {"SUCCEEDED"}


class TestJavaScript:
    def test_the_whole_day_goes_well(self, javascript: Steps) -> None:
        missteps = {"add_to_nobody", "search_nobody", "get_wrong_id", "get_unknown", "delete_again", "stranger"}
        assert {name for name, answer in javascript.items() if isinstance(answer, dict) and "raised" in answer} == missteps

    def test_mistakes_are_the_exceptions_the_client_documents(self, javascript: Steps) -> None:
        kind: Callable[[str], str] = lambda name: javascript[name]["raised"]  # noqa: E731
        assert {kind("add_to_nobody"), kind("search_nobody"), kind("get_wrong_id")} == {"ValidationError"}
        assert {kind("get_unknown"), kind("delete_again")} == {"MemoryNotFoundError"}
        assert kind("stranger") == "AuthenticationError"

    def test_what_was_said_is_learnt_and_found(self, javascript: Steps) -> None:
        assert javascript["add"]["status"] == "PENDING"
        assert any("Berlin" in result["data"]["memory"] for result in javascript["event"]["results"])
        assert javascript["add_verbatim"]["results"][0]["event"] == "ADD"
        assert "Marlin" in javascript["search"]["results"][0]["memory"]
        assert javascript["search_vague"]["results"]

    def test_fields_arrive_under_the_clients_own_names(self, javascript: Steps) -> None:
        boat = javascript["get"]
        assert (boat["userId"], boat["metadata"], boat["expirationDate"]) == ("alice-npm", {"topicName": "boats"}, None)
        bike = next(row for row in javascript["get_all"]["results"] if "bike" in row["memory"])
        assert (bike["expirationDate"], bike["createdAt"][:10]) == ("2099-12-31", "2023-11-14")
        assert javascript["clear_expiration"]["expirationDate"] is None
        assert all(isinstance(row["id"], str) for row in javascript["users"]["results"])

    def test_projects_feedback_and_profiles(self, javascript: Steps) -> None:
        assert javascript["project"]["customCategories"] == [{"ships": "Boats and ships"}, "music"]
        assert (javascript["feedback"]["feedback"], javascript["feedback"]["feedbackReason"]) == ("VERY_NEGATIVE", "sold")
        assert list(javascript["profile_settings_now"]["entities"]["user"]["schema"]["properties"]) == ["Old_Ship"]
        assert (javascript["profile_job"]["replayed"], javascript["profile_job_again"]["replayed"]) == (False, True)
        assert javascript["profile_sample"]["entityIds"]
        assert "Marlin" in javascript["profile"]["profile"]["Old_Ship"]
        assert javascript["profile_job_done"]["job"]["operation"] == "trigger"

    def test_an_export_has_the_shape_of_the_schema(self, javascript: Steps) -> None:
        assert "Marlin" in next(iter(javascript["export"].values()))
        assert javascript["export_by_filter"] == javascript["export"]

    def test_webhooks_are_made_changed_listed_and_deleted(self, javascript: Steps) -> None:
        [listed] = javascript["webhooks"]
        assert (listed["webhookId"], listed["eventTypes"]) == (javascript["webhook"]["webhookId"], ["memory_update"])
        assert javascript["webhook_deleted"]["message"]

    def test_lists_changes_and_deletions_tell_the_truth(self, javascript: Steps) -> None:
        page = javascript["get_page"]
        assert (len(page["results"]), page["count"], bool(page["next"])) == (2, len(javascript["get_all"]["results"]), True)
        assert javascript["get_updated"]["memory"] == "My boat is called Swordfish."
        assert [row["event"] for row in javascript["history"]] == ["ADD", "UPDATE"]
        assert javascript["get_all_after"]["results"] == javascript["get_odd"]["results"] == javascript["users_after"]["results"] == []
