"""The page's HTML: templates filled from an OpenAPI document. Everything that they are given is escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mlflow_ext_server.api.page.example import coloured, pretty
from mlflow_ext_server.api.page.field import Models
from mlflow_ext_server.api.page.operation import Operation, operations

_ERROR = {
    "error": "ValidationError",
    "detail": "limit is 5000, but this server gives 1000 at most: ask for less.",
    "status": 422,
}
FILTERS = [
    ("metrics.loss < 0.2", "whose last loss is below 0.2"),
    ("metrics.loss.min < 0.2", "whose loss was ever below 0.2; also `max`, `mean`, `count`, `last`"),
    ("params.lr <= 0.01 AND tags.team = 'vision'", "with a small step and that tag"),
    ("params.units IN (64, 128) OR params.model LIKE 'res%'", "with one of a list's values, or text that begins so"),
    ("(status = FAILED OR metrics.loss = NaN) AND NOT note IS NULL", "that went wrong and carry a note"),
    ("start_time >= '2026-01-31' AND duration > 3600000", "since a day, of more than an hour (ms)"),
    ('metrics."val loss" BETWEEN 0 AND 1e-3', "by a name with spaces; a range includes its ends"),
]
"""Filters and which runs they find; each is tried by a test."""

_CODE = re.compile(r"(`{1,2})(.+?)\1", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where the page stands and what it may say of its server.

    ``root`` stands before each path, such as ``/ext``; ``origin`` is scheme and host; ``style`` and ``script`` are
    addresses; ``auth`` whether users sign in; ``max_body_bytes`` and ``page_limit`` as in the settings.
    """

    root: str
    origin: str = ""
    style: str = ""
    script: str = ""
    auth: bool = False
    max_body_bytes: int = 0
    page_limit: int = 0


class Area(NamedTuple):
    """Operations that belong together."""

    id: str
    name: str
    about: str
    operations: list[Operation]


def page(document: Mapping[str, Any], place: Place) -> str:
    """The page of an OpenAPI 3.1 document."""
    found = list(operations(document, place.root, place.origin + place.root, auth=place.auth))
    models = Models(document)
    return _ENVIRONMENT.get_template("page.html").render(
        title=document["info"]["title"],
        version=document["info"]["version"],
        place=place,
        areas=_areas(document, found),
        models=list(models),
        asked=models.asked(document),
        count=len(found),
        error=pretty(_ERROR),
        filters=FILTERS,
    )


def _areas(document: Mapping[str, Any], found: list[Operation]) -> list[Area]:
    about = {one["name"]: one.get("description", "") for one in document.get("tags", [])}
    order = {name: place for place, name in enumerate(about)}
    found = sorted(found, key=lambda one: (order.get(one.area, len(order)), one.area))
    return [
        Area("area-" + re.sub(r"\W+", "-", name.lower()), name, about.get(name, ""), list(members))
        for name, members in groupby(found, key=lambda one: one.area)
    ]


def prose(text: str) -> Markup:
    """Text with what stands in backticks as code."""
    found, at = [], 0
    for code in _CODE.finditer(text):
        found += [escape(text[at : code.start()]), Markup("<code>{}</code>").format(code[2])]
        at = code.end()
    return Markup("").join([*found, escape(text[at:])])


def _size(count: int) -> str:
    return f"{count / 2**20:g} MiB" if count >= 2**20 else f"{count:,} bytes"


_ENVIRONMENT = Environment(
    loader=PackageLoader("mlflow_ext_server.api.page", "template"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"prose": prose, "coloured": coloured, "size": _size}
