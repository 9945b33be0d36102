"""Two or more tables: the rows that each added, removed and changed against the reference, old and new per cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlflow_ext.primitives import Table
from mlflow_ext_ui.comparison.fact import facts
from mlflow_ext_ui.comparison.join import Join, RowChange, changes, join, keys
from mlflow_ext_ui.figures.frame import nothing, step_suffix
from mlflow_ext_ui.figures.picture import Column, Fact, GridInfo, Look, Picture, Sheet, Switch
from mlflow_ext_ui.figures.table import MOST_ROWS, cell
from mlflow_ext_ui.source import Drawing
from mlflow_ext_ui.state import Choice
from mlflow_ext_ui.text import MISSING, count, number, plural

ARROW = " → "
_MOST_KEYS = 50


class TableChange(NamedTuple):
    """Tables against the first: the column that joins them, None for the rows' place, and those that could."""

    runs: tuple[str, ...]
    tables: tuple[Table, ...]
    key: str | None
    keys: tuple[str, ...]
    joins: tuple[Join, ...]


def table(drawing: Drawing, look: Look, choice: Choice) -> Picture:
    """The picture of tables against the first: a sheet of differing rows per other run."""
    change = table_change(drawing, choice.key)
    if isinstance(change, str):
        return nothing(change)
    sheets = tuple(_sheet(change, i) for i in range(len(change.joins)))
    widest = max(len(sheet.columns) for sheet in sheets)
    columns = min(look.across, 2 if widest <= 6 else 3)
    body = [
        Fact(look.name(run), look.color(run), _counts(one))
        for run, one in zip(change.runs[1:], change.joins, strict=True)
    ]
    cut = any(sheet.total > len(sheet.rows) for sheet in sheets)
    by = f"joined on {change.key}" if change.key is not None else "joined by row"
    options = change.keys if change.key is None or change.key in change.keys else (change.key, *change.keys)
    return Picture(
        grid=GridInfo(sheets),
        caption=by + step_suffix(drawing.versions),
        columns=columns,
        rows=2,
        notes=_notes(change, look, choice, cut),
        facts=facts([f"Against {look.name(change.runs[0])}", "added", "removed", "changed", "same"], body),
        switches=(Switch("key", "Key", tuple((name, name) for name in options), change.key or ""),)
        if len(options) > 1
        else (),
    )


def table_change(drawing: Drawing, key: str | None) -> TableChange | str:
    """The tables joined; a sentence when there is nothing to compare.

    Args:
        drawing: the reference first.
        key: the column to join on, None for one that is unique in all tables; one that a table lacks counts as None.
    """
    held = [(one.run_id, one.primitive) for one in drawing.versions if isinstance(one.primitive, Table)]
    if len(held) < 2:
        return "Only one of these runs holds rows to compare."
    runs, tables = tuple(run for run, _ in held), tuple(one for _, one in held)
    able = keys(tables)
    everywhere = set.intersection(*({column.name for column in one.columns} for one in tables))
    if not everywhere:
        return "These tables have no column in common."
    usable = key is not None and key in everywhere and _hashable(tables, key)
    chosen = key if usable else next(iter(able), None)
    return TableChange(
        runs, tables, chosen, able[:_MOST_KEYS], tuple(join(tables[0], one, chosen) for one in tables[1:])
    )


def rows(drawing: Drawing, look: Look, choice: Choice) -> Iterator[tuple[Any, ...]]:
    """One row per other run and cell that is not the same in both."""
    yield ("run", "reference run", "change", "key", "column", "old", "new")
    change = table_change(drawing, choice.key)
    if isinstance(change, str):
        return
    for run, one in zip(change.runs[1:], change.joins, strict=True):
        head = (look.name(run), look.name(change.runs[0]))
        own, base = _place(one.other), _place(one.reference)
        for row in changes(one):
            key = _key_of(change, row, own, base)
            names = [one.shared[i] for i in row.columns] if row.columns else list(own if row.other else base)
            for name in names:
                old = row.reference[base[name]] if row.reference is not None else None
                new = row.other[own[name]] if row.other is not None else None
                yield (*head, row.change, key, name, old, new)


def _sheet(change: TableChange, i: int) -> Sheet:
    one, other, reference = change.joins[i], change.tables[i + 1], change.tables[0]
    own, base = _place(other), _place(reference)
    types = {column.name: column.type for column in (*other.columns, *reference.columns)}
    names = list(types) if change.key is None else [change.key, *(name for name in types if name != change.key)]
    columns = (
        Column("change", "Change", "string"),
        *(Column(f"c{j}", name, "compared") for j, name in enumerate(names)),
    )
    lines = []
    for row in changes(one, MOST_ROWS):
        apart = {one.shared[j] for j in row.columns}
        line: dict[str, Any] = {"change": row.change}
        for column, name in zip(columns[1:], names, strict=True):
            line[column.field] = _cell(row, name, own, base, name in apart)
        lines.append(line)
    total = one.differing
    caption = plural(total, "differing row") if total <= len(lines) else f"{count(len(lines))} of {count(total)} rows"
    return Sheet(change.runs[i + 1], columns, tuple(lines), total, caption)


def _cell(row: RowChange, name: str, own: dict[str, int], base: dict[str, int], apart: bool) -> Any:
    new = row.other[own[name]] if row.other is not None and name in own else None
    old = row.reference[base[name]] if row.reference is not None and name in base else None
    if not apart:
        return cell(new if row.other is not None and name in own else old)
    words = _word(old), _word(new)
    return ARROW.join(words if words[0] != words[1] else (repr(old), repr(new)))


def _word(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = number(float(value), 6)
        return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    shown = cell(value)
    return MISSING if shown is None else str(shown)


def _counts(one: Join) -> tuple[str, ...]:
    return tuple(count(n) for n in (len(one.added), len(one.removed), len(one.changed), one.same))


def _place(table: Table) -> dict[str, int]:
    return {column.name: i for i, column in enumerate(table.columns)}


def _key_of(change: TableChange, row: RowChange, own: dict[str, int], base: dict[str, int]) -> Any:
    if change.key is None:
        return None
    return row.other[own[change.key]] if row.other is not None else (row.reference or ())[base[change.key]]


def _hashable(tables: tuple[Table, ...], key: str) -> bool:
    places = [_place(one)[key] for one in tables]
    return not any(
        isinstance(row[place], (list, dict)) for one, place in zip(tables, places, strict=True) for row in one.data
    )


def _notes(change: TableChange, look: Look, choice: Choice, cut: bool) -> tuple[str, ...]:
    notes = []
    if choice.key is not None and choice.key != change.key:
        notes.append(f"Not all of these tables can be joined on {choice.key!r}.")
    if change.key is None:
        notes.append("No column is unique in all of these tables, so rows are matched by their place.")
    elif any(one.repeated for one in change.joins):
        notes.append(f"{change.key} comes more than once; its rows are matched one after another.")
    every = [{column.name for column in one.columns} for one in change.tables]
    for run, names in zip(change.runs, every, strict=True):
        alone = sorted(names - every[0].intersection(*every))
        if alone:
            notes.append(f"Columns of {look.name(run)} that not all have: {', '.join(alone[:8])}.")
    if cut:
        notes.append(f"The first {count(MOST_ROWS)} differing rows are shown; the CSV holds all.")
    return tuple(notes)
