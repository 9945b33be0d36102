"""What a classifier's answers look like, as typed data. Pure: arrays in, primitives out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import (
    auc,
    average_precision_score,
    confusion_matrix,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_curve,
)
from sklearn.preprocessing import label_binarize

from mlflow_ext import BarChart, Curve, Distribution, Matrix, Scatter, Table

Array = NDArray[Any]
_CURVE_POINTS = 300


def confusion(truth: Array, predicted: Array, names: list[str]) -> Matrix:
    """Counts of true (rows) against predicted class (columns); both arrays hold class numbers, shape (n,)."""
    counts = confusion_matrix(truth, predicted, labels=range(len(names)))
    return Matrix(names, names, counts, metadata={"rows": "true class", "columns": "predicted class"})


def roc(truth: Array, probability: Array) -> Curve:
    """One-vs-rest ROC curve over all classes; ``probability``: shape (n, classes)."""
    wanted = label_binarize(truth, classes=range(probability.shape[1])).ravel()
    false_rate, true_rate, _ = roc_curve(wanted, probability.ravel())
    keep = _spread(len(false_rate))
    area = float(auc(false_rate, true_rate))
    return Curve(
        false_rate[keep],
        true_rate[keep],
        "False positive rate",
        "True positive rate",
        "diagonal",
        {"name": "AUC", "value": area},
    )


def precision_recall(truth: Array, probability: Array) -> Curve:
    """One-vs-rest precision over recall; the baseline is what guessing gives."""
    wanted = label_binarize(truth, classes=range(probability.shape[1])).ravel()
    precision, recall, _ = precision_recall_curve(wanted, probability.ravel())
    keep = _spread(len(recall))
    area = float(average_precision_score(wanted, probability.ravel()))
    return Curve(
        recall[keep][::-1],
        precision[keep][::-1],
        "Recall",
        "Precision",
        "horizontal",
        {"name": "AP", "value": area},
        metadata={"baseline_value": float(wanted.mean())},
    )


def calibration(truth: Array, probability: Array, bins: int = 10) -> Curve:
    """How often answers of a given confidence were right, in bins of equal count, and the mean distance (ECE)."""
    sure = probability.max(axis=1)
    right = probability.argmax(axis=1) == truth
    parts = np.array_split(np.argsort(sure), bins)
    confidence_in = np.array([sure[part].mean() for part in parts])
    right_in = np.array([right[part].mean() for part in parts])
    shares = np.array([len(part) for part in parts]) / len(truth)
    error = float(np.abs(confidence_in - right_in) @ shares)
    return Curve(confidence_in, right_in, "Confidence", "Share right", "diagonal", {"name": "ECE", "value": error})


def confidence(truth: Array, probability: Array) -> Distribution:
    """How sure the model was, apart for right and wrong answers."""
    right = probability.argmax(axis=1) == truth
    return Distribution(probability.max(axis=1), groups=np.where(right, "right", "wrong"))


def per_class(truth: Array, predicted: Array, names: list[str]) -> BarChart:
    """Precision and recall side by side for each class."""
    precision, recall, _, _ = precision_recall_fscore_support(
        truth, predicted, labels=range(len(names)), zero_division=0.0
    )
    return BarChart(names, {"precision": precision, "recall": recall}, "class", "")


def errors(truth: Array, predicted: Array, names: list[str]) -> BarChart:
    """Wrong answers per class, stacked: missed ones and those mistaken for it."""
    counts = confusion_matrix(truth, predicted, labels=range(len(names)))
    missed = counts.sum(axis=1) - counts.diagonal()
    mistaken = counts.sum(axis=0) - counts.diagonal()
    return BarChart(names, {"missed": missed, "mistaken for it": mistaken}, "class", "errors", stacked=True)


def worst(truth: Array, probability: Array, names: list[str], sample: Array, limit: int = 25) -> Table:
    """The answers with the least probability on the true class; ``sample``: row numbers of the data, shape (n,)."""
    on_truth = probability[np.arange(len(truth)), truth]
    predicted = probability.argmax(axis=1)
    rows = [
        [int(sample[i]), names[truth[i]], names[predicted[i]], float(probability[i].max()), float(on_truth[i])]
        for i in np.argsort(on_truth)[:limit]
    ]
    columns = [
        {"name": "sample", "type": "number"},
        {"name": "true", "type": "string"},
        {"name": "predicted", "type": "string"},
        {"name": "confidence", "type": "number"},
        {"name": "on the truth", "type": "number"},
    ]
    return Table(columns, rows)


def embedding(features: Array, labels: list[str], dimensions: int, sizes: Array | None = None) -> Scatter:
    """The first two or three principal components of ``features``, shape (n, width), one point per row."""
    points = PCA(dimensions, random_state=0).fit_transform(features)
    return Scatter(
        x=points[:, 0], y=points[:, 1], z=points[:, 2] if dimensions == 3 else None, labels=labels, sizes=sizes
    )


def _spread(count: int) -> Array:
    """At most 300 positions from first to last."""
    return np.unique(np.linspace(0, count - 1, min(count, _CURVE_POINTS)).astype(int))
