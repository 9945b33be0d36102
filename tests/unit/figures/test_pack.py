import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlflow_ext_ui.figures.pack import listed, packed

from .build import ANY


def unpacked(spec):
    values = np.frombuffer(base64.b64decode(spec["bdata"]), dtype=np.dtype(spec["dtype"]))
    return values.reshape([int(side) for side in spec["shape"].split(",")]) if "shape" in spec else values


@ANY
@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(allow_nan=True, allow_infinity=False)))
def test_packed_values_keep_five_digits_of_their_range(values):
    back = unpacked(packed(values)).astype(np.float64)
    known = np.isfinite(values)
    assert np.array_equal(np.isnan(back), ~known)
    if known.any():
        low, high = values[known].min(), values[known].max()
        scale = high / 2 - low / 2 or max(abs(low), abs(high))
        assert np.all(np.abs(back[known] - values[known]) <= 1e-3 * scale)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [([0, 255], "u1"), ([0, 48200], "u2"), ([-1, 100_000], "i4"), ([0.5, 1], "f4"), ([1.7e12, 1.7e12 + 1], "f8")],
)
def test_the_smallest_type_that_shows_no_difference_is_taken(values, dtype):
    assert packed(np.array(values, dtype=float))["dtype"] == dtype


def test_a_matrix_carries_its_shape():
    assert unpacked(packed(np.eye(3))).tolist() == np.eye(3).tolist()


def test_a_list_is_short_and_marks_what_is_missing():
    assert listed(np.array([1 / 3, np.nan, 0.0, -12345.678, 1e-12])) == [0.3333333, None, 0.0, -12345.68, 1e-12]
