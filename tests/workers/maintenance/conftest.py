"""What every test of maintenance asks for."""

from dataclasses import replace

import pytest
from maintenance_house import House, Time

from core.resources import Resources
from workers.maintenance import Pace


@pytest.fixture
async def house(resources: Resources) -> House:
    """Two shards, nothing in them; it is noon on the first of June 2026 until told otherwise."""
    time = Time()
    timed = replace(resources, clock=time)
    return House(timed, time, {"resources": timed, "name": "tender", "pace": Pace(monotonic=lambda: 0.0)})
