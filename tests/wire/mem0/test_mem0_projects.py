"""Projects: their settings are the defaults of later adds, their memories are nobody else's."""

from typing import Any

import httpx

from core.issuing import issue_key
from core.projects import Projects
from core.resources import Resources
from core.store.records import Records
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.project import HOME, ProjectSettings, organisation, place_of, pool_of
from schemas.scope import Scope

Client = httpx.AsyncClient
ORG = "/api/v1/orgs/organizations/acme"
HERE = f"{ORG}/projects/default/"
NONSENSE: tuple[dict[str, Any], ...] = (
    {},
    {"colour": "red"},
    {"custom_categories": "travel"},
    {"custom_categories": [{"travel": 5}]},
    {"custom_categories": [" "]},
    {"custom_instructions": "x" * 10_001},
    {"name": None},
    {"retrieval_criteria": [{"x": "y" * 70_000}]},
)


async def added(client: Client, text: str, **fields: Any) -> list[dict[str, Any]]:
    answer = await client.post("/v1/memories/", json={"messages": text, "user_id": "alice", **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def made(client: Client, name: str = "side") -> str:
    answer = await client.post(f"{ORG}/projects/", json={"name": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["project_id"])


async def listed(client: Client, **where: str) -> list[str]:
    answer = await client.post("/v3/memories/", json={"filters": {"user_id": "alice"}, **where})
    assert answer.status_code == 200, answer.text
    return [row["memory"] for row in answer.json()["results"]]


class TestSettings:
    async def test_what_was_set_is_given_back_whole_and_an_empty_text_clears(self, sleepy: Client) -> None:
        sent = {
            "custom_instructions": "Be brief.",
            "custom_categories": ["travel", {"allergies": "What must not be eaten"}],
            "inclusion_prompt": "food",
            "multilingual": True,
            "decay": False,
            "memory_depth": "deep",
            "usecase_setting": "support",
            "retrieval_criteria": [{"name": "joy", "description": "how glad", "weight": 2}],
            "enable_graph": True,
            "version": "v2",
        }
        answer = await sleepy.patch(HERE, json={**sent, "org_id": "acme", "project_id": "default", "colour": "red"})
        assert (answer.status_code, answer.json()["message"]) == (200, "Project updated successfully")
        project = (await sleepy.get(HERE, params={"fields": ["custom_categories"], "org_id": "acme"})).json()
        assert {name: project[name] for name in sent} == sent
        assert (project["is_default"], project["agent_custom_instructions"]) == (True, None)
        await sleepy.patch(HERE, json={"custom_instructions": "", "custom_categories": [], "version": None})
        project = (await sleepy.get(HERE)).json()
        assert (project["custom_instructions"], project["custom_categories"], project["version"]) == (None, None, None)
        assert project["inclusion_prompt"] == "food"

    async def test_what_makes_no_sense_is_refused_and_changes_nothing(self, sleepy: Client) -> None:
        before = (await sleepy.get(HERE)).json()
        for body in NONSENSE:
            answer = await sleepy.patch(HERE, json=body)
            assert answer.status_code == 400, body
            assert answer.json()["error"] == answer.json()["detail"] == answer.json()["message"]
        assert (await sleepy.get(HERE)).json() == before

    async def test_adds_follow_them_from_the_answer_on_and_a_call_says_otherwise_for_itself(self, client: Client) -> None:
        await client.patch(HERE, json={"custom_categories": ["tea", "pets"], "exclusion_prompt": "coffee"})
        await added(client, "I love green tea. I hate coffee.")
        rows = (await client.post("/v3/memories/", json={"filters": {"user_id": "alice"}})).json()["results"]
        assert [(row["memory"], row["categories"]) for row in rows] == [("The user loves green tea.", ["tea"])]
        await added(client, "I hate coffee.", excludes="wine", custom_categories=[{"hates": "What somebody hates"}])
        rows = (await client.post("/v3/memories/", json={"filters": {"user_id": "alice"}})).json()["results"]
        assert {row["memory"]: row["categories"] for row in rows}["The user hates coffee."] == ["hates"]

    async def test_another_process_follows_at_once(self, resources: Resources) -> None:
        here, there = (Projects(Records(resources.store), resources.keys, resources.redis) for _ in range(2))
        assert await there.settings("acme") == ProjectSettings()
        settings = ProjectSettings(custom_instructions="Be brief.")
        await here.change("acme", HOME, lambda project: project.model_copy(update={"settings": settings}))
        assert await there.settings("acme") == settings
        assert await there.settings("other") == ProjectSettings()


def test_an_add_about_an_agent_gets_the_agents_instructions() -> None:
    settings = ProjectSettings(custom_instructions="all", agent_custom_instructions="agents", custom_categories=("a", {"b": "c"}))
    said = (Message(role="user", content="Hi"),)
    filled = {
        name: settings.filled(MessagesReceived(scope=Scope(owner="acme", **ids), messages=said)).instructions
        for name, ids in {"user": {"user": "u"}, "both": {"user": "u", "agent": "a"}, "agent": {"agent": "a"}}.items()
    }
    assert filled == {"user": "all", "both": "all", "agent": "agents"}
    own = MessagesReceived(scope=Scope(owner="acme", user="u"), messages=said, instructions="own", categories={"x": "y"})
    assert settings.filled(own) == own
    verbatim = settings.filled(MessagesReceived(scope=Scope(owner="acme", user="u"), messages=said, infer=False))
    assert (verbatim.instructions, verbatim.categories) == (None, {"a": "", "b": "c"})


class TestPools:
    async def test_a_projects_memories_are_seen_in_it_alone(self, client: Client) -> None:
        side = await made(client)
        await added(client, "My locker code is 11.", infer=False)
        [row] = await added(client, "My locker code is 22.", infer=False, project_id=side, org_id="acme")
        assert await listed(client) == await listed(client, project_id="default") == ["My locker code is 11."]
        assert await listed(client, project_id=side) == ["My locker code is 22."]
        assert (await client.get(f"/v1/memories/{row['id']}/")).status_code == 404
        assert (await client.get(f"/v1/memories/{row['id']}/", params={"project_id": side})).status_code == 200
        found = await client.post("/v2/memories/search/", json={"query": "locker code", "user_id": "alice", "project_id": side})
        assert [hit["memory"] for hit in found.json()] == ["My locker code is 22."]
        await client.request("DELETE", "/v1/memories/", params={"user_id": "alice", "project_id": side})
        assert (await listed(client), await listed(client, project_id=side)) == (["My locker code is 11."], [])

    async def test_what_is_not_the_keys_is_refused_wherever_it_is_named(self, sleepy: Client) -> None:
        for named in ({"project_id": "proj_" + "0" * 24}, {"project_id": "other"}, {"org_id": "evil"}, {"org_id": "*"}):
            place = f"{named.get('org_id', 'acme')}/projects/{named.get('project_id', 'default')}/"
            asked = [
                await sleepy.get("/v1/ping/", params=named),
                await sleepy.post("/v3/memories/", json={"filters": {"user_id": "alice"}, **named}),
                await sleepy.post("/v1/memories/", json={"messages": "Hi", "user_id": "alice", **named}),
                await sleepy.get(f"/api/v1/orgs/organizations/{place}"),
            ]
            assert {answer.status_code for answer in asked} == {404}
            assert "leave" in asked[0].json()["detail"]

    async def test_one_who_names_two_is_told_so(self, sleepy: Client) -> None:
        side = await made(sleepy)
        answer = await sleepy.patch(HERE, json={"custom_instructions": "x", "project_id": side})
        assert answer.status_code == 400
        assert (await sleepy.post("/v3/memories/", json={"filters": {"user_id": "a"}, "project_id": 5})).status_code == 400

    async def test_another_accounts_project_is_none(self, sleepy: Client, connect: Any) -> None:
        side = await made(sleepy)
        stranger = await connect("other")
        assert (await stranger.get("/v1/ping/", params={"project_id": side})).status_code == 404
        assert (await stranger.get(f"{ORG}/projects/{side}/")).status_code == 404
        assert [row["project_id"] for row in (await stranger.get("/api/v1/orgs/organizations/other/projects/")).json()] == ["default"]

    async def test_a_key_made_for_a_project_opens_it_and_nothing_else(self, client: Client, resources: Resources, connect: Any) -> None:
        side = await made(client)
        own = await connect(pool_of("acme", side))
        pong = (await own.get("/v1/ping/")).json()
        assert (pong["org_id"], pong["project_id"]) == ("acme", side)
        await added(own, "My locker code is 22.", infer=False)
        assert await listed(client, project_id=side) == ["My locker code is 22."]
        await own.patch(f"{ORG}/projects/{side}/", json={"custom_instructions": "x"})
        assert (await client.get(f"{ORG}/projects/{side}/")).json()["custom_instructions"] == "x"
        assert (await own.get("/v1/ping/", params={"project_id": "default"})).status_code == 404
        assert (await own.post(f"{ORG}/projects/", json={"name": "more"})).status_code == 403
        assert [row["project_id"] for row in (await own.get(f"{ORG}/projects/")).json()] == [side]

    async def test_a_deleted_project_is_gone_with_its_memories_and_keys(self, client: Client, resources: Resources) -> None:
        side = await made(client)
        await added(client, "My locker code is 22.", infer=False, project_id=side)
        key = await issue_key(resources.keys, pool_of("acme", side), "side")
        assert (await client.delete(f"{ORG}/projects/{side}/")).status_code == 200
        assert (await client.get(f"{ORG}/projects/{side}/")).status_code == 404
        assert await resources.keys.find_by_hash((await resources.keys.list(key.owner))[0].hash) is None
        assert list(await resources.reader.entities(key.owner)) == []
        assert (await client.delete(HERE)).status_code == 409

    async def test_a_plan_with_limits_has_one_project(self, sleepy: Client, resources: Resources) -> None:
        await resources.keys.create_owner("acme", "acme")
        await resources.keys.set_plan("acme", "free")
        assert (await sleepy.post(f"{ORG}/projects/", json={"name": "side"})).status_code == 403


async def test_members_are_listed_changed_and_removed(sleepy: Client) -> None:
    path = f"{HERE}members/"
    for _ in range(2):
        assert (await sleepy.post(path, json={"email": "ada@example.com", "role": "READER"})).status_code == 200
    assert (await sleepy.put(path, json={"email": "ada@example.com", "role": "OWNER"})).status_code == 200
    member = {"email": "ada@example.com", "username": "ada@example.com", "role": "OWNER"}
    assert (await sleepy.get(path)).json()["members"] == (await sleepy.get(HERE)).json()["members"] == [member]
    refused = [
        await sleepy.post(path, json={"email": "ada@example.com", "role": "READER"}),
        await sleepy.post(path, json={"email": "nobody", "role": "READER"}),
        await sleepy.put(path, json={"email": "eve@example.com", "role": "OWNER"}),
        await sleepy.delete(path, params={"email": "eve@example.com"}),
    ]
    assert [answer.status_code for answer in refused] == [409, 400, 404, 404]
    assert (await sleepy.delete(path, params={"email": "ada@example.com"})).json()["members"] == []


def test_a_pool_is_one_projects_of_one_account() -> None:
    side = "proj_" + "0a" * 12
    assert place_of(pool_of("acme", side)) == ("acme", side)
    assert place_of("acme:blue") == ("acme:blue", HOME)
    assert organisation("acme") == "acme"
    assert organisation("a b/c").startswith("org_")
