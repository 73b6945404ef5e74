"""An embedding model behind litellm: unit vectors of the promised length, in order, for any text."""

import numpy as np
import pytest
from fake_openai import FakeOpenAI, Garbles, Refuses, Request

from core.models.embedding import open_embedder
from core.models.litellm_embedding import LitellmEmbedder
from schemas.errors import BadInput, Refused, Unreadable, UpstreamFailed

pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # the OpenAI client's, about odd answers


async def test_vectors_come_in_order_and_of_unit_length(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    texts = [f"text number {i}" for i in range(300)]
    vectors = await remote.embed(texts)
    expected = np.array([provider.vector(text) for text in texts])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, expected, atol=1e-5)
    assert len(provider.requests) == 3


async def test_the_index_of_a_vector_counts_not_its_place(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    straight = await remote.embed(["a", "b"])
    provider.shuffled = True
    assert np.allclose(await remote.embed(["a", "b"]), straight)


async def test_no_texts_no_call(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    assert (await remote.embed([])).shape == (0, 16)
    assert provider.requests == []


@pytest.mark.parametrize(
    "text", ["", " \n", "\0", "\ud800", "😀", "x" * 1_000_000], ids=["empty", "blank", "NUL", "surrogate", "emoji", "1 MB"]
)
async def test_any_text_has_a_vector(remote: LitellmEmbedder, provider: FakeOpenAI, text: str) -> None:
    """Providers refuse empty texts, and whole batches for one that is too long."""

    def strict(request: Request) -> Refuses | None:
        return Refuses(400, "invalid input") if any(not t.strip() or len(t) > 8_000 for t in request.body["input"]) else None

    provider.embeddings.append(strict)
    vectors = await remote.embed(["hello", text])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_a_text_too_long_for_the_model_is_cut_and_its_neighbours_are_not(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    provider.embeddings.append(lambda request: Refuses(400, "too long") if any(len(t) > 1_000 for t in request.body["input"]) else None)
    fits, long = "word " * 190, "other " * 900
    vectors = await remote.embed([fits, long, fits])
    alone = await remote.embed([fits])
    assert np.allclose(vectors[[0, 2]], alone, atol=1e-5)
    sent = {text for request in provider.requests for text in request.body["input"]}
    assert fits in sent
    assert any(500 < len(text) <= 1_000 and long.startswith(text) for text in sent)


async def test_a_text_refused_even_when_short_is_an_error(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    provider.embeddings.append(Refuses(400, "against our policy"))
    with pytest.raises(Refused, match="against our policy"):
        await remote.embed(["hello", "there"])


async def test_a_wrong_dimension_says_which_setting_to_change(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    """And the work waits until it is."""
    provider.dimension = 24
    with pytest.raises(UpstreamFailed, match="24 dimensions, MNEME_EMBEDDING_DIMENSION says 16"):
        await remote.embed(["hello"])


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"data": []}',
        b'{"data": [{"index": 0}]}',
        b'{"data": [{"index": 0, "embedding": "AAAA"}]}',
        b'{"data": [{"index": 0, "embedding": [%s]}]}' % b",".join([b"0"] * 16),
        b'{"data": [{"index": 0, "embedding": [%s]}]}' % b",".join([b"1e999"] * 16),
    ],
    ids=["empty", "none", "no vector", "a string", "zeros", "infinite"],
)
async def test_an_answer_that_makes_no_sense_is_unreadable(remote: LitellmEmbedder, provider: FakeOpenAI, body: bytes) -> None:
    provider.embeddings.append(Garbles(body))
    with pytest.raises(Unreadable):
        await remote.embed(["hello"])


async def test_a_question_asked_again_costs_nothing(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    first = await remote.embed_query("Where do I live?")
    assert await remote.embed_query("Where do I live?") is first
    assert len(provider.requests) == 1


async def test_a_failed_question_is_not_remembered(remote: LitellmEmbedder, provider: FakeOpenAI) -> None:
    provider.embeddings.extend([Refuses(500), lambda _: None])
    with pytest.raises(UpstreamFailed):
        await remote.embed_query("Where do I live?")
    assert (await remote.embed_query("Where do I live?")).shape == (16,)


async def test_a_model_without_its_dimension_is_found_out_at_start(make_settings) -> None:
    with pytest.raises(BadInput, match="MNEME_EMBEDDING_DIMENSION"):
        await open_embedder(make_settings(embedding_model="openai/some-embedder"))


async def test_the_settings_of_the_chat_model_stand_in(provider: FakeOpenAI, make_settings) -> None:
    settings = make_settings(embedding_model="openai/e", embedding_dimension=16, llm_api_base=provider.url, llm_api_key="sk-chat")
    embedder = await open_embedder(settings)
    await embedder.embed(["hello"])
    assert provider.requests[0].headers["authorization"] == "Bearer sk-chat"
    await embedder.close()
