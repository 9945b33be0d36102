"""What is asked of a tracking server about runs and experiments, whoever answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from mlflow_ext.rest import BulkAnswer, BulkRequest, Comparison, History, Number, RunChange, RunInfo, Stage

Aggregate = Literal["last", "min", "max", "mean"]
Order = Literal["asc", "desc"]
PAGE = 1_000


@dataclass(frozen=True)
class RunQuery:
    """Which runs, in which order.

    Args:
        project: an experiment's name; all experiments that are not archived when None.
        filter: MLflow's search syntax; what goes beyond it only our own server takes.
        order_by: such as ``metrics.loss DESC``; the newest first when empty.
        limit: how many at most; all when None.
        stage: "active", "archived" or "all".
    """

    project: str | None = None
    filter: str | None = None
    order_by: tuple[str, ...] = ()
    limit: int | None = PAGE
    stage: Stage = "active"


@dataclass(frozen=True)
class Ranking:
    """Which runs rank by which metric: its ``aggregate`` over the run, "asc" for the lowest first.

    ``order`` is None while nobody has said it; a store takes none without.
    """

    metric: str
    order: Order | None
    top_k: int = 10
    project: str | None = None
    aggregate: Aggregate = "last"


@dataclass(frozen=True)
class Ranked:
    """A run and the value that it ranks by, which is never NaN."""

    run: RunInfo
    value: float


@dataclass(frozen=True)
class Experiment:
    """One experiment; times in ms since the epoch.

    ``runs`` and ``last_activity`` are None where counting would mean to read every run.
    """

    experiment_id: str
    name: str
    description: str | None
    tags: Mapping[str, str]
    stage: str
    runs: int | None
    creation_time: int | None
    last_update_time: int | None
    last_activity: int | None


class RunStore(Protocol):
    """Runs and experiments of one tracking address.

    Every method raises StoreUnavailable when there is no answer, PermissionDenied, ValidationError for what the store
    does not take, NotFound for what is not there.
    """

    @property
    def uri(self) -> str:
        """The address without credentials."""
        ...

    def runs(self, query: RunQuery) -> list[RunInfo]:
        """The runs that a query finds. An unknown project is NotFound."""
        ...

    def run(self, run_id: str) -> RunInfo:
        """One run, archived or not."""
        ...

    def compare(self, run_ids: Sequence[str]) -> Comparison:
        """The runs in the order asked, each once, with the union of what they hold; unknown ids are ``missing``."""
        ...

    def leaderboard(self, ranking: Ranking) -> list[Ranked]:
        """The best active runs; those whose value is NaN have no rank."""
        ...

    def change(self, run_id: str, change: RunChange) -> None:
        """Change a run's name, tags and note. An archived run answers Conflict."""
        ...

    def bulk(self, request: BulkRequest) -> BulkAnswer:
        """One action on many runs, each answered by itself."""
        ...

    def history(self, run_id: str, keys: Sequence[str]) -> list[History]:
        """Every point of those of these metrics that the run has."""
        ...

    def experiments(self, search: str | None, stage: Stage, limit: int | None) -> list[Experiment]:
        """Experiments whose name contains ``search``, in any case."""
        ...

    def experiment(self, name_or_id: str) -> Experiment:
        """One experiment, archived or not; a name goes before an id."""
        ...


def number(value: Number) -> float:
    """The float that a number of the REST models stands for."""
    return float(value)
