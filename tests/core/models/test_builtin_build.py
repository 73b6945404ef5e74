"""The model's file is built once, whole, and found again."""

import asyncio
from pathlib import Path

import pytest

from core.models.builtin.cache import built_model, model_path
from core.models.builtin.embedder import BuiltinEmbedder
from core.models.builtin.weights import find_files, read_checked
from schemas.errors import Unavailable


async def test_two_processes_starting_at_once_end_with_one_whole_file(tmp_path: Path, make_settings) -> None:
    """As `mneme up` does it: web and worker open the model at the same time on a new machine."""
    async with asyncio.TaskGroup() as group:
        builds = [group.create_task(built_model(tmp_path / "new", "int8")) for _ in range(2)]
    assert builds[0].result() == builds[1].result()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted([builds[0].result().name, "build.lock"])
    embedder = await BuiltinEmbedder.open(make_settings(models_dir=tmp_path / "new"))
    await embedder.close()


async def test_a_built_model_is_not_built_again(models_dir: Path) -> None:
    path = await built_model(models_dir, "int8")
    before = path.stat().st_mtime_ns
    assert await built_model(models_dir, "int8") == path
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("left", [b"", b"not a model", None], ids=["empty", "garbage", "torn"])
async def test_a_file_that_cant_be_loaded_is_built_again(tmp_path: Path, models_dir: Path, make_settings, left: bytes | None) -> None:
    path = model_path(tmp_path, "int8")
    whole = (await built_model(models_dir, "int8")).read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if left is None else left)
    embedder = await BuiltinEmbedder.open(make_settings(models_dir=tmp_path))
    assert (await embedder.embed(["hello"])).shape == (1, 384)
    await embedder.close()


async def test_precisions_have_files_of_their_own(tmp_path: Path) -> None:
    assert model_path(tmp_path, "int8") != model_path(tmp_path, "fp32")


async def test_a_folder_that_cant_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match=r"could not be built in .*file"):
        await built_model(tmp_path / "file" / "models", "int8")


def test_other_weights_than_the_published_ones_are_refused(tmp_path: Path) -> None:
    forged = tmp_path / "model.safetensors"
    forged.write_bytes(b"other weights")
    with pytest.raises(Unavailable, match="not the file its authors published"):
        read_checked(forged, "53aa5117")


def test_the_package_is_found_without_importing_it() -> None:
    files = find_files()
    assert files.weights.is_file()
    assert files.tokenizer.is_file()
