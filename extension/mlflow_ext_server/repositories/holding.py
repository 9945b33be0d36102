"""From tags to holdings. A tag that had to be shortened is completed from its part."""

from __future__ import annotations

from mlflow_ext.errors import MlflowExtError
from mlflow_ext.store_format import mirror_key
from mlflow_ext_server.repositories.catalog import Holding
from mlflow_ext_server.repositories.part import Held, PartRepository
from mlflow_ext_server.repositories.plot import Holdings


def holdings_of(holdings: Holdings, parts: PartRepository) -> list[Holding]:
    """One Holding per run and plot, all writers together."""
    return [_holding(held, parts) for plots in holdings.values() for held in plots.values()]


def _holding(held: list[Held], parts: PartRepository) -> Holding:
    newest = max(held, key=lambda one: one.tag.at).tag
    name, section = newest.name, newest.section
    fields = list(dict.fromkeys(field for one in held for field in one.tag.fields))
    mirrored = [*fields, *(one.tag.metric[0] for one in held if one.tag.metric)]
    if any(one.tag.more or one.tag.hash for one in held):  # shortened
        name, section, fields, mirrored = _complete(held, parts, (name, section, fields, mirrored))
    return Holding(
        run_id=held[0].run_id,
        slug=newest.slug,
        kind=newest.kind,
        name=name,
        section=section,
        points=sum(one.tag.points for one in held),
        fields=tuple(fields),
        mirrors=frozenset(mirror_key(name, field) for field in mirrored),
    )


def full_name(held: list[Held], parts: PartRepository) -> str:
    """The plot's name, from a part where the tag holds only its start (or that start, when no part can be read)."""
    for one in held:
        if one.tag.name_complete:
            return one.tag.name
    try:
        return parts.newest(held)[0].name
    except MlflowExtError:
        return held[0].tag.name


_Known = tuple[str, str | None, list[str], list[str]]


def _complete(held: list[Held], parts: PartRepository, known: _Known) -> _Known:
    """Name, section and fields as the parts tell; what the tags told where a part can't be read: its card says why."""
    _, _, fields, mirrored = known
    try:
        newest = parts.newest(held)[-1]
        if held[0].tag.kind == "series":
            fields = mirrored = list(parts.series(held).fields)
    except MlflowExtError:
        return known
    return newest.name, newest.section, fields, mirrored
