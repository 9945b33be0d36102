"""Numbers that stand beside a compared figure, and the room that they take from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlflow_ext_ui.figures.picture import Chip, Fact, Facts, Look
from mlflow_ext_ui.text import width

_PAD = 12
_DOT = 13
_SPARE = 8
_LEAST, _LONGEST = 44, 132


def facts(headings: Sequence[str | Chip], rows: Sequence[Fact]) -> Facts:
    """A small table; the first heading stands over the rows' labels."""
    chips = tuple(Chip(one, "") if isinstance(one, str) else one for one in headings)
    names = [width(row.label) + (_DOT if row.color else 0) for row in rows] + [width(chips[0].label)]
    pixels = min(max(names), _LONGEST) + 2 * _PAD
    for i, chip in enumerate(chips[1:]):
        cells = [width(row.values[i]) for row in rows if i < len(row.values)]
        head = min(width(chip.label), 64 if chip.color else _LONGEST) + (_DOT if chip.color else 0)
        pixels += max([_LEAST - _PAD, head, *cells]) + _PAD
    return Facts(chips, tuple(rows), round(pixels) + _SPARE)


def beside(look: Look, found: Facts | None, columns: int) -> Look:
    """The look of a figure that shares a card over so many grid columns with these numbers."""
    if found is None:
        return look
    return replace(look, width=max(120, round(look.width - found.width / (1 if look.own_size else columns))))
