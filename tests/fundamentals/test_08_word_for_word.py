"""8. Word for word: what your application has already thought about is stored as it is."""

from fundamentals.application import Application


async def test_without_inference_each_message_is_a_memory(app: Application) -> None:
    """`infer: false` skips the extractor: nothing is left out, reworded or corrected, and it is found like all the others."""
    notes = [
        {"role": "user", "content": "Deploys happen on Tuesdays. Never on Fridays!"},
        {"role": "assistant", "content": "Noted: the release train leaves at noon."},
    ]
    await app.add(notes, infer=False)
    assert await app.knows() == ["Deploys happen on Tuesdays. Never on Fridays!", "Noted: the release train leaves at noon."]
    assert (await app.finds("On which days do we deploy?"))[0].startswith("Deploys happen")


async def test_only_the_very_same_words_are_the_same(app: Application) -> None:
    """Whoever stores word for word means every word: other words are another memory, and contradict nothing."""
    for words in ("Tea at five.", "tea at five", "Tea at six."):
        await app.add(words, infer=False)
    assert await app.knows() == ["Tea at five.", "Tea at six."]
