"""The primitives of one run with their data, as the SDK would have logged them in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.encoding import float_text
from mlflow_ext.errors import MlflowExtError
from mlflow_ext.store_format import MergedSeries, Part
from mlflow_ext_server.repositories.holding import full_name
from mlflow_ext_server.repositories.part import Held, PartRepository
from mlflow_ext_server.repositories.plot import PlotRepository
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_ui import thinning

_EXACT = 2.0**53  # from here on a float64 may have rounded an integer


class StoredPrimitive(NamedTuple):
    """One primitive: ``data`` in the form of docs/format.md, ready for JSON (arrays are finite)."""

    name: str
    kind: str
    section: str | None
    step: int | None
    logged_at: int
    data: dict[str, Any]
    metadata: dict[str, Any] | None
    points: int
    shown: int


class Unreadable(NamedTuple):
    """A primitive that could not be read, and why."""

    name: str
    kind: str
    detail: str


class PrimitiveReader:
    """Reads whole primitives, all writers merged."""

    def __init__(self, plots: PlotRepository, parts: PartRepository) -> None:
        self._plots = plots
        self._parts = parts

    def read(
        self, row: RunRow, *, name: str | None = None, kind: str | None = None, max_points: int | None = None
    ) -> Iterator[StoredPrimitive | Unreadable]:
        """What the run holds, by name; the newest version of each kind but Series.

        Args:
            row: a run that may be read.
            name: only primitives of this very name.
            kind: only of this kind, in any case.
            max_points: a Series beyond is thinned; its extremes and both ends stay.
        """
        for held in self._plots.holdings({row.id: row}).get(row.id, {}).values():
            if kind is not None and held[0].tag.kind != kind.lower():
                continue
            title = full_name(held, self._parts)
            if name is not None and title != name:
                continue
            try:
                yield (
                    self._series(title, held, max_points)
                    if held[0].tag.kind == "series"
                    else self._version(title, held)
                )
            except MlflowExtError as error:
                yield Unreadable(title, held[0].tag.kind, str(error))

    def _version(self, name: str, held: list[Held]) -> StoredPrimitive:
        _, _, _, part, version = max(
            ((v.logged_at, part.writer, v.seq, part, v) for part in self._parts.newest(held) for v in part.versions),
            key=lambda one: one[:3],
        )
        points = sum(one.tag.points for one in held)
        section = version.section if version.section is not None else part.section
        return StoredPrimitive(
            name, part.kind, section, version.step, version.logged_at, version.data, version.metadata, points, 1
        )

    def _series(self, name: str, held: list[Held], max_points: int | None) -> StoredPrimitive:
        merged = self._parts.series(held)
        parts = self._parts.parts(held)
        keep = _kept(merged, max_points)
        exact = _exact_columns(merged, parts)
        newest = max(parts, key=lambda part: part.versions[-1].logged_at)
        index, fields = exact if exact is not None else (_index(merged), _fields(merged))
        return StoredPrimitive(
            name=name,
            kind="series",
            section=newest.section,
            step=None,
            logged_at=int(merged.logged_at.max()) if len(merged.logged_at) else 0,
            data={
                "index": merged.index,
                "index_values": _taken(index, keep),
                "fields": {field: _taken(column, keep) for field, column in fields.items()},
            },
            metadata=merged.metadata,
            points=len(merged.x),
            shown=len(merged.x) if keep is None else len(keep),
        )


def _kept(merged: MergedSeries, limit: int | None) -> NDArray[np.intp] | None:
    """Which points stay; None: all. Both ends and each field's extremes do, whatever the limit."""
    size = len(merged.x)
    if limit is None or size <= limit:
        return None
    must, may = {0, size - 1}, [np.empty(0, dtype=np.intp)]
    for values, _ in merged.fields.values():
        there = np.flatnonzero(np.isfinite(values))
        if len(there):
            must |= {int(there[values[there].argmin()]), int(there[values[there].argmax()])}
            may.append(there[thinning.line(merged.x[there], values[there], limit // len(merged.fields))])
    rest = np.setdiff1d(np.concatenate(may), list(must))
    room = max(0, limit - len(must))
    if len(rest) > room:
        rest = rest[np.linspace(0, len(rest) - 1, room).astype(np.intp)]
    return np.union1d(rest, list(must)).astype(np.intp)


def _taken(column: Sequence[Any] | NDArray[np.float64], keep: NDArray[np.intp] | None) -> Any:
    if keep is None:
        return column
    return column[keep] if isinstance(column, np.ndarray) else [column[at] for at in keep.tolist()]


def _index(merged: MergedSeries) -> Sequence[Any] | NDArray[np.float64]:
    return list(merged.x_text) if merged.x_text is not None else merged.x


def _fields(merged: MergedSeries) -> dict[str, Sequence[Any] | NDArray[np.float64]]:
    return {name: _cells(values, missing) for name, (values, missing) in merged.fields.items()}


def _cells(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> Sequence[Any] | NDArray[np.float64]:
    if np.isfinite(values).all():
        return values
    plain = values.tolist()
    return [
        None if gone else value if np.isfinite(value) else float_text(value)
        for value, gone in zip(plain, missing.tolist(), strict=True)
    ]


def _exact_columns(
    merged: MergedSeries, parts: Sequence[Part]
) -> tuple[Sequence[Any], dict[str, Sequence[Any] | NDArray[np.float64]]] | None:
    """The columns as they stand in the files, where one writer logged them in order: then nothing was merged.

    None where they had to be merged.
    """
    versions = [(part, version) for part in parts for version in part.versions]
    size = sum(len(next(iter(version.data["fields"].values()))) for _, version in versions)
    if len({part.writer for part, _ in versions}) != 1 or size != len(merged.x) or merged.left_out:
        return None
    ordered = [version.data for _, version in sorted(versions, key=lambda one: one[0].part)]
    if any(data.get("index_values") is None for data in ordered):
        return None
    index = [value for data in ordered for value in data["index_values"]]
    if merged.x_text is None and not np.array_equal(np.array(index, dtype=np.float64), merged.x):
        return None
    if merged.x_text is not None and tuple(index) != merged.x_text:
        return None
    columns: dict[str, Sequence[Any] | NDArray[np.float64]] = {}
    for field in merged.fields:
        cells: list[Any] = []
        for data in ordered:
            here = data["fields"].get(field)
            cells += here if here is not None else [None] * len(data["index_values"])
        columns[field] = cells
    return index, columns
