"""What a delivery stands for: whose it is, and the event it becomes."""

from dataclasses import dataclass
from hashlib import blake2b

from core.bus.delivery import Delivery
from core.keyring import Keyring, secret_in
from core.resources import Resources
from core.strict_json import parse_json
from ingest.bounds import check_received
from schemas.errors import TooLarge, Unauthenticated
from schemas.event import MessagesReceived
from schemas.ids import event_id, new_id
from schemas.wire.queue import QueueMessage, read, received


@dataclass(frozen=True, slots=True)
class Reading:
    """Turns deliveries into events, by the same bounds as HTTP's."""

    resources: Resources
    keyring: Keyring

    async def event_of(self, delivery: Delivery, fallback_id: str) -> MessagesReceived:
        """The event. Raises BadInput, TooLarge or Unauthenticated about the message, Unavailable about us."""
        settings = self.resources.settings
        if len(delivery.body) > settings.body_max_bytes:
            raise TooLarge(f"a message may have at most {settings.body_max_bytes} bytes")
        message = read(parse_json(delivery.body))
        event = received(message, await self._owner(delivery, message), self.resources.clock(), fallback_id=fallback_id)
        check_received(event, settings)
        return event

    async def _owner(self, delivery: Delivery, message: QueueMessage) -> str:
        secret = secret_in(delivery.headers) or message.api_key
        if secret is None:
            if self.resources.settings.broker_trusted_owner is None:
                raise Unauthenticated("no API key: it goes into a header (authorization or x-api-key) or the field api_key")
            return self.resources.settings.broker_trusted_owner
        principal = await self.keyring.find(secret)
        if principal is None:
            raise Unauthenticated("the API key is unknown or revoked")
        return principal.owner


def identity(delivery: Delivery) -> str:
    """An event id for a delivery without an idempotency key: the same for the same message, however often it comes.

    Of the broker's id and of what was sent, since two brokers may use the same ids. New each time where the broker gives none.
    """
    if delivery.id is None:
        return new_id()
    return event_id("\0queue", f"{delivery.id} {blake2b(delivery.body, digest_size=16).hexdigest()}")
