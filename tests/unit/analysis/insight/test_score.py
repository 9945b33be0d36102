"""How well rules find what was put into curves of shapes and seeds on which nothing was tuned."""

from __future__ import annotations

import pytest

from tests.unit.analysis.insight.curves import FAMILIES, samples
from tests.unit.analysis.insight.score import Score, scores

FLOORS = {
    "divergence": (0.95, 0.92),
    "nonfinite": (1.0, 1.0),
    "spike": (0.92, 0.92),
    "plateau": (0.9, 0.88),
    "improving": (0.9, 0.88),
    "stalled": (0.9, 0.78),
    "slow": (0.9, 0.8),
    "overfitting": (0.95, 0.95),
    "outlier": (0.88, 0.95),
    "idle": (0.95, 0.9),
    "silent": (0.95, 0.75),
}
"""Least precision and recall, somewhat below what is reached on 200 curves per family; silent waits on purpose."""


@pytest.fixture(scope="module")
def found() -> dict[str, Score]:
    return {one.rule: one for one in scores("held-out", 40)}


@pytest.mark.parametrize("rule", FLOORS)
def test_precision_and_recall_hold_on_curves_held_out(found: dict[str, Score], rule: str):
    precision, recall = FLOORS[rule]
    one = found[rule]
    assert one.hits + one.missed >= 10
    assert one.precision >= precision
    assert one.recall >= recall


@pytest.mark.parametrize(
    ("rule", "far"), [("divergence", 0.02), ("spike", 0.0), ("nonfinite", 0.0), ("overfitting", 0.03)]
)
def test_the_marked_start_is_near_the_true_one(found: dict[str, Score], rule: str, far: float):
    assert found[rule].far is not None
    assert found[rule].far <= far


def test_curves_held_out_share_no_shape_and_no_seed_with_those_for_tuning():
    tuning, held_out = (set(FAMILIES[part].values()) for part in ("tuning", "held-out"))
    assert tuning.isdisjoint(held_out)
    first, second = next(samples("tuning", 1)), next(samples("held-out", 1))
    assert first.curve.values.tolist() != second.curve.values.tolist()
    again = next(samples("tuning", 1))
    assert first.curve.values.tolist() == pytest.approx(again.curve.values.tolist(), nan_ok=True)
