"""`mneme dead-letters --queue`: what producers published and nobody could read, on whatever broker it lies."""

import pytest

from cli.queue_letters import _each, _list
from cli.refusal import Refused
from core.bus.names import DEAD, INGEST


@pytest.fixture
async def letters(redis):
    """Two letters."""
    for error in ("first", "second"):
        await redis.xadd(DEAD, {"error": error, "message_id": "1-1", "headers": b"{}", "data": b"{oops"})


async def test_they_are_listed_with_their_errors(letters, settings):
    rows, total = await _list(settings, 1)
    assert total == 2
    [(letter, _, size, error)] = rows
    assert (letter.partition("/")[0], size, error) == ("redis", "5", "second")


async def test_one_or_all_are_published_again_or_dropped(letters, settings, redis):
    [(newest, *_), _], _ = await _list(settings, 5)
    assert await _each(settings, [newest], replay=True) == 1
    assert await redis.xlen(INGEST) == 1
    assert await _each(settings, ["all"], replay=False) == 1
    assert await _list(settings, 5) == ([], 0)


@pytest.mark.parametrize("one", ["1-1", "rabbit/1", "latest"])
async def test_what_is_no_id_is_refused(settings, one):
    with pytest.raises(Refused, match="is no dead letter's id"):
        await _each(settings, [one], replay=False)


async def test_a_broker_that_is_away_is_named(settings):
    for kind, url in {"nats": "nats://127.0.0.1:1", "rabbit": "amqp://127.0.0.1:1", "redis": "redis://127.0.0.1:1"}.items():
        with pytest.raises(Refused, match=f"{kind} does not answer"):
            await _list(settings.model_copy(update={"broker_urls": url}), 5)


async def test_a_broker_that_shows_none_holds_up_no_other(letters, settings, capsys):
    both = settings.model_copy(update={"broker_urls": "kafka://127.0.0.1:1,redis"})
    assert (await _list(both, 5))[1] == 2
    assert "Kafka hands out no single records" in capsys.readouterr().err
