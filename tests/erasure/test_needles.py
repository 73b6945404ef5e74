"""Pieces of erased texts are found wherever their bytes stand, and nowhere else."""

import os
from pathlib import Path

from workers.erasure.files import search
from workers.erasure.needles import LENGTH, Haystack, needles

TEXT = "The user keeps the spare key under the thïrd flower pot."


def test_a_text_is_found_at_any_place_in_any_file(tmp_path: Path) -> None:
    haystack = Haystack(needles([TEXT]))
    for place in (0, 1, 7, 4096):
        assert len(haystack.found(os.urandom(place) + TEXT.encode() + os.urandom(9))) == 2
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * ((4 << 20) - 20) + TEXT.encode())
    (tmp_path / "other").write_bytes(os.urandom(10_000))
    read = search(tmp_path, tmp_path / "models", haystack)
    assert (read.files, read.found) == (2, ["deep/file"])


def test_what_is_kept_of_a_text_does_not_hold_it() -> None:
    assert "flower" not in repr(needles([TEXT]))


def test_a_text_that_differs_by_a_letter_is_not_found() -> None:
    haystack = Haystack(needles([TEXT[-LENGTH:]]))
    assert haystack.found(TEXT.replace("flower", "flouer").encode()) == set()
    assert haystack.found(os.urandom(1 << 20)) == set()
    assert haystack.found(b"short") == set()


def test_texts_too_short_to_be_told_from_others_are_not_looked_for() -> None:
    assert needles(["I like tea.", "x" * (LENGTH - 1)]) == []
