"""Params that move together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mlflow_ext.sweep import parameter
from mlflow_ext_server.analysis.collinear import Together, cramer, together

RNG = np.random.default_rng(4)


def test_pairs_of_every_kind_are_found_and_those_apart_are_not():
    lr = 10 ** RNG.uniform(-4, -1, 60)
    batch = lr * RNG.uniform(0.8, 1.25, 60)
    optimizer = ["adam" if value < 1e-2 else "sgd" for value in lr]
    schedule = [{"adam": "cosine", "sgd": "step"}[one] for one in optimizer]
    parameters = [
        parameter("lr", [str(value) for value in lr]),
        parameter("batch", [None if i % 9 == 0 else str(value) for i, value in enumerate(batch)]),
        parameter("optimizer", optimizer),
        parameter("schedule", schedule),
        parameter("width", [str(value) for value in RNG.uniform(0, 1, 60)]),
    ]
    found = together(parameters)
    assert {(one.one, one.other) for one in found} == {
        ("lr", "batch"),
        ("lr", "optimizer"),
        ("lr", "schedule"),
        ("batch", "optimizer"),
        ("batch", "schedule"),
        ("optimizer", "schedule"),
    }
    assert [abs(one.value) for one in found] == sorted((abs(one.value) for one in found), reverse=True)


def test_numbers_are_told_by_spearman_with_its_sign():
    x, y = RNG.uniform(0, 1, 30), RNG.uniform(0, 1, 30)
    parameters = [parameter(name, [str(one) for one in values]) for name, values in (("x", x), ("y", y - 3 * x))]
    assert together(parameters) == [Together("x", "y", pytest.approx(stats.spearmanr(x, y - 3 * x).statistic))]


def test_cramer_is_free_of_bias_and_whole_where_one_follows_from_the_other():
    codes = RNG.integers(0, 4, 80).astype(float)
    assert cramer(codes, (codes + 1) % 4) == pytest.approx(1)
    by_chance = [cramer(RNG.integers(0, 4, 80).astype(float), RNG.integers(0, 4, 80).astype(float)) for _ in range(200)]
    assert np.mean(np.square(by_chance)) < 0.02
    assert cramer(np.array([0.0, 1]), np.array([0.0, 1])) == 0
    assert cramer(np.array([0.0, 0, 0]), np.array([0.0, 1, 2])) == 0


def test_constant_and_lacking_params_are_with_nobody():
    parameters = [parameter("a", ["1", "1", "1"]), parameter("b", ["1", "2", "3"]), parameter("c", [None, None, "x"])]
    assert together(parameters) == []
    assert together([]) == []
