"""The door to LanceDB: memories, their history, keys. Nothing outside this package speaks to LanceDB."""

import os
import re
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

_ARROW_POOL = "ARROW_DEFAULT_MEMORY_POOL"
_CATALOG_CLIENT = "lance_namespace_urllib3_client"
_CATALOG_MODELS = f"{_CATALOG_CLIENT}.models"
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class _Later:
    """A model of the catalog's client, read when it is used: LanceDB names 130 of them and makes one, the list of tables."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *values: Any, **fields: Any) -> Any:
        return self._model()(*values, **fields)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model(), name)

    def __instancecheck__(self, thing: object) -> bool:
        return isinstance(thing, self._model())

    def _model(self) -> Any:
        return getattr(import_module(f"{_CATALOG_MODELS}.{_WORDS.sub('_', self._name).lower()}"), self._name)


def _model_later(name: str) -> _Later:
    if not name[0].isupper():
        raise AttributeError(name)
    return _Later(name)


def _leave_unread(package: str, **names: Any) -> None:
    """Put a package in its place without running its own lines, but for `names`; its modules can be imported as ever.

    LanceDB needs models of its catalog's client and gets, by this package's `__init__`, all of the client: 40,000 lines of
    HTTP calls that nobody makes, a second and 14 MB of every process; and by that of its models another 5 MB.
    """
    if package not in sys.modules and (spec := find_spec(package)) is not None:
        sys.modules[package] = module_from_spec(spec)
        vars(sys.modules[package]).update(names)


os.environ.setdefault(_ARROW_POOL, "system")  # a pool of its own keeps 5 to 20 MB that malloc could use for others, or give back
_leave_unread(_CATALOG_CLIENT)
_leave_unread(_CATALOG_MODELS, __getattr__=_model_later)
