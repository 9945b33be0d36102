"""What the uploader asks of a tracking server, and what can go wrong, in three words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from mlflow_ext.errors import MlflowExtError
from mlflow_ext.spool.header import Header
from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext.uploader.plot import Content


class TryAgain(MlflowExtError):
    """No answer, or one that says "later": the same request is to be repeated.

    Args:
        message: what happened.
        away: the server takes nothing at all now; False when it answers, and failed at this very request.
        answered: the server itself said "later"; False for silence, and for a proxy's word that nobody is behind it.
    """

    def __init__(self, message: str, *, away: bool = True, answered: bool = False) -> None:
        super().__init__(message)
        self.away = away
        self.answered = answered


class Denied(MlflowExtError):
    """The server asks for other credentials, or this user may not write: repeat it after a person has acted.

    Args:
        message: what is wrong, and what to do about it.
        command: what to run then, before the path of the spool file.
    """

    def __init__(self, message: str, command: str = "mlflow-ext sync") -> None:
        super().__init__(message)
        self.command = command


class Refused(MlflowExtError):
    """The server understood and will never take this."""


class RunFacts(NamedTuple):
    """What the server says about a run; ``status`` as MLflow names it."""

    deleted: bool
    status: str
    artifact_uri: str
    params: Mapping[str, str]


class Transport(Protocol):
    """One tracking server. Every method but ``alive`` raises TryAgain, Denied or Refused.

    ``answers`` counts the requests that succeeded.
    """

    answers: int

    def alive(self) -> bool:
        """Whether the server answers at all; takes two seconds at most."""
        ...

    def run_facts(self, run_id: str) -> RunFacts:
        """The run as the server knows it."""
        ...

    def know(self, run_id: str, artifact_uri: str) -> None:
        """Take note of where a run's artifacts are, when this process knows it before the server was asked."""
        ...

    def make_run(self, header: Header) -> str:
        """The run id for a local key: of the run made for it earlier, else of a new one."""
        ...

    def put(self, run_id: str, path: str, content: Content) -> None:
        """Write an artifact, over an older one if need be."""
        ...

    def put_file(self, run_id: str, path: str, file: Path) -> None:
        """Write an artifact from a local file."""
        ...

    def log(self, run_id: str, metrics: Sequence[MetricRow], tags: Mapping[str, str]) -> None:
        """Log up to 1,000 metrics and tags together, metrics first; all or an error."""
        ...

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        """Log up to 100 params; all or an error."""
        ...

    def finish(self, run_id: str, status: str, end_time: int) -> None:
        """End the run; ``end_time`` in ms since the epoch."""
        ...
