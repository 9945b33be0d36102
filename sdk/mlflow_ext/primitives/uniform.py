"""Lists of nothing but floats, or of nothing but small integers, checked and converted in one pass.

``marshal`` writes such a list in C as cells of one size, each led by the letter of its exact type. A list in which each
cell has the letter in its place holds that type alone; any other list is left to the slower way.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINARY = 2  # of marshal's versions: numbers as bytes, nothing by reference
_AT_LEAST = 64  # below, the slower way is as quick
_HEAD = np.dtype([("letter", "u1"), ("size", "<i4")])
_CELLS = {
    float: (ord("g"), np.dtype([("letter", "u1"), ("value", "<f8")]), np.float64),
    int: (ord("i"), np.dtype([("letter", "u1"), ("value", "<i4")]), np.int64),
}


def uniform_column(cells: Sequence[Any]) -> NDArray[Any] | None:
    """Cells of one type as float64 or int64 of shape (n,); None when they need a closer look."""
    rows = uniform_rows([cells])
    return None if rows is None else rows[0]


def uniform_rows(rows: Sequence[Any]) -> NDArray[Any] | None:
    """Rows of one length and cells of one type as float64 or int64 of shape (n, m); None when they need a closer look.

    Args:
        rows: what may be lists or tuples of numbers.
    """
    if not rows or type(rows[0]) not in (list, tuple):
        return None
    width = len(rows[0])
    if width * len(rows) < _AT_LEAST or not width or type(rows[0][0]) not in _CELLS:
        return None
    letter, cell, dtype = _CELLS[type(rows[0][0])]
    row = np.dtype([("head", _HEAD), ("cells", cell, (width,))])
    try:
        written = marshal.dumps(list(rows), _BINARY)
    except ValueError:  # something that marshal does not know
        return None
    if len(written) != _HEAD.itemsize + len(rows) * row.itemsize:
        return None
    table = np.frombuffer(written, row, offset=_HEAD.itemsize)
    heads, found = table["head"], table["cells"]
    if not (np.isin(heads["letter"], (ord("["), ord("("))).all() and (heads["size"] == width).all()):
        return None
    return found["value"].astype(dtype) if (found["letter"] == letter).all() else None
