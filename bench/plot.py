"""Plots that need no library and no viewer: bars of text."""

from collections.abc import Mapping, Sequence

_WIDTH = 50
_STEPS = "▁▂▃▄▅▆▇█"


def bars(values: Mapping[str, float], unit: str) -> str:
    """A bar a value, on a common scale from 0."""
    most, longest = max(values.values(), default=0.0) or 1.0, max(map(len, values), default=0)
    return "\n".join(
        f"{name:{longest}}  {'█' * max(1, round(value / most * _WIDTH))} {value:,.1f} {unit}" for name, value in values.items()
    )


def line(values: Sequence[float]) -> str:
    """The course of some values, a character each, on a scale from 0 to their greatest."""
    most = max(values, default=0.0) or 1.0
    return "".join(_STEPS[min(len(_STEPS) - 1, int(value / most * len(_STEPS)))] for value in values)
