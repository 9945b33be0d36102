"""Tables joined on a key: which rows one run added, removed or changed against another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from operator import ne
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.primitives import Table

Cells = tuple[Any, ...]
Places = NDArray[np.intp]

_RANKS = {"string": 0, "datetime": 1, "number": 2, "boolean": 4, "mixed": 3}
_GLANCE = 1000


class RowChange(NamedTuple):
    """One row that differs: how, its cells on both sides, None where a side has none, and which shared columns do."""

    change: str
    reference: Cells | None
    other: Cells | None
    columns: tuple[int, ...] = ()


class Join(NamedTuple):
    """How two tables differ.

    ``shared``: names of the columns that both have. ``added``: rows of ``other``; ``removed``: rows of ``reference``;
    ``changed``: shape (k, 2), rows of ``other`` and of ``reference``; ``apart``: shape (k, shared columns), which cells
    differ. ``same``: how many rows are equal. ``repeated``: whether a key comes more than once, its rows then matched
    one after another.
    """

    reference: Table
    other: Table
    shared: tuple[str, ...]
    added: Places
    removed: Places
    changed: Places
    apart: NDArray[np.bool_]
    same: int
    repeated: bool

    @property
    def differing(self) -> int:
        """How many rows are not the same in both."""
        return len(self.changed) + len(self.added) + len(self.removed)


def keys(tables: Sequence[Table]) -> tuple[str, ...]:
    """Columns whose values are unique in every table, the likeliest key first; there may be none.

    Those come first whose values the tables have most in common, then text before dates before numbers, then the
    leftmost. Cells that no dict could hold, and NaN, make a column no key.
    """
    ranked = []
    for place, column in enumerate(tables[0].columns):
        held: list[set[Hashable]] = []
        for table in tables:
            values = column_values(table, column.name)
            found = None if values is None else _unique(values)
            if found is None:
                break
            held.append(found)
        else:
            common = sum(len(held[0] & one) for one in held[1:])
            ranked.append((-common, _RANKS[column.type], place, column.name))
    return tuple(name for *_, name in sorted(ranked))


def join(reference: Table, other: Table, key: str | None) -> Join:
    """The rows of ``other`` against those of ``reference``.

    Args:
        reference: the rows as they were.
        other: the rows as they are.
        key: the column that tells which rows belong together, one of both tables; None matches rows by their place.
    """
    theirs, repeated = _keys(reference, key)
    ours, again = _keys(other, key)
    place = {found: i for i, found in enumerate(theirs)}
    at = np.fromiter((place.get(found, -1) for found in ours), np.intp, len(ours))
    matched = np.flatnonzero(at >= 0)
    pairs = np.stack([matched, at[matched]], axis=1)
    gone = np.ones(len(theirs), dtype=bool)
    gone[pairs[:, 1]] = False
    types = {column.name: column.type for column in reference.columns}
    shared = tuple(column.name for column in other.columns if column.name in types)
    shared = tuple(name for name in types if name in shared)
    strict = {column.name for column in other.columns if column.type == types.get(column.name) != "mixed"}
    apart = np.zeros((len(pairs), len(shared)), dtype=bool)
    for i, name in enumerate(shared):
        own, base = _objects(other, name)[pairs[:, 0]], _objects(reference, name)[pairs[:, 1]]
        apart[:, i] = _differ(own, base) if name in strict else _unlike(own, base)
    changed = apart.any(axis=1)
    return Join(
        reference=reference,
        other=other,
        shared=shared,
        added=np.flatnonzero(at < 0),
        removed=np.flatnonzero(gone),
        changed=pairs[changed],
        apart=apart[changed],
        same=int((~changed).sum()),
        repeated=repeated or again,
    )


def changes(found: Join, most: int | None = None) -> Iterator[RowChange]:
    """The rows that differ: the changed ones, then those added, then those removed; ``most`` of them at most."""
    return islice(_changes(found), most)


def _changes(found: Join) -> Iterator[RowChange]:
    old, new = found.reference.data, found.other.data
    for (i, j), apart in zip(found.changed, found.apart, strict=True):
        yield RowChange("changed", old[j], new[i], tuple(np.flatnonzero(apart).tolist()))
    for i in found.added:
        yield RowChange("added", None, new[i])
    for j in found.removed:
        yield RowChange("removed", old[j], None)


def alike(a: Any, b: Any) -> bool:
    """Whether two cells are the same: NaN is like NaN, 1 like 1.0, but True not like 1."""
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and a != a and b != b)


def column_values(table: Table, name: str) -> list[Any] | None:
    """A column's cells; None when the table has no such column."""
    place = next((i for i, column in enumerate(table.columns) if column.name == name), None)
    return None if place is None else [row[place] for row in table.data]


def _differ(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Which cells of two columns of one type differ, NaN being like NaN; shape (n,)."""
    return np.asarray((a != b) & ~((a != a) & (b != b)), dtype=bool)


def _unlike(a: NDArray[Any], b: NDArray[Any]) -> list[bool]:
    """As ``_differ`` for cells of any type."""
    return [not alike(*cells) for cells in zip(a, b, strict=True)]


def _objects(table: Table, name: str) -> NDArray[Any]:
    values = column_values(table, name) or []
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _unique(values: list[Any]) -> set[Hashable] | None:
    """The values as keys; None when they are not unique, or can't be keys."""
    try:
        glance = values[:_GLANCE]
        if len(set(glance)) < len(glance) or any(map(ne, values, values)):
            return None
        found = set(values)
    except TypeError:
        return None
    return found if len(found) == len(values) else None


def _keys(table: Table, key: str | None) -> tuple[list[Hashable], bool]:
    """One key per row, and whether values come more than once; one that comes again gets its number."""
    values = None if key is None else column_values(table, key)
    if values is None:
        return list(range(len(table.data))), False
    plain = not any(map(ne, values, values)) and bool not in set(map(type, values))
    known = values if plain else [_key(value) for value in values]
    if len(set(known)) == len(known):
        return known, False
    seen: Counter[Hashable] = Counter()
    numbered: list[Hashable] = []
    for value in known:
        numbered.append((value, seen[value]) if seen[value] else value)
        seen[value] += 1
    return numbered, True


def _key(value: Any) -> Hashable:
    """A cell as a key: NaN is one key, and True another than 1."""
    if value is True or value is False or value != value:
        return f"\0{value}"
    return value  # type: ignore[no-any-return]
