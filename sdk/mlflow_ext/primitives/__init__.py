"""The kinds of typed data that a run holds. A new kind is a module here and one line in ``KINDS``."""

from __future__ import annotations

from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives.barchart import BarChart
from mlflow_ext.primitives.base import Primitive, Rows, identical
from mlflow_ext.primitives.columns import drawn
from mlflow_ext.primitives.curve import Baseline, Curve, CurveMetric
from mlflow_ext.primitives.distribution import Distribution
from mlflow_ext.primitives.matrix import Matrix
from mlflow_ext.primitives.scatter import Scatter
from mlflow_ext.primitives.series import Series
from mlflow_ext.primitives.table import Column, ColumnType, Table

__all__ = [
    "KINDS",
    "BarChart",
    "Baseline",
    "Column",
    "ColumnType",
    "Curve",
    "CurveMetric",
    "Distribution",
    "Matrix",
    "Primitive",
    "Rows",
    "Scatter",
    "Series",
    "Table",
    "drawn",
    "identical",
    "primitive_class",
]

KINDS: dict[str, type[Primitive]] = {
    Series.kind: Series,
    Distribution.kind: Distribution,
    Scatter.kind: Scatter,
    Matrix.kind: Matrix,
    Curve.kind: Curve,
    BarChart.kind: BarChart,
    Table.kind: Table,
}


def primitive_class(kind: str) -> type[Primitive]:
    """The class of a kind, in any case.

    Raises:
        ValidationError: there is no such kind; the message names those that there are.
    """
    found = KINDS.get(kind.lower()) if isinstance(kind, str) else None
    if found is None:
        raise ValidationError(f"There is no kind {kind!r}; there are {', '.join(KINDS)}.", field="kind")
    return found
