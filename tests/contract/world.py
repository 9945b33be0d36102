"""MLflow's client and our repositories on one database."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.utils.file_utils import local_file_uri_to_path
from sqlalchemy.orm import Session

from mlflow_ext.errors import NotFound
from mlflow_ext.primitives import Series
from mlflow_ext.store_format import PlotTag, Version, encode_part, part_path, slug, tag_key
from mlflow_ext_server import tables
from mlflow_ext_server.regular_file import content
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.source import Principal

ANYONE = Principal()


class EngineBackend:
    """A backend on any database.

    Experiments that are ``hidden`` can't be read; of some the runs or the logged models can't, of some registered
    models the versions can't.
    """

    def __init__(self, uri: str) -> None:
        self.engine = sa.create_engine(uri)
        self.hidden: set[str] = set()
        self.without_runs: set[str] = set()
        self.without_models: set[str] = set()
        self.hidden_models: set[str] = set()
        tables.metadata.create_all(self.engine)

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self.engine) as session, session.begin():
            yield session

    def readable(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        return set(experiment_ids) - self.hidden - self.without_runs

    def visible(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        return set(experiment_ids) - self.hidden

    def with_readable_models(self, principal: Principal, experiment_ids: Collection[str]) -> set[str]:
        return set(experiment_ids) - self.hidden - self.without_models

    def readable_models(self, principal: Principal, names: Collection[str]) -> set[str]:
        return set(names) - self.hidden_models

    def artifact(self, artifact_uri: str, path: str, limit: int = 100_000) -> bytes:
        file = Path(local_file_uri_to_path(artifact_uri)) / path
        if not file.exists():
            raise NotFound(path)
        return content(file, path, min(limit, 100_000))


class World:
    """MLflow's client and our source on one database."""

    def __init__(self, uri: str, root: Path) -> None:
        self.client = MlflowClient(uri)
        self.root = root
        self.experiment = self.client.create_experiment(uuid.uuid4().hex, artifact_location=root.as_uri())
        self.backend = EngineBackend(uri)
        self.source = StoreSource(Store(self.backend))

    def run(self, name: str, **metrics: list[float]) -> str:
        run = self.client.create_run(self.experiment, run_name=name, start_time=self._tick()).info.run_id
        rows = [Metric(key, v, 1000 + i, i) for key, values in metrics.items() for i, v in enumerate(values)]
        self.client.log_batch(run, metrics=rows)
        return run

    def series(
        self, run: str, name: str, writer: str, index: list[float], section: str | None = None, **fields
    ) -> None:
        data = Series(index="epoch", index_values=index, fields=fields).to_data()
        self.part(run, "series", name, writer, {**data, "calls": [[0, 5000, len(index)]]}, section, len(index))

    def part(self, run, kind, name, writer, data, section=None, points=1) -> None:
        mine = slug(kind, name)
        version = Version(seq=0, step=None, logged_at=5000, data=data)
        text = encode_part(kind=kind, name=name, section=section, writer=writer, part=0, versions=[version])
        with_path = self.root / run / "artifacts" / part_path(kind, mine, writer, 0)
        with_path.parent.mkdir(parents=True, exist_ok=True)
        with_path.write_bytes(text)
        fields = {field: None for field in data.get("fields", {})}
        index = (data["index"], min(data["index_values"]), max(data["index_values"])) if kind == "series" else None
        tag = PlotTag(
            kind=kind, name=name, section=section, parts=1, bytes=len(text), points=points, at=5000,
            index=index, fields=fields, slug=mine, writer=writer,
        )  # fmt: skip
        self.client.set_tag(run, tag_key(mine, writer), tag.to_json())

    _clock = itertools.count(1_790_000_000_000, 1000)  # one for all tests: they share a database

    def _tick(self) -> int:
        return next(self._clock)

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """The statements that reach the driver within the block."""
        seen: list[str] = []
        note = lambda *args: seen.append(args[2])  # noqa: E731
        sa.event.listen(self.backend.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(self.backend.engine, "before_cursor_execute", note)
