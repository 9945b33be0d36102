"""What stands above the panels of a comparison: the runs' dots and names, a difference in the order of its sign."""

from __future__ import annotations

from typing import Any

from mlflow_ext_ui.figures.panels import Panel, caption
from mlflow_ext_ui.figures.picture import Look
from mlflow_ext_ui.text import MINUS, fit, literal, width

_DOT = 14
_LEAST = 40  # pixels below which a name is no help


def reference(panel: Panel, look: Look, run: str, room: float) -> dict[str, Any]:
    """The reference's dot and name, and where there is room, that it is the reference."""
    word = " · reference"
    note = caption(panel, look, run, room)
    return note | {"text": note["text"] + word} if width(look.name(run) + word) + _DOT <= room else note


def difference(panel: Panel, look: Look, run: str, from_run: str, room: float, unit: str = "") -> dict[str, Any]:
    """That the panel holds ``run`` minus ``from_run``; names are shortened, then left out, dots stay."""
    tail = f", {literal(unit)}" if unit else ""
    space = (room - width(f" {MINUS} , {unit}")) / 2 - _DOT
    texts = [f"{_dot(look, one)} {literal(fit(look.name(one), space))}" for one in (run, from_run)]
    if space < _LEAST:
        texts = [_dot(look, one) for one in (run, from_run)]
    return caption(panel, look, run, room) | {
        "text": f" {MINUS} ".join(texts) + tail,
        "hovertext": f"{literal(look.name(run))} {MINUS} {literal(look.name(from_run))}",
    }


def against(panel: Panel, look: Look, run: str, room: float, fact: str) -> dict[str, Any]:
    """The run's dot and name and what was found of it: "● resnet50 · KS 0.27"."""
    note = caption(panel, look, run, room - width(f" · {fact}"))
    return note | {"text": f"{note['text']} · {literal(fact)}"}


def named(panel: Panel, look: Look, run: str, room: float, name: str, fact: str) -> dict[str, Any]:
    """A group's name and what was found of it."""
    text = f"{literal(fit(name, room - width(f' · {fact}')))} · {literal(fact)}"
    return caption(panel, look, run, room) | {"text": text, "hovertext": literal(name)}


def apart(panel: Panel, look: Look, run: str | None, from_run: str, room: float, fact: str = "") -> dict[str, Any]:
    """What a panel of differences holds: of one run its minus, of several that each is meant; then what was found."""
    if run is not None:
        return difference(panel, look, run, from_run, room, fact)
    space = room - 60
    name = f" {literal(fit(look.name(from_run), space))}" if space >= _LEAST else ""
    text = f"each {MINUS} {_dot(look, from_run)}{name}"
    return caption(panel, look, from_run, room) | {"text": text}


def _dot(look: Look, run: str) -> str:
    return f'<span style="color:{look.color(run)}">●</span>'
