"""3. The receipt: what became of every sentence, and why."""

from fundamentals.application import Application


async def test_what_is_not_remembered_has_its_reason(app: Application) -> None:
    """Not all that is said is worth remembering. "Nothing was stored" without a reason would be a riddle, so a receipt
    has a verdict for each piece: ADD with the memory that came of it, or NONE with the reason.
    """
    event_id = await app.send("Hello! What time is it? I love TypeScript.")
    await app.add("Bye.")  # of the same user: when this one is done, the earlier one is
    verdicts = (await app.receipt(event_id))["verdicts"]
    assert [(verdict["action"], verdict["text"], verdict["reason"]) for verdict in verdicts] == [
        ("ADD", "The user loves TypeScript.", "new"),
        ("NONE", "Hello", "nothing to remember: a greeting"),
        ("NONE", "What time is it", "nothing to remember: a question"),
    ]


async def test_all_receipts_of_an_account_are_listed(app: Application) -> None:
    """For a dashboard, or to find out afterwards what went on: newest first, by status where asked for."""
    await app.add("I love TypeScript.")
    await app.add("I live in Lisbon.")
    page = (await app.http.get("/v1/events/", params={"status": "SUCCEEDED"})).json()
    assert [event["results"][0]["data"]["memory"] for event in page["results"]] == [
        "The user lives in Lisbon.",
        "The user loves TypeScript.",
    ]
