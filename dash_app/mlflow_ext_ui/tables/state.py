"""What the address says of the Tables tab."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Statistic = Literal["last", "min", "max", "mean", "best"]
STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
TableView = Literal["compare", "metrics", "logged"]

_Keys = Annotated[tuple[str, ...], Field(max_length=500)]
LISTS = ("lower", "higher", "hide")
"""Those fields that an address repeats."""


class TableState(BaseModel):
    """Which view of the tab, and how it is shown.

    Attributes:
        tables: which view.
        value: what stands for a metric of a run; "best" is the step at which it was best.
        metric: the metric by which seed groups are ranked; empty: the first of a known direction.
        seed: the param that tells seeds apart; empty: those whose name says so.
        groups: whether seed groups are made of all runs of the experiment or of those on screen.
        singles: whether runs without another seed are ranked, too.
        equal: whether params that are the same in all runs are shown.
        plain: whether the best values are left unmarked.
        lower, higher: metrics of which the reader said which is better.
        hide: what is not shown: ``m:`` and a metric, ``p:`` and a param, ``c:`` and a column of the metrics' grid,
            ``t:`` and a column of a logged table, ``s:`` and a section; or with ``o:`` a section that is opened.
        table, of, at: the key of the logged table shown, its run, and its step.
        grid_sort: the field by which a grid is ordered, with "-" in front from the highest down.
        grid_where: the filters of a grid, JSON as ``sheet.Filters`` reads it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    tables: TableView = "compare"
    value: Statistic = "last"
    metric: str = ""
    seed: str = ""
    groups: Literal["experiment", "screen"] = "experiment"
    singles: bool = False
    equal: bool = False
    plain: bool = False
    lower: _Keys = ()
    higher: _Keys = ()
    hide: _Keys = ()
    table: str = ""
    of: str = ""
    at: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None
    grid_sort: str = ""
    grid_where: Annotated[str, Field(max_length=4000)] = ""
