"""Chat over a whole server with the built-in models: the quick start, and questions as people ask them."""

import time

import pytest
from server import Server

NOTES = [
    "User is building a SaaS dashboard in React",
    "User prefers dark mode and uses VS Code",
    "The user lives in Lisbon with their wife.",
    "The user's name is Alice.",
    "The user has a dog called Rex.",
    "The user is allergic to nuts.",
    "I prefer React over Vue for frontend work",
    "The user's sister Maria is a doctor.",
]


@pytest.fixture(scope="module")
def user(live_server: Server) -> str:
    """Somebody about whom all the notes are stored."""
    name = f"live{time.time_ns()}@example.com"
    with live_server.client() as client:
        for note in NOTES:
            answer = client.post("/v1/memory/", json={"content": note, "external_user_id": name})
            assert answer.status_code == 201, answer.text
    return name


@pytest.mark.parametrize(
    ("message", "reply", "used"),
    [
        ("What am I building?", "You are building a SaaS dashboard in React.", NOTES[0:1]),
        ("Where do I live?", "You live in Lisbon with your wife.", NOTES[2:3]),
        ("What's my name?", "Your name is Alice.", NOTES[3:4]),
        ("Do I have a dog?", "Yes, you have a dog called Rex.", NOTES[4:5]),
        ("am i allergic to anything", "Yes, you are allergic to nuts.", NOTES[5:6]),
        ("What frontend framework do I use?", "You prefer React over Vue for frontend work.", NOTES[6:7]),
        ("Who is Maria?", "Your sister Maria is a doctor.", NOTES[7:8]),
        ("What is my blood type?", "I do not know that about you yet.", []),
        ("What is the capital of France?", "I do not know that yet.", []),
        ("I will fly to Rome in May.", "Thank you for telling me.", []),
    ],
)
def test_the_built_in_models_answer(live_server: Server, user: str, message: str, reply: str, used: list[str]) -> None:
    with live_server.client() as client:
        answer = client.post("/v1/chat/", json={"message": message, "external_user_id": user})
    assert answer.json()["reply"] == reply
    assert [memory["memory_text"] for memory in answer.json()["used_memories"]] == used
    assert answer.json()["memory_created"] is True


def test_what_is_told_in_a_chat_is_known_in_the_next(live_server: Server, user: str) -> None:
    with live_server.client() as client:
        client.post("/v1/chat/", json={"message": "I work as a nurse at a children's hospital.", "external_user_id": user})
        deadline = time.monotonic() + 60
        while (reply := ask(client, user)) != "You work as a nurse at a children's hospital.":
            assert time.monotonic() < deadline, reply
            time.sleep(0.05)


def ask(client, user: str) -> str:  # type: ignore[no-untyped-def]
    body = {"message": "Where do I work?", "external_user_id": user, "stream": True}
    with client.stream("POST", "/v1/chat/", json=body) as answer:
        deltas = [line for line in answer.iter_lines() if line.startswith('data: {"delta"')]
    return str(deltas[0].removeprefix('data: {"delta":"').removesuffix('"}'))
