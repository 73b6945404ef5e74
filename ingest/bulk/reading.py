"""What a line of a bulk upload stands for: an event of the job, by the same bounds as HTTP's and the queue's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from core.settings import Settings
from core.strict_json import parse_json
from ingest.bounds import check_received
from ingest.bulk.lines import Line
from ingest.restoring import restoring_event
from schemas.bulk import LineError
from schemas.errors import BadInput, MnemeError, TooLarge
from schemas.event import Event, MemoriesImported, MessagesReceived
from schemas.ids import event_id
from schemas.portable import is_line
from schemas.wire.queue import read, received

_WORDS_MAX = 300


@dataclass(slots=True)
class Readings:
    """A batch, read: events and refusals by place, and how many lines are neither."""

    events: dict[int, Event] = field(default_factory=dict)
    refused: dict[int, LineError] = field(default_factory=dict)
    passed: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads the lines of one job."""

    owner: str
    job: str
    settings: Settings

    def read(self, lines: Sequence[Line], now: datetime) -> Readings:
        """Takes about 50 µs a line: not for the event loop."""
        readings = Readings()
        for place, line in enumerate(lines):
            try:
                event = self._event(line, now)
                if event is None:
                    readings.passed += 1
                else:
                    readings.events[place] = event
            except MnemeError as error:
                readings.refused[place] = refusal(line, error)
        return readings

    def _event(self, line: Line, now: datetime) -> MessagesReceived | MemoriesImported | None:
        """None for a line that is there for the file's sake only."""
        if line.body is None:
            raise TooLarge(f"a line may have at most {self.settings.bulk_line_max_bytes} bytes")
        value, own_id = parse_json(line.body, "the line"), self._id(line.number, line.body)
        if is_line(value):
            restoring = restoring_event(value, self.owner, self.settings, now, own_id)
            return None if restoring is None else restoring.model_copy(update={"job": self.job})
        message = read(value)
        if message.api_key is not None:
            raise BadInput("api_key: the key goes into the header Authorization")
        event = received(message, self.owner, now, fallback_id=own_id)
        check_received(event, self.settings)
        return event.model_copy(update={"lane": "bulk", "job": self.job})

    def _id(self, number: int, body: bytes) -> str:
        """The same for the same line of the same job, however often it comes; nothing a client may choose as a key."""
        return event_id(f"\0bulk {self.job}", f"{number} {blake2b(body.strip(), digest_size=16).hexdigest()}")


def refusal(line: Line, error: MnemeError) -> LineError:
    return LineError(line.number, error.message[:_WORDS_MAX])
