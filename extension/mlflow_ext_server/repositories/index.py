"""Which primitives runs hold, from their tags alone: no artifact is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import sqlalchemy as sa

from mlflow_ext.store_format import TAG_PREFIX, TagGlance, glance
from mlflow_ext_server.repositories.backend import Backend
from mlflow_ext_server.repositories.schema import tags
from mlflow_ext_server.repositories.scope import Stage, among, raw_rows, readable_runs
from mlflow_ext_ui.source import Principal

_RUNS = 16_384  # how many runs' tags are remembered


class IndexRepository:
    """Reads what many runs hold with one query over their tags."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def read(self, principal: Principal, run_ids: Sequence[str], stage: Stage = "active") -> dict[str, list[TagGlance]]:
        """What each of these runs holds, in the order asked; unknown and unreadable runs are missing.

        A primitive whose ``cut`` is set has a longer name, section or list of fields than its tag has room for.
        """
        readable = readable_runs(self._backend, principal, run_ids, stage)
        query = sa.select(tags.c.run_uuid, tags.c.key, tags.c.value).where(
            among(tags.c.run_uuid, readable, self._backend.dialect),
            tags.c.key.startswith(TAG_PREFIX, autoescape=True),
        )
        with self._backend.read() as session:
            found = primitives(raw_rows(session, query))
        return {run: found.get(run, []) for run in readable}


def primitives(rows: Iterable[Sequence[str]]) -> dict[str, list[TagGlance]]:
    """Run id to what it holds, writers taken together, in order of section, name and kind.

    Args:
        rows: run id, key and value of tags; those that are not ours are passed over.
    """
    held: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for run, key, value in rows:
        held[run].append((key, value))
    return {run: list(plots) for run, mine in held.items() if (plots := _of_run(tuple(mine)))}


# A tag's text changes with each rewrite, so it may stand for what it says.
@lru_cache(_RUNS)
def _of_run(tagged: tuple[tuple[str, str], ...]) -> tuple[TagGlance, ...]:
    plots: dict[str, TagGlance] = {}
    for key, value in tagged:
        tag = glance(key, value)
        if tag is not None:
            other = plots.get(tag.slug)
            plots[tag.slug] = tag if other is None else _joined(other, tag)
    return tuple(sorted(plots.values(), key=_place))


def _joined(one: TagGlance, other: TagGlance) -> TagGlance:
    """Two writers of one plot; the newer one's words."""
    older, newer = (one, other) if (one.at, one.name) <= (other.at, other.name) else (other, one)
    return newer._replace(
        points=older.points + newer.points,
        fields=tuple(dict.fromkeys([*newer.fields, *older.fields])),
        cut=older.cut or newer.cut,
    )


def _place(tag: TagGlance) -> tuple[str, str, str]:
    return tag.section or "", tag.name, tag.kind
