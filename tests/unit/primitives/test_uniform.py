"""Lists of one type are converted at once; whatever is anything else is left alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlflow_ext.primitives.uniform import uniform_column, uniform_rows

_FLOATS = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf] * 20


def test_floats_are_the_same_to_the_bit() -> None:
    column = uniform_column([*_FLOATS, math.nan])

    assert column is not None
    assert column.dtype == np.float64
    assert column.tobytes() == np.array([*_FLOATS, math.nan]).tobytes()
    assert column.flags.c_contiguous


def test_small_integers_are_integers() -> None:
    cells = [*range(-100, 100), 2**31 - 1, -(2**31)]
    column = uniform_column(cells)

    assert column is not None
    assert column.dtype == np.int64
    assert column.tolist() == cells


@pytest.mark.parametrize("rows", [[(0.5,) * 40, [1.5] * 40], [[1] * 40] * 2])
def test_rows_have_their_shape(rows: list[Any]) -> None:
    table = uniform_rows(rows)

    assert table is not None
    assert table.tolist() == [list(row) for row in rows]


@pytest.mark.parametrize(
    "odd",
    [1, True, None, "0.5", b"123456789", 2**31, 2**70, 1j, np.float32(0.5), np.float64(0.5), [0.5], (), {}, Path()],
    ids=repr,
)
def test_one_odd_cell_is_seen_wherever_it_stands(odd: Any) -> None:
    for place in (1, 50, 99):
        cells: list[Any] = [0.5] * 100
        cells[place] = odd
        assert uniform_column(cells) is None
        assert uniform_rows([[0.5] * 100, cells]) is None


@pytest.mark.parametrize("odd", [0.5, True, None, "1", 2**31, np.int32(1), np.int64(1)], ids=repr)
def test_one_odd_cell_among_integers_is_seen(odd: Any) -> None:
    cells: list[Any] = [7] * 100
    cells[60] = odd

    assert uniform_column(cells) is None


def test_subclasses_are_left_to_the_slower_way() -> None:
    class Price(float):
        pass

    assert uniform_column([Price(1.0)] * 100) is None
    assert uniform_column([0.5] * 99 + [Price(1.0)]) is None


def test_uneven_rows_are_seen() -> None:
    assert uniform_rows([[0.5] * 100, [0.5] * 99]) is None
    assert uniform_rows([[0.5] * 100, [0.5] * 99, [0.5] * 101]) is None  # the right size in all
    assert uniform_rows([[0.5] * 100, 0.5, "x" * 891]) is None


def test_a_list_that_holds_itself_is_left_alone() -> None:
    cells: list[Any] = [0.5] * 100
    cells[5] = cells

    assert uniform_column(cells) is None
