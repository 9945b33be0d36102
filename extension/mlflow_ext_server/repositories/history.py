"""Metric histories with a short-lived cache: a growing one is read on from where it was left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.metric import EMPTY, History, Latest, MetricRepository
from mlflow_ext_ui.thinning import line

_FEWEST_SHAPED = 16  # what thinning a line takes
_CACHE_POINTS = 10_000_000
_TRUSTED_S = 30.0  # then a history is read whole again: points may have come late, below its last step


class _Kept(NamedTuple):
    latest: Latest
    history: History
    read_at: float


class HistoryReader:
    """Histories of (run, key) pairs, from the cache for half a minute while MLflow's last value is unchanged."""

    def __init__(self, metrics: MetricRepository) -> None:
        self._metrics = metrics
        self._cache: SizedCache[tuple[str, str], _Kept] = SizedCache(_CACHE_POINTS)

    def read(
        self, pairs: Sequence[tuple[str, str]], latest: dict[str, dict[str, Latest]]
    ) -> dict[tuple[str, str], History]:
        """The histories of those pairs that exist.

        Args:
            pairs: (run id, metric key).
            latest: the last values of these runs, read just before.
        """
        now = time.monotonic()
        found: dict[tuple[str, str], History] = {}
        grown: dict[tuple[str, str], _Kept | None] = {}
        for run, key in dict.fromkeys(pairs):
            newest = latest.get(run, {}).get(key)
            if newest is None:
                continue
            kept = self._cache.get((run, key))
            if kept is None or now - kept.read_at > _TRUSTED_S:
                grown[run, key] = None
            elif _same(kept.latest, newest):
                found[run, key] = kept.history
            else:
                grown[run, key] = kept
        wanted = [(run, key, kept.latest.step if kept else None) for (run, key), kept in grown.items()]
        fresh = self._metrics.histories(wanted)
        for (run, key), kept in grown.items():
            history = fresh.get((run, key), EMPTY)
            if kept is not None:
                history = _joined(kept.history, history, kept.latest.step)
            found[run, key] = history
            read_at = kept.read_at if kept else now
            self._cache.put((run, key), _Kept(latest[run][key], history, read_at), len(history.step))
        return found


def _same(old: Latest, new: Latest) -> bool:
    return old[:2] == new[:2] and (old.value == new.value or (np.isnan(old.value) and np.isnan(new.value)))


def _joined(old: History, new: History, first: int) -> History:
    """``old`` below step ``first``, then ``new``, which holds all points from there on."""
    below = int(np.searchsorted(old.step, first, side="left"))
    return History(*(np.concatenate([a[:below], b]) for a, b in zip(old, new, strict=True)))


def thinned(history: History, limit: int) -> History:
    """At most ``limit`` of the points, as they are: both ends, the extremes, and the shape between.

    Args:
        history: any; of its values that are not finite a quarter of the limit is kept.
        limit: at least 3; below about 24 the points between ends and extremes are taken evenly.
    """
    total = len(history.step)
    if total <= limit:
        return history
    musts = _musts(history.value)
    finite = np.isfinite(history.value)
    odd = _evenly(np.flatnonzero(~finite), limit // 4)
    fixed = np.unique(np.concatenate([odd, [at for at in musts if not finite[at]]]).astype(np.intp))
    room = limit - len(fixed)
    if room >= _FEWEST_SHAPED:
        inner = np.flatnonzero(finite)
        shape = inner[line(history.step[inner].astype(np.float64), history.value[inner], room)]
        chosen = np.union1d(fixed, shape)
    else:
        between = _evenly(np.arange(total), limit).tolist()
        chosen = np.sort(list(dict.fromkeys([*musts, *between]))[:limit])
    return history.part(chosen)


def _musts(values: NDArray[np.float64]) -> list[int]:
    """Both ends, then the first of the highest and of the lowest values."""
    known = np.flatnonzero(~np.isnan(values))
    extremes = [known[values[known].argmax()], known[values[known].argmin()]] if len(known) else []
    return list(dict.fromkeys(int(at) for at in (0, len(values) - 1, *extremes)))


def _evenly(places: NDArray[np.intp], limit: int) -> NDArray[np.intp]:
    if len(places) <= limit:
        return places
    return places[np.linspace(0, len(places) - 1, limit).astype(np.intp)]
