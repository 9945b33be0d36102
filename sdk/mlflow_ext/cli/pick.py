"""Runs as people name them: a whole id, the start of one, or their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mlflow_ext.errors import NotFound, ValidationError
from mlflow_ext.tracking.store import RunQuery, RunStore

_START = re.compile(r"[0-9a-f]{6,31}")


def pick(store: RunStore, names: Sequence[str]) -> list[str]:
    """The ids that ``names`` mean; one that is no start of an id is left for the store to judge.

    Raises:
        NotFound: no run begins so.
        ValidationError: several do.
    """
    return [_id(store, name) for name in names]


def _id(store: RunStore, name: str) -> str:
    if not _START.fullmatch(name):
        return name
    try:
        return store.run(name).run_id  # somebody's own id may look like this
    except NotFound:
        found = store.runs(RunQuery(filter=f"attributes.run_id LIKE '{name}%'", limit=2, stage="all"))
    if not found:
        raise NotFound(f"No run's id begins with {name} at {store.uri}.")
    if len(found) > 1:
        raise ValidationError(f"The ids of several runs begin with {name}: give more digits.", field="run_id")
    return found[0].run_id
