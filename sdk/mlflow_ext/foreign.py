"""Objects of numpy, pandas and torch: told apart, described, and unwrapped into arrays and lists.

Neither pandas nor torch is imported here: their objects are known by what they can do, or by ``sys.modules``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.errors import MlflowExtError, ValidationError

_T = TypeVar("_T")


def describe(value: Any) -> str:
    """A value in a few words for an error message, never longer than about 80 characters; it never raises."""
    try:
        return _described(value)
    except Exception:  # noqa: BLE001 - of a broken object its class is told
        return f"a value of type {type(value).__name__}"


def _described(value: Any) -> str:
    kind = type(value).__name__
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"{kind} of shape {tuple(shape)}"
    if isinstance(value, (list, tuple, set, frozenset, Mapping)):
        return f"{kind} with {len(value)} item{'' if len(value) == 1 else 's'}"
    text = ascii(value) if isinstance(value, str) and not storable(value) else repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({kind})"


def read(field: str, convert: Callable[..., _T], *arguments: Any) -> _T:
    """What ``convert`` gives for a caller's objects, whose own methods may raise anything.

    Raises:
        ValidationError: ``convert`` refuses, or an object raised.
    """
    try:
        return convert(*arguments)
    except (MlflowExtError, MemoryError):
        raise
    except Exception as error:
        raise unreadable(field, error) from error


def unreadable(field: str, error: Exception) -> ValidationError:
    """The error for an argument whose own methods raised."""
    return ValidationError(f"{field} can't be read: it raised {describe(error)}.", field=field)


def storable(text: str) -> bool:
    """Whether a text has a UTF-8 form, which lone surrogates have not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_missing(value: Any) -> bool:
    """Whether a value is None, pandas' NA or NaT, or numpy's NaT; a NaN is a value."""
    if value is None:
        return True
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is getattr(pandas, "NaT", value) or value is getattr(pandas, "NA", value))


def is_data_frame(value: Any) -> bool:
    """Whether a value is a pandas DataFrame."""
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    return frame is not None and isinstance(value, frame)


def is_tensor(value: Any) -> bool:
    """Whether a value works like a torch tensor."""
    return callable(getattr(value, "detach", None)) and callable(getattr(value, "cpu", None))


def array_or_list(value: Any, field: str) -> NDArray[Any] | list[Any]:
    """Whatever holds several values, as a numpy array or a list; its elements are not looked at.

    Raises:
        ValidationError: a set, a mapping, text, an iterator or a single value.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, np.ma.MaskedArray):
        plain: list[Any] = value.tolist()
        data: NDArray[Any] = np.asarray(value.data)
        return plain if np.ma.is_masked(value) else data
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if isinstance(value, (str, bytes, bytearray, memoryview, set, frozenset, Mapping, Iterator)):
        raise _no_column(value, field)
    if is_tensor(value):
        return _from_tensor(value, field)
    if is_data_frame(value):
        return np.asarray(value.to_numpy())
    if hasattr(value, "isna") and hasattr(value, "dtype"):
        return _from_pandas(value)
    if hasattr(value, "__array__"):
        array: NDArray[Any] = _foreign(lambda: np.asarray(value), value, field)
        return array
    if isinstance(value, Collection):
        return list(value)
    raise _no_column(value, field)


def _no_column(value: Any, field: str) -> ValidationError:
    hint = ""
    if isinstance(value, (set, frozenset)):
        hint = "; a set has no order, so give a list"
    elif isinstance(value, Iterator):
        hint = "; wrap it in list(...)"
    elif isinstance(value, Mapping):
        hint = "; nested dicts are not taken"
    return ValidationError(f"{field} is {describe(value)}, but takes a list or an array{hint}.", field=field)


def _foreign(convert: Callable[[], Any], value: Any, field: str) -> Any:
    """Runs a conversion of another library and names the field when that library refuses."""
    try:
        return convert()
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        raise ValidationError(
            f"{field} is {describe(value)} and can't be read as an array: {error}", field=field
        ) from error


def _from_tensor(tensor: Any, field: str) -> NDArray[Any]:
    """A tensor of any device, layout and dtype as an array; what numpy lacks (bfloat16, float8) becomes float32."""

    def convert() -> NDArray[Any]:
        plain = tensor.detach().cpu()
        if getattr(plain, "is_quantized", False):
            plain = plain.dequantize()
        if str(getattr(plain, "layout", "torch.strided")) != "torch.strided":
            plain = plain.to_dense()
        if any(name in str(getattr(plain, "dtype", "")) for name in ("bfloat16", "float8", "float4")):
            plain = plain.float()
        for step in ("resolve_conj", "resolve_neg"):
            plain = getattr(plain, step, lambda same=plain: same)()
        return np.asarray(plain.numpy())

    array: NDArray[Any] = _foreign(convert, tensor, field)
    return array


def _from_pandas(column: Any) -> NDArray[Any] | list[Any]:
    """A pandas Series, Index or extension array; missing values of other than float columns become None."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return np.asarray(column)
    missing = np.asarray(column.isna())
    if not isinstance(dtype, np.dtype) and getattr(dtype, "kind", "O") in "iufb" and not missing.any():
        native = getattr(dtype, "numpy_dtype", None)
        if isinstance(native, np.dtype) and native.kind in "iufb":
            return np.asarray(column, dtype=native)
    cells = list(column)
    if not missing.any():
        return cells
    text = any(isinstance(cell, str) for cell in cells)
    keep_nan = isinstance(dtype, np.dtype) and not text
    return [
        None if gone and not (keep_nan and isinstance(cell, float)) else cell
        for cell, gone in zip(cells, missing, strict=True)
    ]
