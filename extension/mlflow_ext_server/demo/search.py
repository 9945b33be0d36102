"""A random search over small networks on the digits. By itself it trains one, with the parameters of its flags:

``python -m mlflow_ext_server.demo.search --learning_rate 0.03 --width 64``, as suggestions are copied.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import mlflow
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss

import mlflow_ext as ext
from mlflow_ext.store_format import COMMAND_TAG
from mlflow_ext.sweep.command import flags
from mlflow_ext_server.demo import evaluation
from mlflow_ext_server.demo.digits import NAMES, data

FloatArray = NDArray[np.float64]

EXPERIMENT = "Digits search"
TRIALS = 40
EPOCHS = 20
_RESTART = 12  # the epoch at which a restart raises the learning rate
_RAISED = 20.0
_SEED = 7
_PROGRAM = "python -m mlflow_ext_server.demo.search"
_DEFAULTS: dict[str, float | int | str] = {
    "learning_rate": 0.03,
    "width": 32,
    "activation": "relu",
    "batch_size": 32,
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "schedule": "constant",
}
_DIVERGES = {**_DEFAULTS, "learning_rate": 0.12, "schedule": "restart"}


def runs() -> dict[str, Callable[[], None]]:
    """Name and function of every run; the last restarts with a learning rate that is too high for it."""
    rng = np.random.default_rng(_SEED)
    tried = [_drawn(rng) for _ in range(TRIALS - 1)] + [_DIVERGES]
    return {f"trial-{at:02}": partial(train, f"trial-{at:02}", params) for at, params in enumerate(tried)}


def train(name: str | None, params: Mapping[str, Any]) -> None:
    """Train one network and log it."""
    config = {**params, "epochs": EPOCHS}
    with ext.init(project=EXPERIMENT, name=name, config=config, system_metrics=False):
        texts = {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in params.items()}
        mlflow.set_tag(COMMAND_TAG, f"{_PROGRAM} {flags(texts)}")
        held = data()
        model = _Network(params)
        for epoch in range(EPOCHS):
            loss = model.epoch(held.x, held.y, epoch)
            probability = model.probability(held.x_test)
            test = float(log_loss(held.y_test, probability, labels=range(10)))
            accuracy = float((probability.argmax(axis=1) == held.y_test).mean())
            ext.log("loss", {"epoch": epoch, "train": loss, "test": test}, section="Accuracy and loss")
            ext.log("accuracy", {"epoch": epoch, "test": accuracy}, section="Accuracy and loss")
        confusion = evaluation.confusion(held.y_test, probability.argmax(axis=1), NAMES)
        ext.log("confusion", confusion, section="Evaluation")
        mlflow.log_metric("test_accuracy", accuracy)


def main() -> None:
    """Train one network with the parameters given, against the tracking server that MLflow's settings name."""
    parser = argparse.ArgumentParser(prog=_PROGRAM, description=__doc__)
    for name, default in _DEFAULTS.items():
        choices = {"activation": ["relu", "tanh"], "schedule": ["constant", "restart"]}.get(name)
        parser.add_argument(f"--{name}", type=type(default), default=default, choices=choices)
    given = parser.parse_args()
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        parser.error("set MLFLOW_TRACKING_URI to the server's address, such as http://127.0.0.1:5000")
    train(None, vars(given))
    ext.flush(strict=True)


def _drawn(rng: np.random.Generator) -> dict[str, float | int | str]:
    return {
        "learning_rate": float(f"{10 ** rng.uniform(-4, -0.3):.3g}"),
        "width": int(2 ** rng.uniform(3, 7)),
        "activation": str(rng.choice(["relu", "tanh"])),
        "batch_size": int(rng.choice([16, 32, 64, 128])),
        "momentum": round(float(rng.uniform(0.0, 0.95)), 2),
        "weight_decay": float(f"{10 ** rng.uniform(-6, -2):.3g}"),
        "schedule": "constant",
    }


class _Network:
    """One hidden layer, a softmax, stochastic gradient descent with momentum."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self._rng = np.random.default_rng(_SEED)
        width = params["width"]
        self._layers = [self._rng.normal(0, (2 / 64) ** 0.5, (64, width)), np.zeros(width)]
        self._layers += [self._rng.normal(0, (1 / width) ** 0.5, (width, 10)), np.zeros(10)]
        self._speed = [np.zeros_like(layer) for layer in self._layers]

    def epoch(self, x: FloatArray, y: NDArray[np.int64], epoch: int) -> float:
        """Go through the data once; the mean loss of its batches."""
        rate = self._params["learning_rate"]
        if self._params["schedule"] == "restart" and epoch >= _RESTART:
            rate *= _RAISED
        order, size = self._rng.permutation(len(y)), self._params["batch_size"]
        losses = [self._step(x[rows], y[rows], rate) for rows in np.array_split(order, -(-len(y) // size))]
        return float(np.mean(losses))

    def probability(self, x: FloatArray) -> FloatArray:
        """Of each class, shape (n, 10)."""
        return self._forward(x)[1]

    def _forward(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        first, bias, second, end = self._layers
        inner = x @ first + bias
        hidden = np.tanh(inner) if self._params["activation"] == "tanh" else np.maximum(inner, 0.0)
        score = hidden @ second + end
        power = np.exp(score - score.max(axis=1, keepdims=True))
        return hidden, power / power.sum(axis=1, keepdims=True)

    def _step(self, x: FloatArray, y: NDArray[np.int64], rate: float) -> float:
        hidden, probability = self._forward(x)
        error = probability.copy()
        error[np.arange(len(y)), y] -= 1
        error /= len(y)
        back = error @ self._layers[2].T * ((1 - hidden**2) if self._params["activation"] == "tanh" else (hidden > 0))
        slopes = [x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        for layer, speed, slope in zip(self._layers, self._speed, slopes, strict=True):
            speed *= self._params["momentum"]
            speed -= rate * (slope + self._params["weight_decay"] * layer)
            layer += speed
        return float(-np.log(np.maximum(probability[np.arange(len(y)), y], 1e-12)).mean())


if __name__ == "__main__":
    main()
