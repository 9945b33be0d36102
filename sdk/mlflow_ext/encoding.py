"""Strict JSON in which NaN and the infinities survive: strings in numeric columns, ``{"$float": ...}`` elsewhere."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
import orjson
from numpy.typing import NDArray

from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import array_or_list, describe, is_data_frame, is_tensor, storable
from mlflow_ext.values import plain_scalar, whole

MAX_DEPTH = 100
_TEXTS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_MARK = re.compile(r"\$+float")
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
_PLAIN = {str, int, bool, type(None)}


def float_text(value: float) -> str:
    """The string that stands for a non-finite number: ``NaN``, ``Infinity`` or ``-Infinity``."""
    if value != value:
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def dumps_ready(data: Any) -> bytes:
    """Strict JSON of data that holds no bare non-finite number, as ``Primitive.to_data`` and ``jsonable`` give it."""
    return orjson.dumps(data, option=_OPTIONS)


def dumps(value: Any) -> bytes:
    """Strict JSON of dicts, lists, numpy arrays and ``orjson.Fragment``.

    Raises:
        ValidationError: a bare NaN or infinity, which JSON can't say (see ``number_column`` and ``jsonable``),
            or an object that JSON has no word for.
    """
    _refuse_bare_floats(value, "value", 0)
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise ValidationError(f"This can't be written as JSON: {error}.") from error


def loads(text: bytes | str) -> Any:
    """The value of strict UTF-8 JSON.

    Raises:
        ValidationError: it is no JSON, or not strict (``NaN`` without quotes, a lone surrogate).
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValidationError(f"This is no strict JSON: {error}.") from error


