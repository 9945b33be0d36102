"""Small pieces of the page that several places use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component


def icon(name: str, extra: str = "") -> html.Span:
    """A Lucide outline from icons.css, hidden from screen readers."""
    return html.Span(className=f"x-ic x-i-{name} {extra}".strip(), **{"aria-hidden": "true"})


def button(
    *children: Component | str,
    id: str | None = None,
    look: str = "",
    glyph: str | None = None,
    label: str | None = None,
    **props: Any,
) -> html.Button:
    """A button; with ``glyph`` alone it needs a ``label``, which becomes its name and title."""
    content: Sequence[Component | str] = [*([icon(glyph)] if glyph else []), *children]
    name = {"aria-label": label, "title": label} if label else {}
    square = "" if children else " x-btn-icon"
    named = {"id": id} if id else {}
    return html.Button(
        list(content), className=f"x-btn {look}{square}".strip(), type="button", **named, **name, **props
    )
