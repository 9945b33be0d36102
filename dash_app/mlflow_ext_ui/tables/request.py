"""What the browser asks of the Tables tab, and what each part of it answers with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mlflow_ext_ui.state import ViewState
from mlflow_ext_ui.tables.state import TableState

Part = Literal["compare", "groups", "leaderboard", "metrics", "logged"]


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
        return cls.model_validate(
            {"part": part, "runs": view.runs or (), "experiment": view.experiment, "state": search}
        )


class Lines(NamedTuple):
    """A table as plain cells, for a file: what it is called, the names of its columns, and its rows."""

    name: str
    columns: list[str]
    rows: Iterable[list[Any]]
