"""What every kind of primitive has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from inspect import Parameter, Signature
from threading import Lock
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic import ValidationError as PydanticError
from pydantic_core import ErrorDetails
from typing_extensions import Self

from mlflow_ext.encoding import dumps_ready, from_jsonable, jsonable
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, unreadable

_BUILDING = Lock()


class Rows(NamedTuple):
    """A primitive as a table: column names, and one tuple of plain values per row (None is missing)."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def _build(cls: type[BaseModel]) -> None:
    """Builds a class's validator at its first use, which saves time at import; by one thread only."""
    if not cls.__pydantic_complete__:
        with _BUILDING:
            cls.model_rebuild()


def checked_metadata(value: Any) -> dict[str, Any] | None:
    """Metadata with text keys and plain values, NaN and infinities kept.

    Raises:
        ValidationError: it is no mapping, or holds what can't be stored.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ValidationError(f"metadata is {describe(value)}, but takes a dict with text keys.", field="metadata")
    plain: dict[str, Any] = from_jsonable(jsonable(value))
    return plain


class Primitive(BaseModel):
    """One piece of typed data that a run holds; frozen, checked when it is made.

    Equality is exact: same type, same values (NaN equals NaN), integers apart from floats.

    Raises:
        ValidationError: a field is missing, unknown or wrong; ``error.field`` names it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)

    kind: ClassVar[str]
    positional: ClassVar[tuple[str, ...]]
    """The arguments that may be given by position, in their order."""

    metadata: Annotated[dict[str, Any] | None, BeforeValidator(checked_metadata)] = None

    @field_validator("*", mode="wrap")
    @classmethod
    def _readable(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except (PydanticError, MemoryError):
            raise
        except Exception as error:
            raise unreadable(info.field_name or cls.__name__, error) from error

    def __init__(self, *args: Any, **fields: Any) -> None:
        name = type(self).__name__
        if len(args) > len(self.positional):
            taken, names = ", ".join(self.positional), ", ".join(f"{key}=..." for key in _arguments(type(self)))
            raise ValidationError(f"{name} takes {taken} by position, but got {len(args)} values; name them: {names}.")
        for key, value in zip(self.positional, args, strict=False):
            if key in fields:
                raise ValidationError(f"{name}: {key} was given twice, by position and by name.", field=key)
            fields[key] = value
        _build(type(self))
        try:
            super().__init__(**fields)
        except PydanticError as error:
            raise _taught(type(self), error) from None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Gives the class the signature that its own annotations promise, for ``help`` and editors."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.__signature__ = Signature(
            [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in cls.positional]
            + [Parameter(name, Parameter.KEYWORD_ONLY) for name in _arguments(cls) if name not in cls.positional]
        )

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's own, with an error that teaches."""
        _build(cls)
        try:
            return super().model_validate(obj, **options)
        except PydanticError as error:
            raise _taught(cls, error) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """As pydantic's own, with an error that teaches."""
        _build(cls)
        try:
            return super().model_validate_json(json_data, **options)
        except PydanticError as error:
            raise _taught(cls, error) from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise ValidationError(
            f"{type(self).__name__}.{name} can't be changed; make a new {type(self).__name__}.", field=name
        )

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """A small one with believable content, for documentation, demos and tests."""

    @abstractmethod
    def rows(self) -> Rows:
        """The content as a table of plain Python values."""

    @abstractmethod
    def to_data(self) -> dict[str, Any]:
        """The stored ``data`` of docs/format.md: arrays, lists and scalars, NaN and infinities already strings."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> Self:
        """The inverse of ``to_data``, before or after JSON.

        Raises:
            ValidationError: the data is not what this kind stores.
        """
        if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
            raise ValidationError(f"{cls.__name__}: data is {describe(data)}, but takes a JSON object.", field="data")
        if "metadata" in data:
            raise ValidationError(f"{cls.__name__}: metadata stands beside data, not in it.", field="metadata")
        return cls(**cls.decoded(dict(data)), metadata=metadata)

    @classmethod
    @abstractmethod
    def decoded(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The constructor's arguments for stored data; strings that stand for NaN and infinities are floats again."""

    def to_json(self) -> bytes:
        """Strict JSON of ``to_data``."""
        return dumps_ready(self.to_data())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Primitive):
            return NotImplemented
        return type(self) is type(other) and identical(self.__dict__, other.__dict__)

    def __repr__(self) -> str:
        parts = ", ".join(f"{key}={_brief(value)}" for key, value in self.__dict__.items() if value is not None)
        return f"{type(self).__name__}({parts})"

    __str__ = __repr__


def identical(a: Any, b: Any) -> bool:
    """Whether two values are the same exactly: types and numbers alike, NaN equal to NaN.

    Args:
        a: any nesting of dicts, lists, tuples, numpy arrays, scalars and primitives.
        b: what to compare with.
    """
    if isinstance(a, np.ndarray):
        if not isinstance(b, np.ndarray) or a.dtype != b.dtype or a.shape != b.shape:
            return False
        if a.dtype.kind == "O":
            return identical(a.tolist(), b.tolist())
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(identical(item, b[key]) for key, item in a.items())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(identical, a, b))
    return bool(a == b) or (isinstance(a, float) and a != a and b != b)


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"<{' x '.join(map(str, value.shape))} {value.dtype}>"
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields") and len(value) > 8:
        return f"<{len(value)} items>"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_brief(item)}" for key, item in list(value.items())[:8]) + "}"
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)


def _arguments(cls: type[Primitive]) -> list[str]:
    """The constructor's arguments in the order to tell them: metadata last."""
    names = [field.alias or name for name, field in cls.model_fields.items() if name != "metadata"]
    return [*(name for name in cls.positional if name not in names), *names, "metadata"]


def _taught(cls: type[Primitive], error: PydanticError) -> ValidationError:
    """Pydantic's first complaint as one of ours, which says what is taken."""
    first: ErrorDetails = error.errors(include_url=False)[0]
    path = ".".join(map(str, first["loc"]))
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, ValidationError):
        message = str(cause)
        named = message if message.startswith(f"{cls.__name__}: ") else f"{cls.__name__}: {message}"
        return ValidationError(named, field=cause.field or path or None)
    takes = ", ".join(_arguments(cls))
    if first["type"] == "missing":
        return ValidationError(f"{cls.__name__}: {path} is missing; it takes {takes}.", field=path)
    if first["type"] == "extra_forbidden":
        return ValidationError(f"{cls.__name__}: there is no {path}; it takes {takes}.", field=path)
    return ValidationError(f"{cls.__name__}: {path} is {describe(first['input'])}: {first['msg']}.", field=path or None)
