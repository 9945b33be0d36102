"""Axes that read well at 11 pixels: explicit ticks where plotly's own are no good, and room for their texts."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui.text import compact, duration, number, width

FloatArray = NDArray[np.float64]
Axis = dict[str, Any]

LEFT = 42
TINY = 2e-3
_DECADES = -323, 308  # of what a float holds
_LEAST_ROOM = 1e-300  # plotly draws no shorter axis
_SPANS = (
    1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
    10800, 21600, 43200, 86400, 172800, 604800,
)  # fmt: skip


def finite_range(*columns: FloatArray) -> tuple[float, float] | None:
    """Least and greatest finite value of all columns, None when there is none."""
    known = [column[np.isfinite(column)] for column in columns]
    known = [column for column in known if column.size]
    if not known:
        return None
    return min(float(column.min()) for column in known), max(float(column.max()) for column in known)


def padded(low: float, high: float, share: float = 0.05) -> list[float]:
    """A range with some room at both ends; a single value gets room by its size."""
    if low == high:
        room = abs(low) * 0.1 or 1.0
        return [low - room, high + room]
    room = max((high - low) * share, _LEAST_ROOM)
    return [low - room, high + room]


def log_padded(low: float, high: float) -> tuple[float, float]:
    """A range above zero with as much room at both ends as ``padded`` gives, as a log axis shows it."""
    bottom, top = padded(math.log10(low), math.log10(high))
    return 10.0 ** max(bottom, _DECADES[0]), 10.0 ** min(top, _DECADES[1])


def linear(low: float, high: float) -> Axis:
    """Number format for values between ``low`` and ``high``: 10k for large ones, 0.0005 and 2e−7 for tiny ones."""
    largest = max(abs(low), abs(high))
    if 0 < largest < TINY:
        return {"tickformat": "~g"}
    return {"exponentformat": "SI" if largest >= 1 else "none", "minexponent": 3}


def left_margin(low: float, high: float, ticks: int = 5) -> int:
    """Pixels for the tick texts of a vertical axis; 42 unless neighbouring ticks differ only in a late digit."""
    apart = (high - low) / ticks
    step = 10.0 ** math.floor(math.log10(apart)) if 0 < apart < math.inf else 0.0
    largest = max(abs(low), abs(high))
    if not step or not largest or not math.isfinite(largest):
        return LEFT
    decimals = max(0, -math.floor(math.log10(step)))
    if largest < 1e-5:
        text = f"{largest:.{max(1, math.floor(math.log10(largest)) + decimals + 1)}g}"
    elif largest >= 1000:
        unit = 10.0 ** (3 * math.floor(math.log10(largest) / 3))
        text = f"{largest / unit:.{max(0, math.ceil(math.log10(unit / step) - 1e-9))}f}k"
    else:
        text = f"{largest:.{decimals}f}"
    return max(LEFT, min(96, math.ceil(width(("-" if low < 0 else "") + text)) + 10))


def logarithmic(low: float, high: float, room: float = math.inf) -> Axis:
    """A log axis with ticks at 1, 2 and 5 per decade, fewer over many decades, even steps within a part of one.

    Args:
        low: least value above zero.
        high: greatest value.
        room: pixels of a lying axis, whose texts must stand beside each other.
    """
    decades = math.log10(high) - math.log10(low)
    steps = (1, 2, 5) if decades <= 2.5 else (1, 3) if decades <= 4 else (1,)
    stride = max(1, math.ceil(decades / 7))
    values = _powers(low, high, steps, stride)
    if decades and sum(low <= value <= high for value in values) < 2:
        near = _even(low, high)
        return {"type": "log"} | named(near, [number(value) for value in near])
    while _crowded(values, low, high, room):
        steps, stride = ((1, 3), 1) if len(steps) > 2 else ((1,), 1) if len(steps) > 1 else ((1,), stride + 1)
        values = _powers(low, high, steps, stride)
    return {"type": "log"} | named(values, [_power(value) for value in values])


def _powers(low: float, high: float, steps: tuple[int, ...], stride: int) -> list[float]:
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    exponents = range(max(first, _DECADES[0]), min(last, _DECADES[1]) + 1, stride)
    values = [step * 10.0**exponent for exponent in exponents for step in steps]
    return [float(f"{value:.3g}") for value in values if math.isfinite(value)]


def _even(low: float, high: float) -> list[float]:
    """Some four round values between both, at least one."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def _crowded(values: list[float], low: float, high: float, room: float) -> bool:
    """Whether the texts of the ticks within the axis do not stand clear of each other in ``room`` pixels."""
    inside = [value for value in values if low <= value <= high]
    if len(inside) < 2 or math.isinf(room):
        return False
    each = room / (math.log10(high) - math.log10(low))
    return any(
        (math.log10(b) - math.log10(a)) * each < (width(_power(a)) + width(_power(b))) / 2 + 10
        for a, b in pairwise(inside)
    )


def _power(value: float) -> str:
    return number(value, 1) if value < 1e-3 else compact(value)


def elapsed(low: float, high: float, beyond: float = 0.0) -> Axis:
    """Ticks of an axis in seconds as spans of time: 0, 30 min, 1 h; ``beyond`` more of its length for later points."""
    if not high > low:
        return named([low], [duration(low)])
    values, step = _spaced(low, high, beyond)
    return named(values, [_round_span(value, step) for value in values])


def moments(low: float, high: float, beyond: float = 0.0) -> Axis:
    """Ticks of an axis in ms since the epoch, in UTC: 09:30 within a day, 14 Nov as a day begins; see ``elapsed``."""
    if not high > low:
        return {"type": "date"} | named([low], [clock(low)])
    values, step = _spaced(low / 1000, high / 1000, beyond)
    texts = [_moment(value, step) for value in values]
    if values and all(value % 86400 for value in values):
        texts[0] = clock(values[0] * 1000)
    return {"type": "date"} | named([value * 1000 for value in values], texts)


def _spaced(low: float, high: float, beyond: float) -> tuple[list[float], float]:
    """Positions in seconds that are whole steps of a clock, some six between ``low`` and ``high``, and that step."""
    span = (high - low) / 5
    high += (high - low) * beyond
    step = next((candidate for candidate in _SPANS if candidate >= span), 0.0)
    step = step or math.ceil(span / 604800) * 604800
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(i * step) for i in range(first, last + 1)], step


def _moment(seconds: float, step: float) -> str:
    at = _utc(seconds)
    if at is None:
        return number(seconds)
    if step >= 300 * 86400:
        return f"{at:%b %Y}"
    if seconds % 86400 == 0:
        return f"{at.day} {at:%b}" + ("" if step < 25 * 86400 else f" {at:%Y}")
    return f"{at:%H:%M}" if step >= 60 else f"{at:%H:%M:%S}"


def _round_span(seconds: float, step: float) -> str:
    if seconds and step >= 86400:
        return f"{round(seconds / 86400)} d"
    return "0" if seconds == 0 else duration(seconds)


def named(positions: list[float], names: list[str]) -> Axis:
    """An axis that shows these texts, already escaped, at these positions."""
    return {"tickmode": "array", "tickvals": positions, "ticktext": names}


def clock(ms: float) -> str:
    """A moment as day and time in UTC: "14 Nov 09:31"."""
    at = _utc(ms / 1000)
    return number(ms) if at is None else f"{at.day} {at:%b %H:%M}"


def _utc(seconds: float) -> datetime | None:
    """The moment, None outside the years 1 to 9999: a store takes any 64-bit number as a time."""
    return datetime.fromtimestamp(seconds, timezone.utc) if -62e9 < seconds < 253e9 else None
