"""Line plots as SVG, a few of them side by side: no library, and any browser shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 420, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 46, 28
_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b")
_STEPS = 4


@dataclass(frozen=True, slots=True)
class Panel:
    """Some courses over the same x, on one scale from 0."""

    title: str
    unit: str
    courses: Mapping[str, Sequence[float]]
    """By name, a value for each x."""


def svg(x: Sequence[float], x_name: str, panels: Sequence[Panel], columns: int = 2) -> str:
    """A picture of all panels over the same x."""
    rows = -(-len(panels) // columns)
    drawn = (
        f'<g transform="translate({place % columns * _WIDTH},{place // columns * _HEIGHT})">{_panel(x, x_name, panel)}</g>'
        for place, panel in enumerate(panels)
    )
    size = f'width="{columns * _WIDTH}" height="{rows * _HEIGHT}"'
    style = 'font-family="sans-serif" font-size="11" fill="none" stroke-width="1.5"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{ground}{"".join(drawn)}</svg>\n'


def _panel(x: Sequence[float], x_name: str, panel: Panel) -> str:
    most_x, most_y = max(x, default=0) or 1, max((max(values, default=0) for values in panel.courses.values()), default=0) or 1
    parts = [_text(_LEFT, 16, ", ".join(filter(None, (panel.title, panel.unit))), weight="bold"), _grid(most_x, most_y, x_name)]
    at_x = _LEFT
    for colour, (name, values) in zip(_COLOURS, panel.courses.items(), strict=False):
        points = " ".join(f"{_x(across / most_x):.1f},{_y(up / most_y):.1f}" for across, up in zip(x, values, strict=True))
        parts += [f'<polyline points="{points}" stroke="{colour}"/>', _text(at_x, 34, name, colour=colour)]
        at_x += 14 + 7 * len(name)
    return "".join(parts)


def _grid(most_x: float, most_y: float, x_name: str) -> str:
    lines = []
    for step in range(_STEPS + 1):
        share = step / _STEPS
        lines.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}" stroke="#ddd" stroke-width="1"/>'
        )
        lines.append(_text(_LEFT - 6, _y(share) + 4, _short(most_y * share), anchor="end"))
        name = f" {x_name}" if step == _STEPS else ""
        lines.append(_text(_x(share), _HEIGHT - 10, _short(most_x * share) + name, anchor="end" if step else "start"))
    return "".join(lines)


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _text(x: float, y: float, text: str, *, colour: str = "#333", anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'


def _short(value: float) -> str:
    """1,000,000 as 1M, 250,000 as 250k, 12.5 as 12.5."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
