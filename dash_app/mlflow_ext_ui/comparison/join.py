"""Tables joined on a key: which rows one run added, removed or changed against another."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from mlflow_ext.primitives import Table

Cells = tuple[Any, ...]

_RANKS = {"string": 0, "datetime": 1, "number": 2, "boolean": 4, "mixed": 3}


class RowChange(NamedTuple):
    """One row on one or both sides; None where the side has none. ``columns``: places of the shared columns apart."""

    reference: Cells | None
    other: Cells | None
    columns: tuple[int, ...] = ()


class Join(NamedTuple):
    """How two tables differ.

    ``shared``: names of the columns that both have. ``added``, ``removed``, ``changed``: rows in the order of their
    table. ``same``: how many rows are equal. ``repeated``: whether a key comes more than once, its rows then matched
    one after another.
    """

    shared: tuple[str, ...]
    added: tuple[RowChange, ...]
    removed: tuple[RowChange, ...]
    changed: tuple[RowChange, ...]
    same: int
    repeated: bool


def keys(tables: Sequence[Table]) -> tuple[str, ...]:
    """Columns whose values are unique in every table, the likeliest key first; there may be none.

    Those come first whose values the tables have most in common, then text before dates before numbers, then the
    leftmost. Cells that no dict could hold make a column no key.
    """
    ranked = []
    for place, column in enumerate(tables[0].columns):
        sets = [_unique(table, column.name) for table in tables]
        if None in sets:
            continue
        held, *rest = [one for one in sets if one is not None]
        common = sum(len(held & one) for one in rest)
        ranked.append((-common, _RANKS[column.type], place, column.name))
    return tuple(name for *_, name in sorted(ranked))


def join(reference: Table, other: Table, key: str | None) -> Join:
    """The rows of ``other`` against those of ``reference``.

    Args:
        reference: the rows as they were.
        other: the rows as they are.
        key: the column that tells which rows belong together, one of both tables; None matches rows by their place.
    """
    names = [column.name for column in other.columns]
    shared = tuple(column.name for column in reference.columns if column.name in names)
    own, base = _places(other, shared), _places(reference, shared)
    # Whole rows may be compared at once only where a cell can't be True in one table and 1 in the other.
    straight = reference.columns == other.columns and all(column.type != "mixed" for column in other.columns)
    theirs, repeated = _by_key(reference, key)
    ours, again = _by_key(other, key)
    added, changed = [], []
    same = 0
    for found, row in ours.items():
        before = theirs.get(found)
        if before is None:
            added.append(RowChange(None, row))
        elif straight and row == before:
            same += 1
        else:
            apart = tuple(i for i in range(len(shared)) if not alike(row[own[i]], before[base[i]]))
            if apart:
                changed.append(RowChange(before, row, apart))
            else:
                same += 1
    removed = [RowChange(row, None) for found, row in theirs.items() if found not in ours]
    return Join(shared, tuple(added), tuple(removed), tuple(changed), same, repeated or again)


def alike(a: Any, b: Any) -> bool:
    """Whether two cells are the same: NaN is like NaN, 1 like 1.0, but True not like 1."""
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    return bool(a == b) or (isinstance(a, float) and isinstance(b, float) and a != a and b != b)


def column_values(table: Table, name: str) -> list[Any] | None:
    """A column's cells; None when the table has no such column."""
    place = next((i for i, column in enumerate(table.columns) if column.name == name), None)
    return None if place is None else [row[place] for row in table.data]


def _unique(table: Table, name: str) -> set[Hashable] | None:
    values = column_values(table, name)
    if values is None:
        return None
    try:
        found = {_key(value) for value in values}
    except TypeError:
        return None
    return found if len(found) == len(values) else None


def _by_key(table: Table, key: str | None) -> tuple[dict[Hashable, Cells], bool]:
    values = None if key is None else column_values(table, key)
    if values is None:
        return dict(enumerate(table.data)), False
    found: dict[Hashable, Cells] = dict(zip(map(_key, values), table.data, strict=True))
    if len(found) == len(values):
        return found, False
    seen: dict[Hashable, int] = {}
    found = {}
    for value, row in zip(map(_key, values), table.data, strict=True):
        number = seen.get(value, 0)
        seen[value] = number + 1
        found[value if not number else (value, number)] = row
    return found, True


def _key(value: Any) -> Hashable:
    """A cell as a key: NaN is one key, and True another than 1."""
    if isinstance(value, float) and value != value:
        return "\0NaN"
    if isinstance(value, bool):
        return f"\0{value}"
    hash(value)
    return value  # type: ignore[no-any-return]


def _places(table: Table, names: Sequence[str]) -> list[int]:
    place = {column.name: i for i, column in enumerate(table.columns)}
    return [place[name] for name in names]
