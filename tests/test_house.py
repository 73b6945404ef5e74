"""The house is built as its plan says: who may import whom, and how large things are."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("schemas", "core", "ingest", "workers", "query", "cli")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOORS = {
    "lancedb": ("core/store",),
    "litellm": ("core/models",),
    "arq": ("core/mailbox", "workers/main.py"),
    "faststream": ("core/bus", "ingest/consumer"),
    "onnxruntime": ("core/models",),
    "jwt": ("core/sessions.py", "core/jwks.py"),
    "limits": ("core/limits.py",),
}
"""Who may import what of the outside."""


def test_the_storeys_import_only_downwards() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("library", DOORS)
def test_each_library_has_one_door(library: str) -> None:
    strangers = [where for path in SOURCES if library in set(_imports(path)) and not (where := _where(path)).startswith(DOORS[library])]
    assert strangers == []


def test_files_are_small() -> None:
    assert {_where(path): lines for path in SOURCES if (lines := len(path.read_text().splitlines())) > 300} == {}


def test_functions_are_small() -> None:
    """40 lines at most, docstring included."""
    long = {f"{_where(path)}:{name}": lines for path in SOURCES for name, lines in _functions(path) if lines > 40}
    assert long == {}


def test_every_module_says_what_lives_there() -> None:
    assert [_where(path) for path in SOURCES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))] == []


def _where(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name.partition(".")[0] for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
