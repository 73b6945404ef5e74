"""Retry: which failures wait for better times, which are tried a few times, and for how long to stay away."""

import random

from core.settings import Settings
from schemas.errors import MnemeError, Unavailable


def waits(error: Exception) -> bool:
    """Whether the failure lies outside the event: a provider or a store that is away. Such an event is kept for as long as it takes."""
    return isinstance(error, Unavailable | OSError | TimeoutError)


def worth_another_try(error: Exception, failures: int, settings: Settings) -> bool:
    """Whether to try the event again: always while something is away, else until it has failed `attempts_max` times by itself;
    never what can't succeed."""
    if waits(error):
        return True
    hopeless = isinstance(error, MnemeError) and not error.retryable
    return not hopeless and failures < settings.attempts_max


def back_off_s(error: Exception, attempt: int, settings: Settings) -> float:
    """Seconds to wait before try `attempt` + 1: doubling, with full jitter on the upper half; the provider's own word counts more."""
    if isinstance(error, MnemeError) and error.retry_after_s:
        return min(float(error.retry_after_s), settings.retry_max_s)
    ceiling: float = min(settings.retry_max_s, settings.retry_base_s * 2.0 ** min(attempt - 1, 16))
    return ceiling * random.uniform(0.5, 1.0)
