"""What takes deliveries, over a test's Resources."""

from core.keyring import Keyring
from core.resources import Resources
from ingest.taking import Taking


def taking_of(resources: Resources) -> Taking:
    return Taking(resources, Keyring(resources.keys, resources.redis))
