"""Which fields there are, by what names they go, and what kind of value each takes."""

from __future__ import annotations

import difflib
import re
from typing import Literal, cast, get_args

from mlflow_ext_server.query.node import Aggregate, Attribute, AttributeName, Dataset, Field, Metric, Param, Tag

Kind = Literal["metric", "number", "time", "id", "status", "text", "either"]
"""What a field's values are: ``either`` is stored text that is compared as a number with a number."""

STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")

_ALIASES: dict[str, AttributeName] = {
    "created": "start_time",
    "Created": "start_time",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
    "name": "run_name",
    "user": "user_id",
    "experiment": "experiment_name",
    "project": "experiment_name",
}
_ATTRIBUTES: dict[str, AttributeName] = {**{name: name for name in get_args(AttributeName)}, **_ALIASES}
_NUMBERS: dict[AttributeName, Kind] = {
    "start_time": "time",
    "end_time": "time",
    "duration": "number",
    "experiment_id": "id",
    "status": "status",
}
_ENTITIES = {
    word: entity
    for entity, words in {
        "metric": ("metric", "metrics"),
        "param": ("param", "params", "parameter", "parameters"),
        "tag": ("tag", "tags"),
        "attribute": ("attribute", "attributes", "attr", "run"),
        "dataset": ("dataset", "datasets"),
    }.items()
    for word in words
}
_AGGREGATES = get_args(Aggregate)
_AGGREGATED = re.compile(rf"(.+)\.({'|'.join(_AGGREGATES)})", re.DOTALL)
_REFERENCE = re.compile(r"`?(?P<entity>[a-z]+)`?\.(?P<key>.*)", re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(r"(?P<quoted>([`\"']).*\2)(?:\.(?P<suffix>[a-z]+))?", re.DOTALL | re.IGNORECASE)


class Problem(Exception):
    """What is wrong with a word of the text; whoever knows the place makes a ``FilterError`` of it."""

    def __init__(self, message: str, *, example: str | None = None) -> None:
        super().__init__(message)
        self.example = example


def kind(field: Field) -> Kind:
    """The kind of value that a field takes."""
    if isinstance(field, Metric):
        return "metric"
    if isinstance(field, Param | Tag):
        return "either"
    return _NUMBERS.get(field.name, "text") if isinstance(field, Attribute) else "text"


def unquoted(text: str) -> str:
    """What a quoted text stands for: in backticks a doubled one is one, else just what is between the quotes."""
    inner = text[1:-1]
    return inner.replace("``", "`") if text[0] == "`" else inner


def named(text: str) -> Field:
    """The attribute of a bare word or quoted name.

    Raises:
        Problem: there is none.
    """
    return _attribute(unquoted(text) if text[0] in '`"' else text)


def referenced(text: str) -> Field:
    """The field of ``entity.key``, the key quoted or not.

    Raises:
        Problem: there is none.
    """
    parts = _REFERENCE.fullmatch(text)
    assert parts is not None, text
    entity = _ENTITIES.get(parts["entity"].lower())
    if entity is None:
        raise Problem(
            f"there is no {parts['entity']!r} with keys{_hint(parts['entity'], list(_ENTITIES))}; "
            "take metrics, params, tags, attributes or dataset"
        )
    quoted = _QUOTED.fullmatch(parts["key"])
    key = unquoted(quoted["quoted"]) if quoted else parts["key"]
    suffix = quoted["suffix"] if quoted else None
    if not key:
        raise Problem(f"a key is missing after {parts['entity']}.", example=f"{parts['entity']}.loss < 0.2")
    if entity == "metric":
        return _metric(key, quoted is not None, suffix)
    if suffix:
        raise Problem(f"only metrics take .{suffix}; a name with dots stands in quotes as a whole")
    if entity == "param":
        return Param(key)
    if entity == "tag":
        return Tag(key)
    return _attribute(key) if entity == "attribute" else _dataset(key)


def _metric(key: str, quoted: bool, suffix: str | None) -> Metric:
    if suffix is not None:
        if suffix not in _AGGREGATES:
            raise Problem(f"a metric has no .{suffix}{_hint(suffix, _AGGREGATES)}; take .{', .'.join(_AGGREGATES)}")
        return Metric(key, cast(Aggregate, suffix))
    parts = None if quoted else _AGGREGATED.fullmatch(key)
    return Metric(parts[1], cast(Aggregate, parts[2]), ambiguous=True) if parts else Metric(key)


def _attribute(name: str) -> Attribute:
    if name not in _ATTRIBUTES:
        raise Problem(
            f"a run has no attribute {name!r}{_hint(name, list(_ATTRIBUTES))}; "
            f"it has {', '.join(get_args(AttributeName))}; "
            "metrics, params and tags are written metrics.loss, params.lr, tags.stage"
        )
    return Attribute(_ATTRIBUTES[name])


def _dataset(name: str) -> Dataset:
    if name not in ("name", "digest", "context"):
        raise Problem(f"a dataset has no {name!r}; take dataset.name, dataset.digest or dataset.context")
    return Dataset(cast(Literal["name", "digest", "context"], name))


def _hint(word: str, known: list[str] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word[:40], known, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
