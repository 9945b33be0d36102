"""The tag that says what one writer has stored of one plot, in at most 500 bytes of JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import orjson

from mlflow_ext.encoding import float_text
from mlflow_ext.store_format.name import SLUG, TAG_PREFIX, WRITER, name_hash, slug, tag_key

TAG_BYTES = 500
TAG_VERSION = 1
Number = int | float
_TEXTS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_KEY = re.compile(rf"{re.escape(TAG_PREFIX)}({SLUG.pattern})\.{WRITER.pattern}")
_SECTION_BYTES, _NAME_BYTES, _LABEL_BYTES = 48, 96, 32


@dataclass(frozen=True)
class PlotTag:
    """What one writer has stored of one plot.

    Attributes:
        kind: the primitive's kind.
        name: the plot's name, or only its start when ``name_complete`` is False.
        writer: 8 hex digits; "" while it is of no matter.
        section: its section or the start of it.
        parts: how many part files it covers, numbered from 0.
        bytes: their size in all.
        points: points of a Series, versions of any other kind.
        at: time of the last call, ms since the epoch.
        index: of a Series: name, first and last value (numbers or ISO 8601 texts).
        fields: of a Series: name to (last, min, max), or None where they found no room; a missing value is None.
        step: of other kinds: first and last step.
        metric: of a Curve: name and value of the last version.
        more: whether fields were left out.
        hash: what stands for name and section when they were cut.
        slug: the plot's slug; found from kind and name when not given.
        version: the format's version; of a tag above 1 only kind, name, writer and slug are known.
    """

    kind: str
    name: str
    writer: str = ""
    section: str | None = None
    parts: int = 0
    bytes: int = 0
    points: int = 0
    at: int = 0
    index: tuple[str, Number | str, Number | str] | None = None
    fields: dict[str, tuple[Number | None, Number | None, Number | None] | None] = field(default_factory=dict)
    step: tuple[int | None, int | None] | None = None
    metric: tuple[str, Number] | None = None
    more: bool = False
    hash: str | None = None
    slug: str = ""
    version: int = TAG_VERSION

    def __post_init__(self) -> None:
        if not self.slug:
            object.__setattr__(self, "slug", slug(self.kind, self.name))

    @property
    def key(self) -> str:
        """The key under which the tag stands."""
        return tag_key(self.slug, self.writer)

    @property
    def name_complete(self) -> bool:
        """Whether ``name`` is the whole name, as its slug proves."""
        return self.slug.endswith(name_hash(self.kind, self.name))

    def to_json(self) -> str:
        """JSON of at most 500 bytes: first triples go, then fields, then the ends of section, name and labels."""
        triples = [(_dump(name), _dump(_coded_triple(triple))) for name, triple in self.fields.items()]
        head = self._head()
        room = TAG_BYTES - len(_dump(head)) - len(',"more":true') * self.more
        shown, more = _fitting(
            triples, room - len(',"fields":{}'), room - len(',"fields":{}') - len(',"more":true') * (not self.more)
        )
        more = more or self.more
        if triples and not shown and more:
            head = replace(self, more=True)._cut_head()
        elif room < 0:
            head = self._cut_head()
        body = _dump(head)[:-1]
        if shown:
            body += b',"fields":{' + b",".join(name + b":" + triple for name, triple in shown) + b"}"
        if more:
            body += b',"more":true'
        return (body + b"}").decode()

    def _head(self) -> dict[str, Any]:
        head: dict[str, Any] = {
            "v": TAG_VERSION,
            "kind": self.kind,
            "name": self.name,
            "section": self.section,
            "parts": self.parts,
            "bytes": self.bytes,
            "points": self.points,
            "at": self.at,
        }
        if self.index is not None:
            head["index"] = self.index
        if self.step is not None:
            head["step"] = self.step
        if self.metric is not None:
            head["metric"] = [self.metric[0], _coded(self.metric[1])]
        return head

    def _cut_head(self) -> dict[str, Any]:
        """The head without fields, each text cut in turn until it fits beside the word that fields are missing."""
        limit = TAG_BYTES - len(',"more":true') * bool(self.more)
        head = self._head()
        cuts: tuple[dict[str, Any], ...] = (
            {"hash": name_hash(self.kind, self.name), "section": _start(self.section, _SECTION_BYTES)},
            {"name": _start(self.name, _NAME_BYTES)},
            {key: _short(head[key]) for key in ("index", "metric") if key in head},
        )
        for cut in cuts:
            if len(_dump(head)) > limit:
                head |= cut
        return head

    @staticmethod
    def parse(key: str, value: str) -> PlotTag | None:
        """The tag that stands under a key, or None when it is none of ours."""
        if not isinstance(key, str) or not key.startswith(TAG_PREFIX):
            return None
        slug_text, _, writer = key[len(TAG_PREFIX) :].rpartition(".")
        if not SLUG.fullmatch(slug_text) or not WRITER.fullmatch(writer):
            return None
        try:
            plain = orjson.loads(value)
        except (orjson.JSONDecodeError, TypeError):
            return None
        return _parsed(plain, slug_text, writer) if isinstance(plain, dict) else None


class TagGlance(NamedTuple):
    """What an index of many runs needs of a tag; ``cut`` says that name, section or fields found no room."""

    slug: str
    kind: str
    name: str
    section: str | None
    points: int
    at: int
    fields: tuple[str, ...]
    cut: bool


def glance(key: str, value: str) -> TagGlance | None:
    """The part of ``PlotTag.parse`` that an index needs, at a quarter of its cost; None for the same tags."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    try:
        plain = orjson.loads(value)
    except (orjson.JSONDecodeError, TypeError):
        return None
    if not isinstance(plain, dict):
        return None
    slug_text, get = match[1], plain.get
    version, kind, name, section = get("v"), get("kind"), get("name"), get("section")
    if type(version) is not int or version < 1 or not isinstance(kind, str) or not isinstance(name, str):
        return None
    if section is not None and not isinstance(section, str):
        return None
    if version > TAG_VERSION:
        return TagGlance(slug_text, kind, name, section, 0, 0, (), False)
    points: Any = get("points")
    at: Any = get("at")
    for count in (points, at, get("parts"), get("bytes")):
        if type(count) is not int or count < 0:
            return None
    fields = get("fields")
    names = tuple(fields) if isinstance(fields, dict) else ()
    cut = get("more") is True or isinstance(get("hash"), str)
    return TagGlance(slug_text, kind, name, section, points, at, names, cut)


