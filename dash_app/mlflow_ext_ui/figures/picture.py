"""What a figure function takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from mlflow_ext_ui.theme import Theme, run_color

Figure = dict[str, Any]
"""A plotly figure as plain JSON; ``plotly.graph_objects.Figure(figure)`` accepts it."""

XMode = Literal["step", "relative", "wall"]
Band = Literal["range", "interval"]
GAP = 12
_HEAD = 36


Finite = Annotated[float, Field(allow_inf_nan=False)]
Span = tuple[Finite, Finite]


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays as it is while the steps of one plot are gone through, so that shapes can be compared.

    Args:
        x: least range of the x axis, None to go by the values drawn.
        y: the same of the y axis.
        values: range that the colour scale covers at least.
        edges: bin edges of a distribution, ascending; none: as the values ask.
        shares: whether a distribution's heights are shares of its values.
        left: pixels that the tick texts of the first column get at least.
    """

    x: Span | None = None
    y: Span | None = None
    values: Span | None = None
    edges: Annotated[tuple[Finite, ...], Field(max_length=100)] = ()
    shares: bool = False
    left: Annotated[float, Field(ge=0, le=2000)] = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """How to draw.

    Args:
        theme: light or dark.
        colors: colour slot by run id; a run that is missing takes slot 0.
        names: name by run id; a run that is missing shows its id.
        smoothing: weight of the past in the moving average, 0 (none) to below 1.
        x: step (or another index as logged), time since the run's start, or wall clock (UTC).
        log_y: logarithmic y axis of a step plot.
        log_x: logarithmic x axis of a step plot, by step only.
        clip_outliers: limit the y axis of a step plot to where most values lie.
        max_points: points drawn per line.
        x_range: part of the x axis to draw, in the axis' own units: index values, seconds, or ms since the epoch.
        y_range: part of the y axis to draw, None at an end that the values decide.
        width: width of a card of one grid column in pixels.
        height: height of a card of one grid row in pixels, its header included.
        across: columns of the grid, the most that a card can span.
        groups: value of the grouping param or tag by run id, None for a run without; empty: runs are not grouped.
        band: what a group's band shows: lowest to highest, or the 95% interval of the mean.
        sized: whether somebody has resized the card; ``width`` and ``height`` are then its own, whatever it would span.
        full: whether the card fills the window; its size is then its own as well.
        foot: height of what stands below the figure in pixels.
        frame: what to keep as at other steps of the plot, None to go by the values drawn.
    """

    theme: Theme = "light"
    colors: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    smoothing: float = 0.0
    x: XMode = "step"
    log_y: bool = False
    log_x: bool = False
    clip_outliers: bool = False
    max_points: int = 1000
    x_range: tuple[float, float] | None = None
    y_range: tuple[float | None, float | None] | None = None
    width: int = 430
    height: int = 225
    across: int = 3
    groups: Mapping[str, str | None] = field(default_factory=dict)
    band: Band = "range"
    sized: bool = False
    full: bool = False
    foot: int = 0
    frame: Frame | None = None

    @property
    def own_size(self) -> bool:
        """Whether ``width`` and ``height`` are those of the card, not of a grid cell."""
        return self.sized or self.full

    def color(self, run_id: str) -> str:
        """The run's colour as ``#RRGGBB``."""
        return run_color(self.colors.get(run_id, 0))

    def name(self, run_id: str) -> str:
        """The run's name as logged; escape it before plotly sees it."""
        return self.names.get(run_id, run_id)

    def pixels(self, columns: int) -> float:
        """Width of a card over so many grid columns."""
        if self.own_size:
            return self.width
        return columns * self.width + (columns - 1) * GAP

    def figure_height(self, rows: int) -> float:
        """Height of the figure in a card over so many grid rows."""
        if self.own_size:
            return self.height - _HEAD - self.foot
        return rows * self.height + (rows - 1) * GAP - _HEAD - self.foot


class Chip(NamedTuple):
    """One entry of the row of labels under a card's title; ``label`` as logged."""

    label: str
    color: str


class Column(NamedTuple):
    """One column of a grid: ``field`` the key in each row, ``title`` as logged, ``type`` as in the stored format."""

    field: str
    title: str
    type: str

    @property
    def numeric(self) -> bool:
        """Whether its cells stand right-aligned."""
        return self.type == "number"


class Sheet(NamedTuple):
    """One run's table: rows of text, numbers, booleans and None; NaN and the infinities are "NaN", "∞" and "−∞"."""

    run_id: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Any], ...]
    total: int
    caption: str


class GridInfo(NamedTuple):
    """What a kind without a figure shows: one sheet per run."""

    sheets: tuple[Sheet, ...]


class Fact(NamedTuple):
    """One row of numbers beside a figure: what or whose they are, its dot's colour or "", the numbers as words."""

    label: str
    color: str
    values: tuple[str, ...]


class Facts(NamedTuple):
    """Numbers beside a figure: a heading per column, with a dot where it has a colour; ``width`` in pixels."""

    headings: tuple[Chip, ...]
    rows: tuple[Fact, ...]
    width: int


class Switch(NamedTuple):
    """A choice that the address keeps under ``name``: pairs of value and label, and the value that holds now."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str


class Sides(NamedTuple):
    """Whose plots are set against each other: run ids of the reference, of the others drawn, and of all holders."""

    reference: str
    others: tuple[str, ...]
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot ready to be put into a card.

    Args:
        figure: plotly figure as plain JSON, or None when there is a grid or only a sentence.
        grid: sheets of a table, or None.
        sentence: what to say instead, when there is nothing to draw.
        caption: short text behind the title: "4,632 of 221k", "5 curves · step 48.2k".
        columns: grid columns that the card would like, 1 to 3.
        rows: grid rows that it would like, 1 or more.
        chips: labels and their colours, to stand as a row under the title.
        notes: whole sentences about what the plot leaves out or changes.
        facts: numbers that stand beside the figure.
        switches: choices that the card offers above the figure.
        sides: the runs of a comparison, None for any other picture.
    """

    figure: Figure | None = None
    grid: GridInfo | None = None
    sentence: str = ""
    caption: str = ""
    columns: int = 1
    rows: int = 1
    chips: tuple[Chip, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Facts | None = None
    switches: tuple[Switch, ...] = ()
    sides: Sides | None = None
