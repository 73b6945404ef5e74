"""4. The same thing, said again, is remembered once."""

from fundamentals.application import Application


async def test_a_repetition_is_recognised_in_other_words(app: Application) -> None:
    """People repeat themselves. A statement is held against its nearest neighbours among what is known of the same user."""
    await app.add("I love tea.")
    assert await app.add("I really love tea!") == []
    assert await app.add("i love tea") == []
    assert await app.knows() == ["The user loves tea."]


async def test_the_receipt_names_what_was_known_already(app: Application) -> None:
    """So that "nothing stored" can't be mistaken for a loss."""
    [known] = await app.add("I love tea.")
    again = await app.send("I really love tea!")
    await app.add("Bye.")
    [verdict] = (await app.receipt(again))["verdicts"]
    assert (verdict["action"], verdict["memory_id"]) == ("NONE", known["id"])
    assert verdict["reason"].startswith("already known")


async def test_two_users_may_love_the_same_tea(app: Application) -> None:
    """Known is what is known of this user; the other one's memory is a memory of its own."""
    await app.add("I love tea.", user="alice")
    [added] = await app.add("I love tea.", user="bob")
    assert added["event"] == "ADD"
