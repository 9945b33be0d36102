"""Part files: what a writer stores of one plot, as strict JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mlflow_ext.encoding import dumps, from_jsonable, jsonable, loads
from mlflow_ext.errors import MlflowExtError, ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.primitives import Primitive, primitive_class
from mlflow_ext.store_format.name import WRITER

FORMAT_VERSION = 1


class NewerFormat(MlflowExtError):
    """A file was written by a later major version of the format; a newer mlflow-ext reads it."""


@dataclass(frozen=True)
class Version:
    """One version of a plot, or the points of a Series part.

    Attributes:
        seq: number of the call within its writer; of a Series part that of its last call.
        step: the step it was logged for, or None.
        logged_at: time of the call, ms since the epoch.
        data: the ``data`` of docs/format.md; to write, ready JSON as ``orjson.Fragment`` is taken too.
        metadata: plain values, NaN as a float; to write, ``orjson.Fragment`` is taken too.
        section: where it differs from the part's.
    """

    seq: int
    step: int | None
    logged_at: int
    data: Any
    metadata: Any = None
    section: str | None = None


@dataclass(frozen=True)
class Part:
    """One part file.

    Attributes:
        kind: the primitive's kind.
        name: the plot's name.
        section: its section or None.
        writer: 8 hex digits.
        part: its number, from 0.
        versions: in order of logging; a Series part has one.
    """

    kind: str
    name: str
    section: str | None
    writer: str
    part: int
    versions: tuple[Version, ...]

    def primitive(self, version: Version) -> Primitive:
        """The primitive of one of the versions.

        Raises:
            ValidationError: the data is not what its kind stores.
        """
        return primitive_class(self.kind).from_data(version.data, version.metadata)


def encode_part(
    *, kind: str, name: str, section: str | None, writer: str, part: int, versions: Sequence[Version]
) -> bytes:
    """The file of a part.

    Raises:
        ValidationError: there is no version, or data holds a bare NaN or infinity.
    """
    if not versions:
        raise ValidationError("A part needs at least one version.", field="versions")
    head: dict[str, Any] = {
        "mlflow_ext": FORMAT_VERSION,
        "kind": kind,
        "name": name,
        "section": section,
        "writer": writer,
    }
    if len(versions) == 1:
        only = _version(versions[0], None)
        return dumps({**head, "section": versions[0].section or section, "part": part, **only})
    return dumps({**head, "part": part, "versions": [_version(item, section) for item in versions]})


def _version(version: Version, section: str | None) -> dict[str, Any]:
    ready = isinstance(version.metadata, orjson.Fragment)
    plain: dict[str, Any] = {
        "seq": version.seq,
        "step": version.step,
        "logged_at": version.logged_at,
        "data": version.data,
        "metadata": version.metadata if ready else jsonable(version.metadata),
    }
    if version.section is not None and section is not None and version.section != section:
        plain["section"] = version.section
    return plain


def decode_part(text: bytes | str) -> Part:
    """A part file's content; ``data`` is left as stored, for ``Part.primitive`` or ``merge_series``.

    Raises:
        NewerFormat: the file is of a later major version.
        ValidationError: it is no part file; the message says why.
    """
    plain = loads(text)
    if not isinstance(plain, dict) or type(plain.get("mlflow_ext")) is not int or plain["mlflow_ext"] < 1:
        raise ValidationError("This is no part file of mlflow-ext: it lacks its version number.", field="mlflow_ext")
    if plain["mlflow_ext"] > FORMAT_VERSION:
        raise NewerFormat(
            f"This file has format version {plain['mlflow_ext']}, but {FORMAT_VERSION} is read; upgrade mlflow-ext."
        )
    kind = primitive_class(_field(plain, "kind", str)).kind
    writer = _field(plain, "writer", str)
    if not WRITER.fullmatch(writer):
        raise ValidationError(f"writer is {describe(writer)}, but is 8 hex digits.", field="writer")
    stored = plain.get("versions", [plain])
    if not isinstance(stored, list) or not stored:
        raise ValidationError("versions is not a list with at least one version.", field="versions")
    if kind == "series" and len(stored) > 1:
        raise ValidationError("A part of a series has no versions.", field="versions")
    return Part(
        kind=kind,
        name=_field(plain, "name", str),
        section=_optional(plain, "section", str),
        writer=writer,
        part=_field(plain, "part", int),
        versions=tuple(map(_decoded, stored)),
    )


def _decoded(plain: Any) -> Version:
    if not isinstance(plain, dict):
        raise ValidationError(f"A version is {describe(plain)}, but is a JSON object.", field="versions")
    metadata = from_jsonable(plain.get("metadata"))
    if not isinstance(metadata, Mapping | None):
        raise ValidationError(f"metadata is {describe(metadata)}, but is a JSON object or null.", field="metadata")
    return Version(
        seq=_field(plain, "seq", int),
        step=_optional(plain, "step", int),
        logged_at=_field(plain, "logged_at", int),
        data=_field(plain, "data", dict),
        metadata=metadata,
        section=_optional(plain, "section", str),
    )


def _field(plain: Mapping[str, Any], key: str, kind: type) -> Any:
    value = plain.get(key)
    if type(value) is not kind:
        raise ValidationError(f"{key} is {describe(value)}, but is {kind.__name__}.", field=key)
    return value


def _optional(plain: Mapping[str, Any], key: str, kind: type) -> Any:
    return None if plain.get(key) is None else _field(plain, key, kind)
