"""The README's tables, made from the code they describe: `python tests/readme_tables.py` writes them anew."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
sys.path.insert(0, str(ROOT))

from core.settings import Settings  # noqa: E402
from query.app import web  # noqa: E402


def settings_table() -> str:
    """A row a setting: its name in the environment, its default, what it means."""
    rows = [(f"`MNEME_{name.upper()}`", _default(field), field.description or "") for name, field in Settings.model_fields.items()]
    return _table(("setting", "default", "meaning"), rows)


def routes_table() -> str:
    """A row a path: its methods, who speaks it, what it does."""
    rows = []
    for path, operations in sorted(_openapi(web())["paths"].items()):
        for method, operation in operations.items():
            rows.append((f"`{method.upper()} {path}`", operation.get("tags", ["-"])[0], operation.get("summary", "")))
    return _table(("route", "dialect", "what it does"), rows)


def _openapi(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return "-"
    return "" if isinstance(value, SecretStr) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


TABLES = {"routes": routes_table, "settings": settings_table}


def read(name: str) -> str:
    """A table as the README has it."""
    found = re.search(_place(name), README.read_text(), re.DOTALL)
    return found.group(1).strip() if found else ""


def write() -> None:
    text = README.read_text()
    for name, table in TABLES.items():
        text = re.sub(_place(name), lambda _, name=name, table=table: f"<!-- {name} -->\n{table()}\n<!-- end -->", text, flags=re.DOTALL)  # type: ignore[misc]
    README.write_text(text)


def _place(name: str) -> str:
    return rf"<!-- {name} -->\n(.*?)<!-- end -->"


if __name__ == "__main__":
    write()
