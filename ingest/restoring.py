"""What a line of an export stands for when it comes back: an event that restores it, by the same bounds as everything else."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.settings import Settings
from ingest.bounds import check_metadata, check_names, check_text
from schemas.errors import BadInput
from schemas.event import MemoriesImported
from schemas.memory import Change
from schemas.portable import ChangeLine, MemoryLine, read_line
from schemas.scope import ENTITY_FIELDS, Scope

_HISTORY_MAX = 10_000
"""Most lines of history of one memory."""
_LINKS_MAX = 1_000
_INPUTS_MAX = 100


def restoring_event(line: Any, owner: str, settings: Settings, now: datetime, event_id: str) -> MemoriesImported | None:
    """The event of a line that was parsed, for the account it is to be restored in; None for a header or an end.

    Raises BadInput, TooLarge.
    """
    match read_line(line):
        case MemoryLine() as told:
            restored = told.restored(owner)
            memory = restored.memory
            if len(restored.history) > _HISTORY_MAX or len(restored.links) > _LINKS_MAX:
                raise BadInput(f"a memory may have at most {_HISTORY_MAX} changes and {_LINKS_MAX} links")
            check_text(memory.content, settings)
            check_metadata(memory.metadata, settings)
            _check(memory.scope, restored.history, settings)
            return MemoriesImported(id=event_id, scope=memory.scope, memories=(restored,), occurred_at=now)
        case ChangeLine() as told:
            change = told.restored(owner)
            _check(change.scope, [change], settings)
            return MemoriesImported(id=event_id, scope=change.scope, changes=(change,), occurred_at=now)
    return None


def _check(scope: Scope, changes: Iterable[Change], settings: Settings) -> None:
    check_names({kind: getattr(scope, kind) for kind in ENTITY_FIELDS} | {f"tags.{place}": tag for place, tag in enumerate(scope.tags)})
    for change in changes:
        if len(change.input) > _INPUTS_MAX:
            raise BadInput(f"a change may come from at most {_INPUTS_MAX} messages")
        for text in (change.old_content, change.new_content, change.reason, *(part for message in change.input for part in message)):
            check_text(text or "", settings)
        check_metadata(change.metadata, settings)
