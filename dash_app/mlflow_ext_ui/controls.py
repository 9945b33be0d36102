"""Fields and choices of the bars, as React components: ``controls``, ``switcher``, ``shortcuts`` in ``assets/js``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow_ext_ui.own import OwnComponent


class SearchBox(OwnComponent):
    """A line of text to look for; ``value`` follows what is typed once it pauses.

    Args:
        id: the component's id, and that of its field.
        label: its name for who doesn't see it.
        placeholder: what stands in it while it is empty.
        wait: the pause, in milliseconds.
        glyph: an icon at its end, as icons.css names it.
        shortcut: a key at its end that leads to it.
    """

    def __init__(
        self, id: str, label: str, placeholder: str, wait: int, glyph: str | None = None, shortcut: str | None = None
    ) -> None:
        shown = {"label": label, "placeholder": placeholder, "wait": wait, "glyph": glyph, "shortcut": shortcut}
        super().__init__(id=id, written=("value",), **shown)


class Slide(OwnComponent):
    """A number between two ends; ``value`` follows while it moves.

    Args:
        id: the component's id, and that of its field.
        label: its name for who doesn't see it.
        least: where it starts, and stands at first.
        most: where it ends.
        step: from one number to the next.
    """

    def __init__(self, id: str, label: str, least: float, most: float, step: float) -> None:
        super().__init__(id=id, label=label, least=least, most=most, step=step, value=least)


class Choice(OwnComponent):
    """One of a few words, all of them seen; ``value`` is that of the chosen one.

    Args:
        id: the component's id.
        label: what is chosen.
        options: each value, its word, and what it means.
        value: the one at first.
    """

    def __init__(self, id: str, label: str, options: Sequence[tuple[str, str, str]], value: str) -> None:
        super().__init__(id=id, label=label, options=[list(one) for one in options], value=value)


class Switcher(OwnComponent):
    """The button that names the experiment, and the panel it opens.

    Args:
        children: what the panel holds.
        id: the component's id; ``opened`` says whether the panel is seen, ``name`` is the experiment's.
    """

    def __init__(self, children: Sequence[Any], id: str) -> None:
        super().__init__(children=list(children), id=id, written=("opened", "name"))


class Shortcuts(OwnComponent):
    """The dialog that lists the keys.

    Args:
        keys: what to press, apart by spaces, and what it does.
    """

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__(keys=[list(one) for one in keys])
