"""Columns of numbers in the smallest form that plotly reads: base64 typed arrays, or short lists for what will grow."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_DIGITS = 7


def packed(values: NDArray[Any]) -> dict[str, Any]:
    """A plotly typed array of shape (n,) or (n, m); in integers or single precision where nothing shows.

    Args:
        values: numbers, NaN where a line breaks.
    """
    array = np.ascontiguousarray(values, dtype=np.float64)
    small = _narrow(array)
    spec = {"dtype": small.dtype.str[1:], "bdata": base64.b64encode(small.tobytes()).decode("ascii")}
    if small.ndim == 2:
        spec["shape"] = f"{small.shape[0]}, {small.shape[1]}"
    return spec


def listed(values: FloatArray) -> list[float | None]:
    """Numbers of seven significant digits as a list, None for NaN; plotly can extend a list, but no typed array."""
    array = np.asarray(values, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        power = _DIGITS - 1 - np.floor(np.log10(np.abs(array)))
        factor = 10.0 ** np.clip(power, -300, 300)
        short = np.where(array == 0, 0.0, np.round(array * factor) / factor)
    exact = np.where(np.isfinite(short), short, array)
    return [None if value != value else value for value in exact.tolist()]


def _narrow(array: FloatArray) -> NDArray[Any]:
    if not array.size:
        return array.astype("<f4")
    known = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if not known.size:
        return array.astype("<f4")
    low, high = float(known.min()), float(known.max())
    if known.size == array.size and np.array_equal(array, np.rint(array)):
        for dtype, least, most in (("u1", 0, 2**8), ("<u2", 0, 2**16), ("<i4", -(2**31), 2**31)):
            if least <= low and high < most:
                return array.astype(dtype)
    largest = max(abs(low), abs(high))
    # Single precision keeps 24 bits: fine unless the values lie close together far from zero, or beyond its range.
    if largest < 1e37 and (largest <= 0 or high - low > largest * 2e-4) and (high == low or high - low > 1e-36):
        return array.astype("<f4")
    return array.astype("<f8")
