"""From what runs hold to the list of plots: a pure function over tags and metric keys."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlflow_ext.primitives import KINDS
from mlflow_ext.store_format import mirror_key
from mlflow_ext_ui.source import Origin, Plot

NO_SECTION = "Plots"
METRICS = "Metrics"
SYSTEM = "System"
_SYSTEM_PREFIX = "system/"
_ORIGINS: tuple[Origin, ...] = ("primitive", "metric", "system")
_KIND_ORDER = {kind: place for place, kind in enumerate(["series", "curve", *KINDS])}


@dataclass(frozen=True, slots=True)
class Holding:
    """One plot of one run, all writers together; ``fields`` of a Series, ``metrics`` the mirrored keys beside them."""

    run_id: str
    slug: str
    kind: str
    name: str
    section: str | None
    points: int
    fields: tuple[str, ...] = ()
    mirrors: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Draft:
    kind: str
    name: str
    title: str
    section: str
    origin: Origin
    field: str | None = None
    points: int = 0
    runs: dict[str, None] = dataclasses.field(default_factory=dict)  # an ordered set
    again: bool = False


def field_key(slug: str, name: str) -> str:
    """The key of the plot of one field of a Series."""
    return f"x:{slug}:{name}"


def plot_key(slug: str) -> str:
    """The key of the plot of any other kind."""
    return f"x:{slug}"


def metric_key(key: str) -> str:
    """The key of the plot of an MLflow metric that mirrors nothing."""
    return f"m:{key}"


def field_title(name: str, field: str) -> str:
    """The title of the plot of one field of a Series."""
    return f"{name}/{field}"


def metric_words(key: str) -> tuple[str, str, Origin]:
    """Title, section and origin of the plot of a plain metric: grouped by its prefix, as MLflow's own charts are."""
    if key.startswith(_SYSTEM_PREFIX):
        return key[len(_SYSTEM_PREFIX) :], SYSTEM, "system"
    return key, key.split("/", 1)[0] if "/" in key else METRICS, "metric"


def catalog(run_ids: Sequence[str], holdings: Iterable[Holding], metrics: Mapping[str, Iterable[str]]) -> list[Plot]:
    """The plots of these runs, in the order to show.

    A plain metric whose key equals the mirror of a Series field of another run joins that field's plot, so that runs
    from before this package are overlaid with those after.

    Args:
        run_ids: on screen, in their order.
        holdings: what each run holds.
        metrics: run id to the keys of all its metrics, mirrors included.
    """
    drafts: dict[str, _Draft] = {}
    joined: dict[str, str] = {}
    mirrors: dict[str, set[str]] = {}
    for one in holdings:
        mirrors.setdefault(one.run_id, set()).update(one.mirrors)
        section = one.section or NO_SECTION
        if one.kind != "series":
            draft = drafts.setdefault(plot_key(one.slug), _Draft(one.kind, one.name, one.name, section, "primitive"))
            _add(draft, one.run_id, one.points)
            draft.again = draft.again or one.points > 1
            continue
        for name in one.fields:
            key = field_key(one.slug, name)
            draft = drafts.setdefault(
                key, _Draft("series", one.name, field_title(one.name, name), section, "primitive", name)
            )
            _add(draft, one.run_id, one.points)
            joined[mirror_key(one.name, name)] = key
    for run in run_ids:
        for name in metrics.get(run, ()):
            if name in mirrors.get(run, ()):
                continue
            key = joined.get(name) or metric_key(name)
            if key not in drafts:
                drafts[key] = _metric_draft(name)
            _add(drafts[key], run, 0)
    return _ordered(run_ids, drafts)


def _metric_draft(name: str) -> _Draft:
    title, section, origin = metric_words(name)
    return _Draft("series", name, title, section, origin)


def _add(draft: _Draft, run: str, points: int) -> None:
    draft.runs[run] = None
    draft.points += points


def _ordered(run_ids: Sequence[str], drafts: dict[str, _Draft]) -> list[Plot]:
    place = {run: at for at, run in enumerate(run_ids)}
    first: dict[str, int] = {}
    for draft in drafts.values():
        rank = _ORIGINS.index(draft.origin)
        first[draft.section] = min(first.get(draft.section, rank), rank)

    def order(item: tuple[str, _Draft]) -> tuple[object, ...]:
        draft = item[1]
        return (
            first[draft.section],
            draft.section != NO_SECTION,
            _natural(draft.section),
            _ORIGINS.index(draft.origin),
            _KIND_ORDER.get(draft.kind, len(_KIND_ORDER)),
            _natural(draft.title),
        )

    return [
        Plot(
            key=key,
            kind=draft.kind,
            name=draft.name,
            title=draft.title,
            section=draft.section,
            run_ids=tuple(sorted(draft.runs, key=place.__getitem__)),
            origin=draft.origin,
            field=draft.field,
            points=draft.points,
            again=draft.again,
        )
        for key, draft in sorted(drafts.items(), key=order)
    ]


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key that puts layer2 before layer10 and ignores case."""
    return [
        (0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold())
        for piece in re.split(r"(\d{1,18})", text)
        if piece
    ]
