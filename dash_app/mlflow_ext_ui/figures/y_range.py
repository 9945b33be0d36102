"""The part of y that somebody chose for a card, completed by the values where an end is open."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_ui.figures import axes

FloatArray = NDArray[np.float64]
Ends = tuple[float | None, float | None]


def chosen(
    ends: Ends, values: FloatArray, clip: tuple[float, float] | None = None, *, log: bool = False
) -> tuple[float, float] | None:
    """The range to show.

    Args:
        ends: what was chosen; None at an end that the values decide.
        values: shape (n,), finite, at least one; above zero on a log axis.
        clip: the range without outliers, which then decides open ends in place of all values.
        log: whether the axis is logarithmic, where an end at or below zero counts as open.

    Returns:
        Ends in data units, the lower first; ``clip`` when no end is chosen that the axis can have.
    """
    low, high = (None if log and end is not None and end <= 0 else end for end in ends)
    if low is None and high is None:
        return clip
    least, most = float(values.min()), float(values.max())
    bottom, top = clip or (axes.log_padded(least, most) if log else tuple(axes.padded(least, most)))
    if low is not None and high is not None:
        return low, high
    if low is not None:
        return low, top if top > low else _beyond(low, top - bottom, 1, log)
    end = high if high is not None else top
    return bottom if bottom < end else _beyond(end, top - bottom, -1, log), end


def _beyond(end: float, room: float, sign: int, log: bool) -> float:
    """An open end where every value lies on the other side of the one chosen."""
    return end * 10.0**sign if log else end + sign * max(room, abs(end) * 0.1, 1e-12)


def framed(axis: dict[str, Any], ends: Ends | None, values: FloatArray) -> dict[str, Any]:
    """A linear axis with the part chosen, if any; see ``chosen``."""
    known = values[np.isfinite(values)]
    found = chosen(ends, known) if ends and known.size else None
    return axis | ({"range": list(found)} if found else {})
