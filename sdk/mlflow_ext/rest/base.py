"""What all requests and answers share: names, ids, times, pages."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from mlflow_ext.store_format.name import is_reserved
from mlflow_ext.times import moment

Number = float | str
"""A float, or one of "NaN", "Infinity", "-Infinity"."""

NotFinite = Literal["NaN", "Infinity", "-Infinity"]
RunId = Annotated[str, Field(min_length=1, max_length=128)]
PlotKey = Annotated[str, Field(min_length=1, max_length=1000)]

RUN_PATH_WORDS = frozenset({"search", "compare", "leaderboard", "bulk"})
MAX_RUNS = 1000
"""How many runs one request may name."""
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_MLFLOW_ID = re.compile(r"[0-9a-fA-F]{32}")


def _own_id(text: str) -> str:
    if not _ALIAS.fullmatch(text):
        raise ValueError("takes 1 to 128 letters, digits, _ and -, the first a letter or digit")
    if _MLFLOW_ID.fullmatch(text):
        raise ValueError("32 hex digits are left to the ids that MLflow gives")
    if text in RUN_PATH_WORDS:
        raise ValueError(f"{text!r} is a word of the API's paths")
    return text


OwnRunId = Annotated[str, AfterValidator(_own_id), Field(json_schema_extra={"pattern": f"^{_ALIAS.pattern}$"})]
"""A caller's own id of a run: an alias that works wherever MLflow's does."""

Text = Annotated[str, Field(min_length=1, max_length=250)]


def _free_key(key: str) -> str:
    if is_reserved(key):
        raise ValueError("a tag that mlflow-ext alone writes and reads; choose another key")
    return key


TagKey = Annotated[Text, AfterValidator(_free_key)]
_TagText = Annotated[str, Field(max_length=8000)]
TagMap = Annotated[dict[TagKey, _TagText], Field(max_length=100)]
TagChange = Annotated[dict[TagKey, _TagText | None], Field(max_length=100)]
"""Tags to set; those that are null are taken away."""
Kind = Literal["series", "distribution", "scatter", "matrix", "curve", "barchart", "table"]
Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
EndStatus = Literal["FINISHED", "FAILED", "KILLED"]
Stage = Literal["active", "archived", "all"]


def _tell_aliases(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Say in a model's schema which other names its fields go by: ``x-aliases``, and a sentence in the description."""
    for name, field in model.model_fields.items():
        choices = field.validation_alias
        shown = schema.get("properties", {}).get(name)
        if not isinstance(choices, AliasChoices) or shown is None:
            continue
        aliases = [str(one) for one in choices.choices if one != name]
        words = " or ".join(f"`{one}`" for one in aliases)
        shown["x-aliases"] = aliases
        shown["description"] = f"{shown.get('description', '')} Also taken as {words}.".lstrip()


class Model(BaseModel):
    """Base of all models: strict about field names."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, json_schema_extra=_tell_aliases)


_FARTHEST = 10**18  # ms since the epoch, either way; what databases hold as an integer


def _moment(value: object) -> int:
    in_query = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value)  # where a number is a text
    return int(value) if in_query else _time(value)  # type: ignore[call-overload]


def _time(value: object) -> int:
    if type(value) is int:
        if not -_FARTHEST < value < _FARTHEST:
            raise ValueError("is further away than any time that is stored")
        return value
    found = moment(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("takes ms since the epoch, or an ISO 8601 date or time")
    second, fraction = found
    return round(second.timestamp()) * 1000 + int(fraction[:3].ljust(3, "0"))


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "exclusiveMinimum": -_FARTHEST, "exclusiveMaximum": _FARTHEST},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
]
"""ms since the epoch; an ISO 8601 text is taken too."""

_LATEST = 2**53 - 1
_MS = {"type": "integer", "minimum": 0, "maximum": _LATEST}
Timestamp = Annotated[
    int,
    Field(ge=0, le=_LATEST),
    BeforeValidator(_time),
    WithJsonSchema({"anyOf": [_MS, {"type": "string", "format": "date-time"}]}),
]
"""A Moment that MLflow can store: not before 1970."""


_GIVES = re.compile(r"this server gives (\d+) at most")


def too_many(field: str, asked: int, most: int) -> str:
    """What a server says to a page larger than it gives; ``page_limit`` understands it."""
    return f"{field} is {asked}, but this server gives {most} at most: ask for less."


def page_limit(detail: str) -> int | None:
    """The most rows of a page that a server's refusal names; None when it refuses something else."""
    found = _GIVES.search(detail)
    return int(found[1]) if found else None


class Page(Model):
    """Which rows of a list: ``limit`` up to the server's page limit."""

    limit: Annotated[int, Field(ge=1)] = Field(
        default=100, description="Rows of this page; the server refuses more than its page limit."
    )
    offset: Annotated[int, Field(ge=0, lt=2**31)] = Field(default=0, description="Rows to skip.")


MISSING = "Ids that are unknown or that you may not read; which of the two is not told."


class RunIds(Model):
    """Which runs."""

    runs: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own."
    )


class Ids(Model):
    """Which runs, under the name that comparing takes."""

    ids: Annotated[list[RunId], Field(min_length=1, max_length=MAX_RUNS)] = Field(
        description="The runs, by MLflow's ids or your own; repeat it for several in an address."
    )
