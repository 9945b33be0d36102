"""A sweep of classifiers on scikit-learn's handwritten digits: 27 small networks, rivals, and one that diverges."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import mlflow
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import mlflow_ext as ext
from mlflow_ext_server.demo import evaluation

EXPERIMENT = "Digits sweep"
NAMES = [str(digit) for digit in range(10)]
RATES, WIDTHS, SEEDS = (0.0003, 0.003, 0.03), (8, 32, 128), (1, 2, 3)
EPOCHS = 30
DIVERGING, RAISED_AT = "mlp-32-sgd-lr0.1-raised", 12


class Digits(NamedTuple):
    """Pixels from 0 to 1, shape (n, 64), and classes, shape (n,); ``sample``: the test images' row numbers."""

    x: NDArray[np.float64]
    y: NDArray[np.int64]
    x_test: NDArray[np.float64]
    y_test: NDArray[np.int64]
    sample: NDArray[np.int64]


def runs() -> dict[str, Callable[[], None]]:
    """Name and function of every run."""
    networks = {
        f"mlp-{width}-lr{rate:g}-seed{seed}": partial(network, width, rate, seed)
        for width, rate, seed in itertools.product(WIDTHS, RATES, SEEDS)
    }
    linear = {f"logistic-alpha{alpha:g}": partial(logistic, alpha) for alpha in (1e-5, 1e-3, 1e-1)}
    forests = {f"forest-depth{depth}": partial(forest, depth) for depth in (3, 8, 20)}
    everything: dict[str, Callable[..., None]] = {**forests, **linear, **networks}
    newest = everything.popitem()
    everything |= {DIVERGING: diverging, newest[0]: newest[1]}  # among those that the page shows first
    return {name: partial(train, name) for name, train in everything.items()}


@cache
def data() -> Digits:
    """The digits, a fifth of them held back."""
    x, y = load_digits(return_X_y=True)
    parts = train_test_split(x / 16.0, y, np.arange(len(y)), test_size=0.2, stratify=y, random_state=0)
    return Digits(parts[0], parts[2], parts[1], parts[3], parts[5])


def network(width: int, rate: float, seed: int, name: str) -> None:
    """One hidden layer, trained epoch by epoch."""
    held = data()
    config = {"model": {"family": "mlp", "width": width}, "learning_rate": rate, "seed": seed, "epochs": EPOCHS}
    with ext.init(project=EXPERIMENT, name=name, config=config, system_metrics=False):
        model = MLPClassifier((width,), learning_rate_init=rate, random_state=seed)
        for epoch in range(EPOCHS):
            model.partial_fit(held.x, held.y, classes=range(10))
            probability = model.predict_proba(held.x_test)
            _log_epoch(epoch, float(model.loss_), probability)
            norms = {f"layer {i}": float(np.linalg.norm(weights)) for i, weights in enumerate(model.coefs_, 1)}
            ext.log("weight norm", {"epoch": epoch, **norms}, section="Weights")
            matrix = evaluation.confusion(held.y_test, probability.argmax(axis=1), NAMES)
            ext.log("confusion", matrix, section="Evaluation", step=epoch)
            ext.log("output weights", ext.Distribution(model.coefs_[-1].ravel()), section="Weights", step=epoch)
        weights = np.concatenate([layer.ravel() for layer in model.coefs_])
        layers = np.repeat([f"layer {i}" for i in range(1, len(model.coefs_) + 1)], [w.size for w in model.coefs_])
        ext.log("weights", ext.Distribution(weights, groups=layers), section="Weights")
        hidden = np.maximum(held.x_test @ model.coefs_[0] + model.intercepts_[0], 0)
        _evaluate(probability, hidden)


def diverging(name: str) -> None:
    """A network whose learning rate is 20 times as high from one epoch on, as by a mistake in its schedule."""
    held = data()
    config = {"model": {"family": "mlp-sgd", "width": 32}, "learning_rate": 0.1, "seed": 1, "epochs": EPOCHS}
    with ext.init(project=EXPERIMENT, name=name, config=config, system_metrics=False), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # each call of fit is one epoch
        model = MLPClassifier((32,), solver="sgd", warm_start=True, max_iter=1, learning_rate_init=0.1, random_state=1)
        for epoch in range(EPOCHS):
            if epoch == RAISED_AT:
                model.set_params(learning_rate_init=2.0)
            model.fit(held.x, held.y)
            probability = model.predict_proba(held.x_test)
            _log_epoch(epoch, float(model.loss_), probability)
        _evaluate(probability, np.maximum(held.x_test @ model.coefs_[0] + model.intercepts_[0], 0))


