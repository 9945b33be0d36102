"""Which primitives runs hold: one query over their tags, no artifact listing."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from mlflow_ext.store_format import TAG_PREFIX, PlotTag
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.part import Held
from mlflow_ext_server.repositories.run import RunRow
from mlflow_ext_server.repositories.schema import tags
from mlflow_ext_server.repositories.scope import chunks

Holdings = dict[str, dict[str, list[Held]]]
"""Run id to slug to what each writer of that plot holds."""


class PlotRepository:
    """Reads the index of primitives; the caller has checked that the runs may be read."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def holdings(self, rows: dict[str, RunRow], slugs: Collection[str] | None = None) -> Holdings:
        """What these runs hold, or only the plots with these slugs. Tags that are not ours are passed over."""
        found: Holdings = {}
        for run, key, value in self._tags(list(rows)):
            tag = PlotTag.parse(key, value)
            if tag is not None and (slugs is None or tag.slug in slugs):
                held = Held(run, rows[run].artifact_uri, tag, value)
                found.setdefault(run, {}).setdefault(tag.slug, []).append(held)
        return found

    def _tags(self, run_ids: list[str]) -> list[tuple[str, str, str]]:
        rows: list[tuple[str, str, str]] = []
        with self._backend.read() as session:
            for chunk in chunks(run_ids):
                query = (
                    sa.select(tags.c.run_uuid, tags.c.key, tags.c.value)
                    .where(tags.c.run_uuid.in_(chunk), tags.c.key.startswith(TAG_PREFIX, autoescape=True))
                    .order_by(tags.c.run_uuid, tags.c.key)
                )
                rows += [(run, key, value) for run, key, value in session.execute(query)]
        return rows
