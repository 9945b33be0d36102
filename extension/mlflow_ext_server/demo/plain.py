"""Runs as they are in the store of somebody who has never heard of mlflow-ext: MLflow's own calls alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

EXPERIMENT = "Breast cancer, plain MLflow"
ROUNDS = 60


def runs() -> dict[str, Callable[[], None]]:
    """Name and function of every run."""
    return {f"boosting-lr{rate:g}": partial(boosting, rate) for rate in (0.02, 0.1, 0.5)}


def boosting(rate: float) -> None:
    """Gradient boosting with one MLflow metric per round and set."""
    x, y = load_breast_cancer(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.3, stratify=y, random_state=0)
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=f"boosting-lr{rate:g}"):
        mlflow.log_params({"learning_rate": rate, "max_leaf_nodes": 8, "rounds": ROUNDS})
        model = HistGradientBoostingClassifier(learning_rate=rate, max_iter=ROUNDS, max_leaf_nodes=8, random_state=1)
        model.fit(x, y)
        staged = zip(model.staged_predict_proba(x), model.staged_predict_proba(x_test), strict=True)
        for step, (train, test) in enumerate(staged):
            metrics = {
                "train/log_loss": log_loss(y, train),
                "test/log_loss": log_loss(y_test, test),
                "test/accuracy": accuracy_score(y_test, test.argmax(axis=1)),
            }
            mlflow.log_metrics({key: float(value) for key, value in metrics.items()}, step=step)