def logistic(alpha: float, name: str) -> None:
    """Logistic regression by stochastic gradient descent, epoch by epoch."""
    held = data()
    config = {"model": {"family": "logistic"}, "alpha": alpha, "epochs": EPOCHS}
    with ext.init(project=EXPERIMENT, name=name, config=config, system_metrics=False):
        model = SGDClassifier(loss="log_loss", alpha=alpha, random_state=1)
        for epoch in range(EPOCHS):
            model.partial_fit(held.x, held.y, classes=range(10))
            loss = float(log_loss(held.y, model.predict_proba(held.x), labels=range(10)))
            _log_epoch(epoch, loss, model.predict_proba(held.x_test))
        coefficients = np.linalg.norm(model.coef_, axis=0).reshape(8, 8)
        _log_pixels("pixel weight", coefficients)
        _evaluate(model.predict_proba(held.x_test), held.x_test)


def forest(depth: int, name: str) -> None:
    """A random forest that grows; its Series counts trees, not epochs."""
    held = data()
    config = {"model": {"family": "forest"}, "depth": depth}
    with ext.init(project=EXPERIMENT, name=name, config=config, system_metrics=False):
        model = RandomForestClassifier(max_depth=depth, warm_start=True, random_state=1)
        for trees in range(5, 105, 5):
            model.set_params(n_estimators=trees).fit(held.x, held.y)
            scores = {"train": model.score(held.x, held.y), "test": model.score(held.x_test, held.y_test)}
            ext.log("growth", {"trees": trees, **scores}, section="Accuracy and loss")
        _log_pixels("pixel importance", model.feature_importances_.reshape(8, 8))
        _evaluate(model.predict_proba(held.x_test), held.x_test)


def _log_epoch(epoch: int, train_loss: float, probability: NDArray[Any]) -> None:
    held = data()
    loss = float(log_loss(held.y_test, probability, labels=range(10)))
    accuracy = float((probability.argmax(axis=1) == held.y_test).mean())
    ext.log("loss", {"epoch": epoch, "train": train_loss, "test": loss}, section="Accuracy and loss")
    ext.log("accuracy", {"epoch": epoch, "test": accuracy}, section="Accuracy and loss")


def _log_pixels(name: str, weights: NDArray[Any]) -> None:
    labels = [str(i) for i in range(8)]
    ext.log(name, ext.Matrix(labels, labels, weights), section="Features")
    order = np.argsort(weights.ravel())[::-1][:12]
    pixels = [f"row {i // 8}, column {i % 8}" for i in order]
    bars = ext.BarChart(pixels, {name: weights.ravel()[order]}, "", name, horizontal=True)
    ext.log(f"top {name}s", bars, section="Features")


def _evaluate(probability: NDArray[Any], features: NDArray[Any]) -> None:
    held = data()
    predicted = probability.argmax(axis=1)
    sure = probability.max(axis=1)
    labels = [NAMES[digit] for digit in held.y_test]
    curves = {
        "roc": evaluation.roc(held.y_test, probability),
        "precision-recall": evaluation.precision_recall(held.y_test, probability),
        "calibration": evaluation.calibration(held.y_test, probability),
    }
    for name, curve in curves.items():
        ext.log(name, curve, section="Curves")
    plots = {
        "confidence": evaluation.confidence(held.y_test, probability),
        "per class": evaluation.per_class(held.y_test, predicted, NAMES),
        "errors": evaluation.errors(held.y_test, predicted, NAMES),
        "worst predictions": evaluation.worst(held.y_test, probability, NAMES, held.sample),
    }
    for name, plot in plots.items():
        ext.log(name, plot, section="Evaluation")
    ext.log("projection", evaluation.embedding(features, labels, 2, sure), section="Projection")
    ext.log("projection in 3-D", evaluation.embedding(features, labels, 3), section="Projection")
    mlflow.log_metric("test_accuracy", float((predicted == held.y_test).mean()))
