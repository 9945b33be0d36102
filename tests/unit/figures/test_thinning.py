import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_ui import thinning

from .build import ANY


def test_a_short_line_is_kept_whole():
    x = np.arange(50.0)
    assert thinning.line(x, x, 50).tolist() == list(range(50))


@pytest.mark.parametrize("height", [5.0, -5.0, 1e-3])
def test_a_spike_of_one_point_survives_anywhere(height):
    n = 20_000
    for at in (0, 1, 777, 10_000, n - 2, n - 1):
        y = np.zeros(n)
        y[at] = height
        assert at in thinning.line(np.arange(n, dtype=float), y, 200)


def test_each_stretch_keeps_its_minimum_and_maximum():
    y = np.random.default_rng(0).normal(size=10_000)
    limit = 402
    kept = set(thinning.line(np.arange(10_000.0), y, limit).tolist())
    stretches = (limit - 2) // 4
    for part in np.array_split(np.arange(1, 9_999), stretches // 2):
        assert y[list(kept & set(part.tolist()))].max() >= np.sort(y[part])[-3]
    assert {int(y.argmin()), int(y.argmax()), 0, 9_999} <= kept


@ANY
@given(st.integers(1, 3000), st.integers(16, 500), st.integers(0, 10))
def test_a_thinned_line_is_ascending_and_no_longer_than_asked(n, limit, seed):
    y = np.random.default_rng(seed).normal(size=n)
    kept = thinning.line(np.arange(n, dtype=float), y, limit)
    assert len(kept) <= max(limit, 16)
    assert np.all(np.diff(kept) > 0)
    assert kept[0] == 0
    assert kept[-1] == n - 1
    assert int(y.argmax()) in kept


def test_a_constant_line_and_repeated_x_are_thinned_without_trouble():
    y = np.full(5000, 2.0)
    assert len(thinning.line(np.zeros(5000), y, 100)) <= 100


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_thinned_cloud_keeps_its_outermost_points(dimensions):
    points = np.random.default_rng(1).normal(size=(20_000, dimensions))
    points[123, 0] = 50.0
    points[456, dimensions - 1] = -50.0
    kept = thinning.spatial(points, 1000)
    assert len(kept) == 1000
    assert {123, 456} <= set(kept.tolist())
    for column in range(dimensions):
        assert {int(points[:, column].argmin()), int(points[:, column].argmax())} <= set(kept.tolist())


def test_a_rare_label_survives_in_a_thinned_cloud():
    points = np.random.default_rng(2).normal(size=(20_000, 2))
    group = np.zeros(20_000, dtype=np.intp)
    group[77] = 1
    points[77] = 0.0
    assert 77 in thinning.spatial(points, 500, group)


def test_points_on_one_spot_are_thinned_without_trouble():
    assert len(thinning.spatial(np.ones((9000, 2)), 100)) == 100


def test_a_reduced_matrix_keeps_the_hottest_and_the_coldest_cell():
    values = np.zeros((500, 300))
    values[321, 123], values[5, 7] = 9.0, -9.0
    small, rows, cols = thinning.blocks(values, 100, 100)
    assert small.shape == (100, 100)
    assert small.max() == 9.0
    assert small.min() == -9.0
    assert (rows[0], cols[0]) == (0, 0)
    assert np.all(np.diff(rows) > 0)


def test_a_reduced_matrix_is_nan_only_where_a_whole_block_is():
    values = np.ones((10, 10))
    values[0, 0] = np.nan
    values[8:, 8:] = np.nan
    small, _, _ = thinning.blocks(values, 5, 5)
    assert np.isnan(small).sum() == 1
    assert np.isnan(small[4, 4])
