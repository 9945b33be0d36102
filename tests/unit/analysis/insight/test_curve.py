"""A curve made fit for rules."""

from __future__ import annotations

import numpy as np
import pytest

from mlflow_ext_server.analysis.insight.curve import medians


@pytest.mark.parametrize("n", [60, 61, 119, 120, 1000, 1999])
def test_medians_are_those_of_parts_that_differ_in_length_by_one(n: int) -> None:
    y = np.random.default_rng(n).normal(size=n)
    assert medians(y, 60).tolist() == [float(np.median(part)) for part in np.array_split(y, 60)]
