"""What the page of one run is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from mlflow_ext_ui.source import Run, Status


class Given(NamedTuple):
    """A dataset that the run read; ``source`` is MLflow's own JSON text."""

    name: str
    digest: str
    context: str | None
    source_type: str
    source: str


class Made(NamedTuple):
    """A logged model that the run took or gave, at a step."""

    model_id: str
    name: str
    role: Literal["input", "output"]
    step: int


class Registered(NamedTuple):
    """A version of a registered model that was made from the run."""

    name: str
    version: int
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunDetail:
    """One run; times in ms since the epoch, ``metrics`` the last values, ``tags`` without those of primitives."""

    id: str
    name: str
    experiment_id: str
    experiment: str
    status: Status
    archived: bool
    start_time: int | None
    end_time: int | None
    alias: str | None = None
    note: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    parent: Run | None = None
    children: tuple[Run, ...] = ()
    datasets: tuple[Given, ...] = ()
    models: tuple[Made, ...] = ()
    versions: tuple[Registered, ...] = ()
