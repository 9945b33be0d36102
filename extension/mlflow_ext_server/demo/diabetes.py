"""Regressions on scikit-learn's diabetes data: one of them diverges, as happens, and its run ends as failed."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import mlflow
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor

import mlflow_ext as ext

EXPERIMENT = "Diabetes progression"
EPOCHS = 40


class Diabetes(NamedTuple):
    """Features, shape (n, 10), and disease progression, shape (n,), a quarter held back."""

    x: NDArray[np.float64]
    x_test: NDArray[np.float64]
    y: NDArray[np.float64]
    y_test: NDArray[np.float64]
    features: list[str]


def runs() -> dict[str, Callable[[], None]]:
    """Name and function of every run."""
    boosted = {f"boosting-depth{depth}": partial(boosting, depth) for depth in (1, 2, 4)}
    networks = {f"mlp-lr{rate:g}": partial(network, rate) for rate in (0.0001, 0.001, 0.01)}
    everything: dict[str, Callable[..., None]] = {**boosted, **networks}
    return {name: partial(train, name) for name, train in everything.items()}


@cache
def data() -> Diabetes:
    """The data with features brought to unit variance."""
    bundle = load_diabetes()
    scaled = bundle.data / bundle.data.std()
    x, x_test, y, y_test = train_test_split(scaled, bundle.target, test_size=0.25, random_state=0)
    return Diabetes(x, x_test, y, y_test, bundle.feature_names)


def boosting(depth: int, name: str) -> None:
    """Gradient boosting; the loss after each tree in one call."""
    held = data()
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=name):
        ext.log_config({"model": "boosting", "depth": depth, "trees": 200})
        model = GradientBoostingRegressor(n_estimators=200, max_depth=depth, learning_rate=0.05, random_state=1)
        model.fit(held.x, held.y)
        rmse = {
            "train": [_rmse(held.y, predicted) for predicted in model.staged_predict(held.x)],
            "test": [_rmse(held.y_test, predicted) for predicted in model.staged_predict(held.x_test)],
        }
        trees = range(1, len(rmse["test"]) + 1)
        ext.log("rmse", ext.Series("trees", rmse, index_values=trees), section="Convergence")
        order = np.argsort(model.feature_importances_)[::-1]
        features = [held.features[i] for i in order]
        bars = ext.BarChart(features, {"importance": model.feature_importances_[order]}, horizontal=True)
        ext.log("importance", bars, section="Features")
        _evaluate(model.predict(held.x), model.predict(held.x_test))


def network(rate: float, name: str) -> None:
    """A small network by gradient descent; too large a step makes it diverge."""
    held = data()
    mlflow.set_experiment(EXPERIMENT)
    mlflow.start_run(run_name=name)
    ext.log_config({"model": "mlp", "learning_rate": rate, "epochs": EPOCHS})
    model = MLPRegressor(hidden_layer_sizes=(16,), solver="sgd", learning_rate_init=rate, random_state=1)
    status = "FINISHED"
    for epoch in range(EPOCHS):
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                model.partial_fit(held.x, held.y)
        except ValueError:  # scikit-learn refuses to go on once a weight is infinite
            ext.log("rmse", {"epoch": epoch, "train": math.nan, "test": math.nan}, section="Convergence")
            status = "FAILED"
            break
        losses = {"train": _rmse(held.y, model.predict(held.x)), "test": _rmse(held.y_test, model.predict(held.x_test))}
        ext.log("rmse", {"epoch": epoch, **losses}, section="Convergence")
    if status == "FINISHED":
        _evaluate(model.predict(held.x), model.predict(held.x_test))
    mlflow.end_run(status)


def _rmse(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging model's error is infinite, and is logged so
        return float(np.sqrt(np.mean((predicted - truth) ** 2)))


def _evaluate(train: NDArray[Any], test: NDArray[Any]) -> None:
    held = data()
    residuals = np.concatenate([train - held.y, test - held.y_test])
    groups = ["train"] * len(train) + ["test"] * len(test)
    ext.log("residuals", ext.Distribution(residuals, groups=groups), section="Evaluation")
    sizes = np.abs(test - held.y_test)
    ext.log("predicted over true", ext.Scatter(x=held.y_test, y=test, sizes=sizes), section="Evaluation")
    order = np.argsort(sizes)[::-1][:20]
    rows = np.column_stack([held.y_test, test, test - held.y_test, held.x_test])[order]
    table = ext.Table(["true", "predicted", "residual", *held.features], rows)
    ext.log("worst predictions", table, section="Evaluation")
    lift_x, lift_y, area = _gain(held.y_test, test)
    curve = ext.Curve(
        lift_x, lift_y, "Share of patients", "Share of progression", "diagonal", {"name": "area", "value": area}
    )
    ext.log("cumulative gain", curve, section="Evaluation")
    mlflow.log_metric("test_rmse", _rmse(held.y_test, test))


def _gain(truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Progression found when patients are taken by prediction, highest first; and the area under it."""
    order = np.argsort(predicted)[::-1]
    found = np.concatenate([[0.0], np.cumsum(truth[order]) / truth.sum()])
    share = np.linspace(0, 1, len(found))
    return share, found, float(np.sum((found[1:] + found[:-1]) / 2 * np.diff(share)))
