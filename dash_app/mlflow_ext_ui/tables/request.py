"""What the browser asks of the Tables tab, and what each part of it answers with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.tables.state import TableState

Part = Literal["compare", "difference", "groups", "leaderboard", "metrics", "logged"]


class TablesRequest(BaseModel):
    """One part of the tab for these runs; ``start`` and ``rows`` cut a window out of a grid.

    ``state`` may be the query of an address, where what it can't mean falls back to its default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Part
    runs: tuple[str, ...] = Field(default=(), max_length=1000)
    experiment: str | None = None
    state: TableState = TableState()
    start: int = Field(default=0, ge=0)
    rows: int = Field(default=200, ge=1, le=1000)

    @field_validator("state", mode="before")
    @classmethod
    def _of_query(cls, value: Any) -> Any:
        return ViewState.parse("tables", value).table_state if isinstance(value, str) else value

    @classmethod
    def of_address(cls, part: str, search: str) -> TablesRequest:
        """What an address of the tab shows, all of its rows."""
        view = ViewState.parse("tables", search)
        runs = view.runs or ()
        if part == "difference":
            runs = pair(runs, view.ref, view.against)
        return cls.model_validate({"part": part, "runs": runs, "experiment": view.experiment, "state": search})


def pair(runs: Sequence[str], ref: str | None, against: str | None) -> tuple[str, ...]:
    """The two of the runs that are set against each other; empty where there are not two."""
    one = ref if ref in runs else next(iter(runs), None)
    others = [run for run in runs if run != one]
    other = against if against in others else next(iter(others), None)
    return () if one is None or other is None else (one, other)


class Lines(NamedTuple):
    """A table as plain cells, for a file: what it is called, the names of its columns, and its rows."""

    name: str
    columns: list[str]
    rows: Iterable[list[Any]]