def _parsed(plain: dict[str, Any], slug_text: str, writer: str) -> PlotTag | None:
    version, kind, name, section = (plain.get(key) for key in ("v", "kind", "name", "section"))
    if type(version) is not int or version < 1 or not isinstance(kind, str) or not isinstance(name, str):
        return None
    if section is not None and not isinstance(section, str):
        return None
    known = PlotTag(kind=kind, name=name, writer=writer, section=section, slug=slug_text, version=version)
    if version > TAG_VERSION:
        return known
    counts = [plain[key] for key in ("parts", "bytes", "points", "at") if _is_count(plain.get(key))]
    if len(counts) < 4:
        return None
    return replace(
        known,
        parts=counts[0],
        bytes=counts[1],
        points=counts[2],
        at=counts[3],
        index=_parsed_index(plain.get("index")),
        fields=_parsed_fields(plain.get("fields")),
        step=_parsed_step(plain.get("step")),
        metric=_parsed_metric(plain.get("metric")),
        more=plain.get("more") is True,
        hash=plain["hash"] if isinstance(plain.get("hash"), str) else None,
    )


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _number(value: Any) -> Number | None:
    if isinstance(value, str):
        return _TEXTS.get(value)
    return value if type(value) in (int, float) else None


def _parsed_index(value: Any) -> tuple[str, Number | str, Number | str] | None:
    if not isinstance(value, list) or len(value) != 3 or not isinstance(value[0], str):
        return None
    first, last = value[1:]
    if type(first) not in (int, float, str) or type(last) not in (int, float, str):
        return None
    return value[0], first, last


def _parsed_fields(value: Any) -> dict[str, tuple[Number | None, Number | None, Number | None] | None]:
    if not isinstance(value, dict):
        return {}
    return {
        name: (_number(item[0]), _number(item[1]), _number(item[2]))
        if isinstance(item, list) and len(item) == 3
        else None
        for name, item in value.items()
    }


def _parsed_step(value: Any) -> tuple[int | None, int | None] | None:
    if not isinstance(value, list) or len(value) != 2 or not all(item is None or type(item) is int for item in value):
        return None
    return value[0], value[1]


def _parsed_metric(value: Any) -> tuple[str, Number] | None:
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str):
        return None
    plain = _number(value[1])
    return None if plain is None else (value[0], plain)


def _coded(value: Number | None) -> Number | str | None:
    return float_text(value) if isinstance(value, float) and not math.isfinite(value) else value


def _coded_triple(triple: tuple[Number | None, ...] | None) -> list[Number | str | None] | None:
    return None if triple is None else [_coded(value) for value in triple]


def _dump(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def _fitting(
    items: list[tuple[bytes, bytes]], room: int, room_with_more: int
) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The fields that find room, without their triples from some point on, and whether any had to go."""
    sizes = [len(name) + 2 for name, _ in items]
    if sum(sizes) + 4 * len(items) - 1 <= room:
        spare = room - (sum(sizes) + 4 * len(items) - 1)
        shown = []
        open_ = True
        for name, triple in items:
            open_ = open_ and len(triple) - 4 <= spare
            spare -= len(triple) - 4 if open_ else 0
            shown.append((name, triple if open_ else b"null"))
        return shown, False
    shown, left = [], room_with_more + 1
    for (name, _), size in zip(items, sizes, strict=True):
        left -= size + 4
        if left < 0:
            break
        shown.append((name, b"null"))
    return shown, bool(items)


def _start(text: str | None, size: int) -> str | None:
    """The longest start of a text whose JSON has at most ``size`` bytes between the quotes."""
    if text is None:
        return None
    used = 0
    for position, character in enumerate(text):
        used += len(_dump(character)) - 2
        if used > size:
            return text[:position]
    return text


def _short(labelled: Sequence[Any]) -> list[Any]:
    return [_start(labelled[0], _LABEL_BYTES), *labelled[1:]]
