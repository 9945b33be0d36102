"""Versions of plots of all kinds but Series: the newest, the one at a step, and all over their steps."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import partial

import orjson

from mlflow_ext.primitives import primitive_class
from mlflow_ext.store_format import Version as Stored
from mlflow_ext_server.repositories.cache import SizedCache
from mlflow_ext_server.repositories.catalog import NO_SECTION
from mlflow_ext_server.repositories.part import Held, PartRepository, Place, cache_key
from mlflow_ext_server.repositories.trouble import tried, trouble
from mlflow_ext_ui import source as ui
from mlflow_ext_ui.source import Drawing, Moment, Plot, Trouble, Version
from mlflow_ext_ui.step import nearest, thinned, union

_KEPT_BYTES = 24 * 2**20  # of their JSON; five to ten times as much in memory
_HISTORY_RUNS = 20
_HISTORY_BYTES = 64 * 2**20  # of the versions' text
logger = logging.getLogger(__name__)


class VersionReader:
    """Reads versions, and keeps what it has checked: the grid of a long table asks for the same one with every window.

    Args:
        parts: the files of plots.
        kept_bytes: how much of the JSON of versions to keep checked.
    """

    def __init__(self, parts: PartRepository, kept_bytes: int = _KEPT_BYTES) -> None:
        self._parts = parts
        self._checked: SizedCache[Hashable, Version] = SizedCache(kept_bytes)

    def chosen(self, held: list[Held], step: int | None, troubles: list[Trouble]) -> Version:
        """The newest, or as at a step; where some parts can't be read, that joins the troubles.

        Which one it is changes with the tags of its writers alone.
        """
        place = None
        if step is not None:
            places, failures = self._parts.places(held)
            stepped = {place.step: place for place in places if place.step is not None}
            if failures and not places:
                raise failures[0]
            troubles += [trouble(held[0].run_id, failure) for failure in failures[:1]]
            place = _at_steps(stepped, [step])[0] if stepped else None
        key = (tuple(map(cache_key, held)), place)
        return self._checked.get_or(key, partial(self._sized_version, held, place))

    def _sized_version(self, held: list[Held], place: Place | None) -> tuple[Version, int]:
        kind, stored = self._newest(held) if place is None else self._parts.version(held, place)
        return _as_shown(held[0].run_id, kind, stored), len(orjson.dumps((stored.data, stored.metadata)))

    def _newest(self, held: list[Held]) -> tuple[str, Stored]:
        versions = [
            (version.logged_at, part.writer, version.seq, part.kind, version)
            for part in self._parts.newest(held)
            for version in part.versions
        ]
        *_, kind, chosen = max(versions, key=lambda one: one[:3])
        return kind, chosen

    def _at_place(self, held: list[Held], place: Place) -> Version:
        return _as_shown(held[0].run_id, *self._parts.version(held, place))

    def steps(self, holders: dict[str, list[Held]], key: str) -> dict[str, tuple[int | None, ...]]:
        """The steps at which each run logged a plot of any kind but Series, in order; without what can't be read."""
        found = {}
        for run, held in holders.items():
            places = tried(run, key, partial(self._parts.places, held))
            if isinstance(places, Trouble):
                logger.warning("The steps of the plot %s of the run %s could not be read: %s", key, run, places.details)
            elif places.places:
                steps = {place.step for place in places.places}
                found[run] = tuple(sorted(steps, key=lambda step: (step is not None, step or 0)))
        return found

    def history(self, holders: dict[str, list[Held]], key: str, most: int) -> ui.History | None:
        """See ``DataSource.history``."""
        held = dict(list(holders.items())[:_HISTORY_RUNS])
        if not held:
            return None
        troubles: list[Trouble] = []
        choices: dict[str, dict[int, Place]] = {}
        for run, parts in held.items():
            places = tried(run, key, partial(self._parts.places, parts))
            if isinstance(places, Trouble):
                troubles.append(places)
                continue
            troubles += [trouble(run, failure) for failure in places.failures[:1]]
            choices[run] = {place.step: place for place in places.places if place.step is not None}
        steps = union(choices)
        kept = [steps[at] for at in thinned(len(steps), min(most, _affordable(held)))]
        chosen = {run: _at_steps(one, kept) for run, one in choices.items() if one}
        versions = self._read(held, key, chosen, troubles)
        plot = versions_plot(key, [one for parts in held.values() for one in parts])
        moments = (
            Moment(
                step,
                Drawing(
                    plot,
                    (),
                    tuple(versions[run, places[i]] for run, places in chosen.items() if (run, places[i]) in versions),
                    tuple(troubles),
                ),
            )
            for i, step in enumerate(kept)
        )
        return ui.History(len(steps), tuple(moments))

    def _read(
        self, held: dict[str, list[Held]], key: str, chosen: dict[str, list[Place]], troubles: list[Trouble]
    ) -> dict[tuple[str, Place], Version]:
        """The versions at these places, each read once, part by part; what can't be read joins the troubles."""
        found = {}
        for run, places in chosen.items():
            for place in sorted(set(places), key=lambda one: (one.writer, one.number)):
                version = tried(run, key, partial(self._at_place, held[run], place))
                if isinstance(version, Trouble):
                    troubles.append(version)
                else:
                    found[run, place] = version
        return found


def _as_shown(run: str, kind: str, stored: Stored) -> Version:
    metadata = dict(stored.metadata or {})
    primitive = primitive_class(kind).from_data(stored.data, metadata or None)
    return Version(run, stored.step, int(stored.logged_at), primitive, metadata)


def _at_steps(held: Mapping[int, Place], steps: Sequence[int]) -> list[Place]:
    """Of each step the place at the nearest one held, at or below it, or the first."""
    ordered = sorted(held)
    return [held[ordered[nearest(ordered, step)]] for step in steps]


def _affordable(held: dict[str, list[Held]]) -> int:
    """At how many steps these runs' versions can be read at once, 2 at least, as far as their tags tell their size."""
    tags = [one.tag for parts in held.values() for one in parts]
    each = sum(tag.bytes for tag in tags) / max(sum(tag.points for tag in tags), 1)
    return max(2, int(_HISTORY_BYTES / max(each * len(held), 1)))


def versions_plot(key: str, holders: list[Held]) -> Plot:
    """The plot that these files hold, of a kind other than Series."""
    tag = holders[-1].tag
    points = Counter[str]()
    for one in holders:
        points[one.run_id] += one.tag.points
    return Plot(
        key=key,
        kind=tag.kind,
        name=tag.name,
        title=tag.name,
        section=tag.section or NO_SECTION,
        run_ids=tuple(points),
        points=points.total(),
        again=max(points.values()) > 1,
    )
