"""Scatter: points in two or three dimensions, with labels and sizes or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import model_validator

from mlflow_ext.encoding import number_column, numbers_from_json
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, is_data_frame
from mlflow_ext.primitives import columns
from mlflow_ext.primitives.base import Primitive, Rows
from mlflow_ext.primitives.fields import GappedNumbersOrNone, LabelsOrNone, Numbers

MAX_POINTS = 1_000_000
_POINT_KEYS = {"x": "x", "y": "y", "z": "z", "label": "labels", "size": "sizes"}


class Scatter(Primitive):
    """Points in two or three dimensions.

    Args:
        points: dicts with x, y and, where wanted, z, label and size; instead of the columns below.
        x: numbers of shape (n,), finite or not.
        y: numbers of shape (n,), finite or not.
        z: numbers of shape (n,), None where missing; None for a plot in two dimensions.
        labels: n texts that give the colour, None where missing.
        sizes: n numbers, in proportion to each other, None where missing.
        metadata: anything JSON holds.

    Example:
        >>> Scatter(points=[{"x": 0, "y": 1, "label": "a"}, {"x": 2, "y": 3, "label": "b"}]).labels
        ('a', 'b')
    """

    kind: ClassVar[str] = "scatter"
    positional: ClassVar[tuple[str, ...]] = ("points",)
    max_points: ClassVar[int] = MAX_POINTS

    x: Numbers
    y: Numbers
    z: GappedNumbersOrNone = None
    labels: LabelsOrNone = None
    sizes: GappedNumbersOrNone = None

    if TYPE_CHECKING:

        def __init__(
            self,
            points: Sequence[Mapping[str, Any]] | None = None,
            *,
            x: Any = None,
            y: Any = None,
            z: Any = None,
            labels: Any = None,
            sizes: Any = None,
            metadata: Mapping[str, Any] | None = None,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _from_points(cls, raw: Any) -> Any:
        if not isinstance(raw, dict) or "points" not in raw:
            return raw
        rest = {key: value for key, value in raw.items() if key != "points"}
        if raw["points"] is None:
            return rest
        for name in _POINT_KEYS.values():
            if rest.get(name) is not None:
                raise ValidationError(f"{name} was given beside points; give either points or columns.", field=name)
        return {**rest, **_columns(raw["points"])}

    @model_validator(mode="after")
    def _consistent(self) -> Scatter:
        size = columns.same_length({"x": self.x, "y": self.y, "z": self.z, "labels": self.labels, "sizes": self.sizes})
        columns.at_most(size, MAX_POINTS, "x", "points")
        return self

    def __len__(self) -> int:
        return len(self.x)

    @classmethod
    def example(cls) -> Scatter:
        """Six embeddings of two classes, sized by how sure the model is."""
        return cls(
            x=[-1.8, -1.2, -2.1, 1.4, 1.9, 2.3],
            y=[0.4, 0.9, 0.1, -0.6, -0.2, -1.1],
            labels=["cat", "cat", "cat", "dog", "dog", "dog"],
            sizes=[0.91, 0.62, 0.97, 0.55, 0.83, 0.99],
        )

    def rows(self) -> Rows:
        """One row per point with the columns that there are."""
        given = {"x": self.x, "y": self.y, "z": self.z, "label": self.labels, "size": self.sizes}
        present = {name: columns.cells(column) for name, column in given.items() if column is not None}
        return Rows(tuple(present), list(zip(*present.values(), strict=True)))

    def to_data(self) -> dict[str, Any]:
        """Columns; z, labels and sizes are null where absent."""
        return {
            "x": number_column(self.x),
            "y": number_column(self.y),
            "z": None if self.z is None else number_column(self.z),
            "labels": self.labels,
            "sizes": None if self.sizes is None else number_column(self.sizes),
        }

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Numbers again where strings stood for them."""
        return {
            key: numbers_from_json(value) if key in ("x", "y", "z", "sizes") else value for key, value in data.items()
        }


def _columns(points: Any) -> dict[str, Any]:
    if is_data_frame(points):
        points = points.to_dict(orient="records")
    if not isinstance(points, (list, tuple)):
        raise ValidationError(f"points is {describe(points)}, but takes a list of dicts with x and y.", field="points")
    alike = _alike(points)
    if alike is not None:
        return alike
    for i, point in enumerate(points):
        _check_point(point, f"points[{i}]")
    return {
        column: [point.get(key) for point in points]
        for key, column in _POINT_KEYS.items()
        if key in "xy" or any(key in point for point in points)
    }


def _alike(points: Sequence[Any]) -> dict[str, Any] | None:
    """The columns of points that all have the same keys, in C loops; None when they have not."""
    keys = points[0].keys() if points and type(points[0]) is dict else ()
    if not {"x", "y"} <= set(keys) <= _POINT_KEYS.keys():
        return None
    if set(map(type, points)) != {dict} or set(map(len, points)) != {len(keys)}:
        return None
    try:
        return {_POINT_KEYS[key]: list(map(itemgetter(key), points)) for key in keys}
    except KeyError:
        return None


def _check_point(point: Any, field: str) -> None:
    if not isinstance(point, Mapping):
        raise ValidationError(f"{field} is {describe(point)}, but takes a dict with x and y.", field=field)
    for key in point:
        if key not in _POINT_KEYS:
            raise ValidationError(f"{field} has the key {describe(key)}; it takes x, y, z, label, size.", field=field)
    for key in "xy":
        if key not in point:
            raise ValidationError(f"{field} has no {key}; every point needs x and y.", field=field)