def _refuse_bare_floats(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValidationError(f"{path[:200]} is nested deeper than {MAX_DEPTH} levels.", field=path[:200])
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise _bare_float(path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_bare_floats(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, (list, tuple)):
        kinds = set(map(type, value))
        if kinds <= _PLAIN:
            return
        if kinds == {float}:
            if not all(map(math.isfinite, value)):
                raise _bare_float(path)
            return
        for item in value:
            _refuse_bare_floats(item, path, depth + 1)
    elif isinstance(value, (float, np.floating)) and not math.isfinite(value):
        raise _bare_float(path)


def _bare_float(path: str) -> ValidationError:
    return ValidationError(f"{path} holds a NaN or an infinity, which strict JSON can't hold bare.", field=path)


def number_column(values: Any) -> NDArray[Any] | list[Any]:
    """A column or matrix of numbers as strict JSON takes it.

    Args:
        values: numpy array of shape (n,) or (n, m), or a list of numbers and None.

    Returns:
        The array itself when every number is finite, else lists with ``"NaN"``, ``"Infinity"``, ``"-Infinity"``.
    """
    if not isinstance(values, np.ndarray):
        return [float_text(item) if isinstance(item, float) and not math.isfinite(item) else item for item in values]
    if values.dtype.kind == "O":
        cells = values.tolist()
        return [number_column(row) for row in cells] if values.ndim > 1 else number_column(cells)
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return values
    if values.ndim > 1:
        return [number_column(row) for row in values.tolist()]
    plain: list[Any] = values.tolist()
    for position in np.flatnonzero(~np.isfinite(values)).tolist():
        plain[position] = float_text(plain[position])
    return plain


def numbers_from_json(values: Any) -> Any:
    """The inverse of ``number_column`` for one column: its three strings become floats, all else stays as it is."""
    if isinstance(values, list) and str in set(map(type, values)):
        return [_TEXTS.get(item, item) if type(item) is str else item for item in values]
    return values


def decode_number_column(values: Sequence[Any], field: str = "values") -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A stored numeric column as float64 of shape (n,), NaN where missing, and a mask of shape (n,) of what is missing.

    Raises:
        ValidationError: a cell is neither a number, null, nor one of the three strings.
    """
    if not isinstance(values, list):
        raise ValidationError(f"{field} is {describe(values)}, but takes a list of numbers.", field=field)
    kinds = set(map(type, values))
    if not kinds <= {float, int, str, type(None)}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds - {float, int, str, type(None)}))
        raise ValidationError(f"{field} holds {names}, but takes numbers, null and NaN as a string.", field=field)
    plain = numbers_from_json(values)
    if str in kinds and str in set(map(type, plain)):
        wrong = next(item for item in plain if type(item) is str)
        raise ValidationError(f"{field} holds {describe(wrong)}, but takes numbers.", field=field)
    try:
        column = np.array(plain, dtype=np.float64)
    except OverflowError as error:
        raise ValidationError(f"{field} holds an integer beyond the range of a 64-bit float.", field=field) from error
    missing = np.zeros(len(plain), dtype=np.bool_)
    if type(None) in kinds:
        missing = np.isnan(column)
        if str in kinds:
            missing &= np.fromiter((item is None for item in plain), np.bool_, len(plain))
    return column, missing


def jsonable(value: Any, field: str = "metadata") -> Any:
    """Any nested value as strict JSON takes it, with ``{"$float": "NaN"}`` for what JSON has no number for.

    numpy, pandas and torch values become lists and numbers, dates ISO 8601 text, keys text. A dict of the user's
    that looks like the mark gets one more ``$``, so that ``from_jsonable`` gives it back as it was.

    Raises:
        ValidationError: bytes, sets, unknown objects, two keys with one text, or more than 100 levels.
    """
    return _jsonable(value, field, 0)


def _jsonable(value: Any, field: str, depth: int) -> Any:
    plain = plain_scalar(value, field)
    if plain is None or isinstance(plain, bool):
        return plain
    if isinstance(plain, str):
        return _checked_text(plain, field)
    if isinstance(plain, float):
        return plain if math.isfinite(plain) else {"$float": float_text(plain)}
    if isinstance(plain, int):
        return whole(plain, field)
    if depth >= MAX_DEPTH:
        raise ValidationError(f"{field[:80]}... is nested deeper than {MAX_DEPTH} levels.", field=field[:80])
    if isinstance(plain, Mapping):
        return _jsonable_mapping(plain, field, depth)
    if isinstance(plain, (list, tuple)):
        return [_jsonable(item, f"{field}[{i}]", depth + 1) for i, item in enumerate(plain)]
    if dataclasses.is_dataclass(plain) and not isinstance(plain, type):
        shallow = {item.name: getattr(plain, item.name) for item in dataclasses.fields(plain)}
        return _jsonable_mapping(shallow, field, depth)
    if is_data_frame(plain):
        if not plain.columns.is_unique:
            twice = plain.columns[plain.columns.duplicated()][0]
            raise ValidationError(f"{field} is a DataFrame with two columns {describe(twice)}.", field=field)
        return _jsonable(plain.to_dict(orient="list"), field, depth)
    if isinstance(plain, np.ndarray) or is_tensor(plain) or hasattr(plain, "__array__"):
        return _jsonable_array(plain, field, depth)
    hint = ": a set has no order, give a list" if isinstance(plain, (set, frozenset)) else ""
    raise ValidationError(
        f"{field} is {describe(plain)}, but takes text, numbers, true, false, None, dates, lists and dicts{hint}.",
        field=field,
    )


def _jsonable_array(value: Any, field: str, depth: int) -> Any:
    array = array_or_list(value, field)
    if isinstance(array, list):
        return _jsonable(array, field, depth)
    if array.dtype.kind in "OMm":
        if array.ndim == 0:
            return _jsonable(array[()], field, depth + 1)
        return [_jsonable(item, f"{field}[{i}]", depth + 1) for i, item in enumerate(array)]
    return _jsonable(array.tolist(), field, depth)


def _jsonable_mapping(value: Mapping[Any, Any], field: str, depth: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, item in value.items():
        text = _key_text(key, field)
        if text in out:
            raise ValidationError(f"{field} has two keys that are both {describe(text)} as text.", field=field)
        out[text] = _jsonable(item, f"{field}.{text}", depth + 1)
    return escaped(out)


def _key_text(key: Any, field: str) -> str:
    plain = plain_scalar(key, field)
    if isinstance(plain, (str, int, float)):
        return _checked_text(str(plain), field)
    raise ValidationError(f"{field} has the key {describe(key)}; keys are text.", field=field)


def _checked_text(text: str, field: str) -> str:
    if not storable(text):
        raise ValidationError(
            f"{field} is {describe(text)}, which has a lone surrogate and no UTF-8 form.", field=field
        )
    return text


def is_branch(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value that ``jsonable`` gave is a mapping of the user's, not the mark of a number."""
    return isinstance(value, dict) and not (len(value) == 1 and "$float" in value)


def unescaped(branch: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping that ``jsonable`` gave with its own keys; its values stay as they are."""
    if len(branch) == 1 and _MARK.fullmatch(only := next(iter(branch))):
        return {only[1:]: branch[only]}
    return dict(branch)


def escaped(branch: dict[str, Any]) -> dict[str, Any]:
    """The inverse of ``unescaped``."""
    if len(branch) == 1 and _MARK.fullmatch(only := next(iter(branch))):
        return {"$" + only: branch[only]}
    return branch


def from_jsonable(value: Any) -> Any:
    """The inverse of ``jsonable``; what is no mark of ours stays as it is."""
    if isinstance(value, list):
        return [from_jsonable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, item),) = value.items()
        if key == "$float":
            return _TEXTS.get(item, value) if isinstance(item, str) else value
        if isinstance(key, str) and _MARK.fullmatch(key):
            return {key[1:]: from_jsonable(item)}
    return {key: from_jsonable(item) for key, item in value.items()}
