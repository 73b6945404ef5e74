"""15. Sent twice: a client that got no answer may simply ask again."""

from fundamentals.application import Application, Register

HELLO = {"messages": "I love TypeScript.", "user_id": "alice", "infer": False}


async def test_the_same_key_is_the_same_event(app: Application) -> None:
    """The network breaks after the request and before the answer: was it accepted? With an `Idempotency-Key` the client needn't
    know. The event's id is made of the key, so the second request is the first one, and gets its answer.
    """
    answers = [(await app.http.post("/v3/memories/add/", json=HELLO, headers={"Idempotency-Key": "order-1"})).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len((await app.http.get("/v1/events/")).json()["results"]) == 1


async def test_the_key_is_your_own(app: Application, register: Register) -> None:
    """Another account that happens to use the same key is another story."""
    rival = await register("rival")
    mine = (await app.http.post("/v3/memories/add/", json=HELLO, headers={"Idempotency-Key": "order-1"})).json()
    theirs = (await rival.http.post("/v3/memories/add/", json=HELLO, headers={"Idempotency-Key": "order-1"})).json()
    assert mine["event_id"] != theirs["event_id"]
    assert await rival.knows() == await app.knows() == ["I love TypeScript."]
