"""Which points become metrics, and at which step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlflow_ext.uploader.mirror import call_rows, metric_step, thinned


@given(arrays(np.float64, st.integers(0, 6_000), elements=st.floats(width=64)))
def test_thinning_keeps_the_ends_the_extremes_and_a_nan(values: np.ndarray) -> None:
    kept = thinned(values)
    assert len(kept) <= 1_000
    assert (np.diff(kept) > 0).all()
    if not len(values):
        return
    assert {0, len(values) - 1} <= set(kept.tolist())
    real = values[~np.isnan(values)]
    if len(real):
        assert np.nanmin(values[kept]) == real.min()
        assert np.nanmax(values[kept]) == real.max()
    assert np.isnan(values[kept]).any() == np.isnan(values).any()


@pytest.mark.parametrize(
    ("index", "step"),
    [(3, 3), (3.0, 3), (-2, -2), (0.5, 77), ("2024-01-01", 77), (2**63, 77), (1e300, 77), (2**63 - 1, 2**63 - 1)],
)
def test_the_step_is_the_index_when_that_is_a_whole_number_of_64_bits(index: object, step: int) -> None:
    assert metric_step(index, 77) == step


def test_missing_values_give_no_metric() -> None:
    rows = call_rows("k", [1, None, "NaN"], [10, 11, 12.5], 5, 99)
    assert [(row.step, repr(row.value), row.timestamp) for row in rows] == [(10, "1.0", 99), (7, "nan", 99)]
