"""The codes of vectors in bodies: what they tell, and that a body stays the JSON it was."""

import json

import numpy as np
import pytest

from core.store.codes import Vector, code_chars, in_eight_bits, numbers_of, of_length_one, with_codes

BODIES = ['{"a":1,"text":"tea"}', '{"text":"a \\"quoted\\" word, \\"near\\":\\"x\\""}', '{"text":"\N{GRINNING FACE}"}']


def units(count: int, dimension: int) -> Vector:
    vectors = np.random.default_rng(dimension).standard_normal((count, dimension)).astype(np.float32)
    unit: Vector = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize("dimension", [384, 383, 385, 1536, 16])
def test_cosines_are_told_as_finely_as_eight_bits_can(dimension: int) -> None:
    vectors, others = units(3, dimension), units(50, dimension)
    numbers = numbers_of(with_codes(BODIES, vectors), dimension)
    assert numbers is not None
    assert np.array_equal(numbers, in_eight_bits(vectors))
    told = of_length_one(numbers)
    assert told.dtype == np.float32
    assert np.abs(told @ others.T - vectors @ others.T).max() < 0.06 / np.sqrt(dimension)
    assert np.linalg.norm(told, axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_each_number_has_a_code_of_its_own() -> None:
    numbers = np.concatenate([np.arange(-127, 128), np.arange(127, -128, -1), np.arange(-127, 128)]).astype(np.float32)
    told = numbers_of(with_codes(["{}"], numbers[None]), len(numbers))
    assert told is not None
    assert told[0].tolist() == numbers.tolist()


@pytest.mark.parametrize("dimension", [1, 2, 3, 384])
def test_a_body_is_still_its_json(dimension: int) -> None:
    for body, coded in zip(BODIES, with_codes(BODIES, units(3, dimension)), strict=True):
        told = json.loads(coded)
        assert len(told.pop("near")) == code_chars(dimension) - len(',"near":""')
        assert told == json.loads(body)
        assert len(coded) - len(body) == code_chars(dimension)


def test_a_vector_of_nothing_is_near_nothing() -> None:
    told = numbers_of(with_codes(["{}"], np.zeros((1, 384), np.float32)), 384)
    assert told is not None
    assert not of_length_one(told).any()


def test_of_no_bodies_there_are_no_vectors() -> None:
    told = numbers_of(with_codes([], np.zeros((0, 384), np.float32)), 384)
    assert told is not None
    assert told.shape == (0, 384)


@pytest.mark.parametrize(
    "older",
    [
        *BODIES,
        "{}",
        "",
        f'{{"metadata":{{"a":1,"near":"{"#" * 512}"}}}}',
        f'{{"metadata":{{"a":1,"near":"{"#" * 512}"}},"text":"x"}}',
        json.dumps({"a": 1, "text": f',"near":"{"#" * 512}'}),
    ],
)
def test_what_has_no_code_tells_none_whatever_it_says(older: str) -> None:
    coded = with_codes(BODIES, units(3, 384))
    assert numbers_of([*coded, older], 384) is None


def test_the_code_of_a_vector_of_another_length_is_none() -> None:
    assert numbers_of(with_codes(BODIES, units(3, 384)), 1536) is None
    assert numbers_of(with_codes(BODIES, units(3, 1536)), 384) is None
