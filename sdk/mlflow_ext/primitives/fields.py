"""Field types that the kinds share: each checks and converts its value, and names its field when it refuses."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe
from mlflow_ext.primitives import columns

_NUMBER = {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]}
_GAPPED = {"anyOf": [*_NUMBER["anyOf"], {"type": "null"}]}
_LABEL = {"type": "string"}


def _name(info: ValidationInfo) -> str:
    return info.field_name or "value"


def _numbers(value: Any, info: ValidationInfo) -> NDArray[Any]:
    return columns.numbers(value, _name(info))


def _gapped_or_none(value: Any, info: ValidationInfo) -> NDArray[Any] | None:
    return None if value is None else columns.numbers(value, _name(info), missing=True)


def _labels(value: Any, info: ValidationInfo) -> tuple[str, ...]:
    return columns.plain_labels(value, _name(info))


def _labels_or_none(value: Any, info: ValidationInfo) -> tuple[str | None, ...] | None:
    return None if value is None else columns.labels(value, _name(info), missing=True)


def _text(value: Any, info: ValidationInfo) -> str:
    return "" if value is None else columns.text(value, _name(info), empty=True)


def _flag(value: Any, info: ValidationInfo) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise ValidationError(f"{_name(info)} is {describe(value)}, but takes True or False.", field=_name(info))


Numbers = Annotated[NDArray[Any], PlainValidator(_numbers), WithJsonSchema({"type": "array", "items": _NUMBER})]
"""A column of numbers, shape (n,), nothing missing."""

GappedNumbersOrNone = Annotated[
    NDArray[Any] | None,
    PlainValidator(_gapped_or_none),
    WithJsonSchema({"anyOf": [{"type": "array", "items": _GAPPED}, {"type": "null"}]}),
]
"""A column of numbers, shape (n,), None where missing; or no column at all."""

Labels = Annotated[tuple[str, ...], PlainValidator(_labels), WithJsonSchema({"type": "array", "items": _LABEL})]
"""Texts, shape (n,)."""

LabelsOrNone = Annotated[
    tuple[str | None, ...] | None,
    PlainValidator(_labels_or_none),
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": ["string", "null"]}}, {"type": "null"}]}),
]
"""Texts, shape (n,), None where missing; or no labels at all."""

Text = Annotated[str, PlainValidator(_text), WithJsonSchema(_LABEL)]
"""A text that may be empty."""

Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
"""True or False and nothing that merely resembles them."""

NUMBER_SCHEMA = _NUMBER
GAPPED_SCHEMA = _GAPPED
