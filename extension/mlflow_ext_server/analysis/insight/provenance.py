"""What MLflow records of a run, as the things by which two runs can differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mlflow_ext.store_format import COMMAND_TAG
from mlflow_ext_server.analysis.insight.difference import Part, Recorded
from mlflow_ext_server.analysis.insight.patch import summary

COMMIT, DIRTY, DIFF = (f"mlflow.source.git.{name}" for name in ("commit", "dirty", "diff"))
UNCOMMITTED = "uncommitted changes"
_CODE = {
    COMMIT: "commit",
    "mlflow.source.git.branch": "branch",
    "mlflow.source.git.repoURL": "repository",
    "mlflow.source.name": "script",
    "mlflow.project.entryPoint": "entry point",
    COMMAND_TAG: "command",
}
_PLACE = {
    "mlflow.databricks.cluster.id": "cluster",
    "mlflow.docker.image.uri": "docker image",
    "mlflow.docker.image.id": "docker image id",
}
_USER = "mlflow.user"
_MINE = "mlflow."
_MACHINE = re.compile(
    r"(?:^|[._/ -])(?:n_?|num_?)?"
    r"(?:gpus?|cpus?|devices?|accelerators?|tpus?|host(?:name)?|nodes?|machine|cuda|instance)"
    r"(?:[._/ -](?:names?|types?|counts?|models?|versions?|ids?|mem(?:ory)?))?$",
    re.IGNORECASE,
)
_GPU = re.compile(r"system/(?:(?P<node>.+)/)?gpu_(?P<gpu>\d+)_")
_ALWAYS: tuple[Part, ...] = ("code", "data", "package", "hardware")


class Dataset(NamedTuple):
    """A dataset that a run was given."""

    name: str
    digest: str
    context: str | None


class Unknown(NamedTuple):
    """What is not recorded of one of two runs ("a", "b"), or of both: a part as a whole, or one thing of it."""

    part: Part
    name: str | None
    of: str


def recorded(
    run: str,
    value: float | None,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    datasets: Sequence[Dataset],
    packages: Mapping[str, str] | None,
    system: Iterable[str],
) -> Recorded:
    """What is recorded of a run.

    Args:
        run: its id.
        value: its target.
        params: by name.
        tags: of the run, with the tags of git that its logged model has.
        datasets: that it was given.
        packages: by name; None where none are recorded.
        system: keys of its system metrics.
    """
    return Recorded(
        run,
        value,
        param=params,
        tag={key: text for key, text in tags.items() if key == _USER or not (key.startswith(_MINE) or _machine(key))},
        code=_code(tags),
        package=packages or {},
        data=_data(datasets),
        hardware=_hardware(tags, list(system)),
    )


def _code(tags: Mapping[str, str]) -> dict[str, str]:
    found = {label: tags[key] for key, label in _CODE.items() if tags.get(key)}
    if tags.get(DIRTY) == "false" or tags.get(DIFF):
        found[UNCOMMITTED] = summary(tags.get(DIFF, ""))
    return found


def _data(datasets: Sequence[Dataset]) -> dict[str, str]:
    by_context: dict[str, list[str]] = {}
    for one in datasets:
        by_context.setdefault(one.context or "dataset", []).append(f"{one.name} ({one.digest})")
    return {context: ", ".join(sorted(mine)) for context, mine in by_context.items()}


def _machine(key: str) -> bool:
    return _MACHINE.search(key) is not None


def _hardware(tags: Mapping[str, str], system: Sequence[str]) -> dict[str, str]:
    found = {key: text for key, text in tags.items() if not key.startswith(_MINE) and _machine(key) and text}
    found |= {label: tags[key] for key, label in _PLACE.items() if tags.get(key)}
    if system:
        gpus = {match.group("node", "gpu") for key in system if (match := _GPU.match(key))}
        nodes = {key.split("/")[1] for key in system if key.count("/") > 1}
        found |= {"GPUs measured": str(len(gpus)), "nodes measured": str(len(nodes) or 1)}
    return found


def comparable(one: Recorded, other: Recorded) -> tuple[Recorded, Recorded, tuple[Unknown, ...]]:
    """Both runs without what only one of them has recorded, and what that is: not known is neither same nor different.

    A package or dataset that one run lacks is a difference where the other's are recorded; so are a param and a tag.
    """
    unknown: list[Unknown] = []
    kept: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for part in (*_ALWAYS, "param"):
        mine, its = getattr(one, part), getattr(other, part)
        if not mine or not its:
            unknown.append(Unknown(part, None, "both" if not mine and not its else "b" if mine else "a"))
            mine, its = {}, {}
        elif part in ("code", "hardware"):
            shared = mine.keys() & its.keys()
            unknown += [Unknown(part, name, "b" if name in mine else "a") for name in sorted(mine.keys() ^ its.keys())]
            mine, its = ({name: each[name] for name in shared} for each in (mine, its))
            if part == "code" and UNCOMMITTED not in {*shared, *(each.name for each in unknown)}:
                unknown.append(Unknown("code", UNCOMMITTED, "both"))
        kept[0][part], kept[1][part] = mine, its
    return one._replace(**kept[0]), other._replace(**kept[1]), tuple(unknown)
