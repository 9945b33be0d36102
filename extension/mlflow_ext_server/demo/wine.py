"""Model families compared by cross-validation on scikit-learn's wine data, in plain ``mlflow.start_run()`` blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import mlflow
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_predict, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mlflow_ext as ext
from mlflow_ext_server.demo import evaluation

EXPERIMENT = "Wine, model families"
_NAMES = ["Barolo", "Grignolino", "Barbera"]


def runs() -> dict[str, Callable[[], None]]:
    """Name and function of every run."""
    models: dict[str, ClassifierMixin] = {
        "logistic": LogisticRegression(C=0.1),
        "neighbours": KNeighborsClassifier(7),
        "forest": RandomForestClassifier(60, max_depth=4, random_state=1),
    }
    return {name: partial(compare, name, model) for name, model in models.items()}


@cache
def data() -> Any:
    """Measurements, cultivars and names, as scikit-learn gives them."""
    return load_wine()


def compare(name: str, model: ClassifierMixin) -> None:
    """Cross-validate one family and look at what it uses."""
    wine = data()
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run(run_name=name):
        ext.log_config({"family": name, "model": {k: v for k, v in model.get_params().items() if v is not None}})
        pipeline = make_pipeline(StandardScaler(), model)
        folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
        scores = cross_val_score(pipeline, wine.data, wine.target, cv=folds)
        repeats = np.repeat([f"repeat {i}" for i in range(1, 5)], 5)
        ext.log("fold accuracy", ext.Distribution(scores, groups=repeats), section="Cross-validation")
        ext.log("folds", ext.Series("fold", {"accuracy": scores}), section="Cross-validation")
        probability = cross_val_predict(pipeline, wine.data, wine.target, cv=5, method="predict_proba")
        _evaluate(probability)
        pipeline.fit(wine.data, wine.target)
        found = permutation_importance(pipeline, wine.data, wine.target, n_repeats=5, random_state=0)
        _importances(found.importances_mean, found.importances_std)
        _describe()
        mlflow.log_metrics({"accuracy": float(scores.mean()), "accuracy_std": float(scores.std())})


def _evaluate(probability: Any) -> None:
    wine = data()
    predicted = probability.argmax(axis=1)
    rows = np.arange(len(wine.target))
    curves = {
        "roc": evaluation.roc(wine.target, probability),
        "precision-recall": evaluation.precision_recall(wine.target, probability),
        "calibration": evaluation.calibration(wine.target, probability),
    }
    for name, curve in curves.items():
        ext.log(name, curve, section="Curves")
    plots = {
        "confusion": evaluation.confusion(wine.target, predicted, _NAMES),
        "confidence": evaluation.confidence(wine.target, probability),
        "per cultivar": evaluation.per_class(wine.target, predicted, _NAMES),
        "worst predictions": evaluation.worst(wine.target, probability, _NAMES, rows, limit=15),
    }
    for name, plot in plots.items():
        ext.log(name, plot, section="Evaluation")


def _importances(mean: Any, spread: Any) -> None:
    order = np.argsort(mean)[::-1]
    names = [data().feature_names[i] for i in order]
    bars = ext.BarChart(names, {"importance": mean[order]}, "", "loss of accuracy when shuffled", horizontal=True)
    ext.log("permutation importance", bars, section="Features")
    table = ext.Table(["feature", "importance", "spread"], list(zip(names, mean[order], spread[order], strict=True)))
    ext.log("importances", table, section="Features")


def _describe() -> None:
    wine = data()
    correlation = np.corrcoef(wine.data, rowvar=False)
    ext.log("correlation", ext.Matrix(wine.feature_names, wine.feature_names, correlation), section="Features")
    scaled = StandardScaler().fit_transform(wine.data)
    labels = [_NAMES[i] for i in wine.target]
    ext.log("cultivars", evaluation.embedding(scaled, labels, 2), section="Projection")
    ext.log("cultivars in 3-D", evaluation.embedding(scaled, labels, 3), section="Projection")
