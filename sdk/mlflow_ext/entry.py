"""``log`` and its kin: what a training script calls."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, overload

import mlflow

from mlflow_ext.convert import index_value, is_point, point, to_primitive
from mlflow_ext.encoding import from_jsonable, jsonable
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, read
from mlflow_ext.primitives import Primitive, Series
from mlflow_ext.runtime import runtime
from mlflow_ext.spool.session import Point, Session
from mlflow_ext.spool.writer import SpoolSealed
from mlflow_ext.store_format import check_name, check_section

_INT64 = 2**63
_T = TypeVar("_T")
_active_run = mlflow.active_run


@overload
def log(
    name: str,
    data: Any,
    /,
    *,
    section: str | None = None,
    step: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> None: ...


@overload
def log(
    primitive: Primitive,
    /,
    *,
    name: str | None = None,
    section: str | None = None,
    step: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> None: ...


@overload
def log(
    *,
    name: str,
    data: Any,
    section: str | None = None,
    step: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> None: ...


def log(
    first: Any = None,
    second: Any = None,
    /,
    *,
    name: Any = None,
    data: Any = None,
    section: str | None = None,
    step: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> None:
    """Log typed data to the active run; returns within microseconds, and the data survives a crash from then on.

    ``log(name, data)`` and ``log(primitive, name=...)`` are taken alike.

    Args:
        first: name of the plot, 1 to 250 characters of any text; or a primitive, whose kind then is the default name.
        second: a primitive, or plain data: a dict of numbers (one more point of the Series of that name), a dict of
            lists (Series), a 1-D array (Distribution), a 2-D array (Matrix), a DataFrame (Table).
        name: of the plot.
        data: as ``second``.
        section: group of plots it belongs to.
        step: the step that this version belongs to; of a Series that brings no index of its own, its first index value.
        metadata: anything JSON holds, merged over the primitive's own.
        run_id: another run than the active one.

    Raises:
        ValidationError: the call is wrong; nothing of it was logged.
        SpoolError: the local disk can't take it.

    Example:
        >>> import mlflow_ext as ext
        >>> ext.log("training", {"epoch": 1, "loss": 0.5})
        >>> ext.log("confusion", ext.Matrix(["cat", "dog"], ["cat", "dog"], [[8, 1], [2, 9]]), step=1)
    """
    state = runtime()
    if type(second) is dict and type(first) is str and run_id is None and metadata is None:
        session = state.bound_session
        if session is not None and _active_run() is state.bound_active:
            try:
                if session.point(first, second, section, step):
                    return
            except SpoolSealed:
                state.forget_binding()
    name, data = name_and_data(first, second, name, data)
    write(lambda: state.session(run_id), name, data, Context(section, step, metadata))


class Context(NamedTuple):
    """What a call says beside name and data."""

    section: Any = None
    step: Any = None
    metadata: Any = None


def write(open_session: Callable[[], Session], name: str, data: Any, context: Context) -> None:
    """Check one call and append it to a run's spool file.

    Args:
        open_session: gives the run's open spool file.
        name: of the plot, checked.
        data: a primitive or plain data.
        context: the rest of the call.

    Raises:
        ValidationError: the call is wrong; nothing of it was logged.
        SpoolError: the local disk can't take it.
    """
    section, metadata = check_section(context.section), checked_metadata(context.metadata)
    if isinstance(data, Series) and len(data) == 1 and data.metadata is None and metadata is None:
        _write_point(open_session, name, section, _only_point(data, context.step))
    elif not isinstance(data, Primitive) and metadata is None and read("data", is_point, data):
        if type(data) is dict and durably(open_session, lambda live: live.point(name, data, section, context.step)):
            return
        index, value, fields = read("data", point, data)
        if value is None and context.step is not None:
            value = _first_index(context.step)
        _write_point(open_session, name, section, (index, value, fields), read("data", tuple, data))
    else:
        _write_primitive(open_session, name, data, Context(section, context.step, metadata))


def _only_point(series: Series, step: Any) -> Point:
    values = series.index_values
    if values is not None:
        value = values[0].item() if hasattr(values[0], "item") else values[0]
    else:
        value = None if step is None else _first_index(step)
    return series.index, value, {name: column.tolist()[0] for name, column in series.fields.items()}


def _write_point(
    open_session: Callable[[], Session], name: str, section: str | None, one: Point, keys: tuple[str, ...] | None = None
) -> None:
    index, value, fields = one
    if keys is None:
        keys = tuple(fields) if value is None or index is None else (index, *fields)
        whole = dict(fields) if value is None or index is None else {index: value, **fields}
        if durably(open_session, lambda live: live.index_of(name) == index and live.point(name, whole, section, None)):
            return
    columns = keys
    durably(open_session, lambda live: live.careful_point(name, section, columns, one))


def _write_primitive(open_session: Callable[[], Session], name: str, data: Any, context: Context) -> None:
    primitive = read("data", to_primitive, data)
    stored = primitive.to_data()
    metadata = context.metadata
    if primitive.metadata:
        metadata = jsonable({**primitive.metadata, **from_jsonable(metadata or {})})
    facts: dict[str, Any] = {"section": context.section, "metadata": metadata, "step": None}
    if isinstance(primitive, Series):
        facts["start"] = None if context.step is None else _first_index(context.step)
        facts["index"] = read("data", _own_index, data, primitive)
    else:
        facts["step"] = read("step", _step, context.step)
    durably(open_session, lambda live: live.primitive(primitive.kind, name, stored, facts))


def name_and_data(first: Any, second: Any, name: Any, data: Any) -> tuple[str, Any]:
    """Name and data of either way to call ``log``, the name checked.

    Raises:
        ValidationError: one of them is missing, given twice, or no name.
    """
    if isinstance(first, Primitive):
        if data is not None or (second is not None and not isinstance(second, str)):
            raise ValidationError("log takes one primitive, with name= beside it, or a name and data.", field="data")
        name = second if name is None else name
        return check_name(first.kind if name is None else name), first
    if first is not None and name is not None:
        raise ValidationError(f"name was given twice, as {describe(first)} and as {describe(name)}.", field="name")
    if second is not None and data is not None:
        raise ValidationError("data was given twice.", field="data")
    checked = check_name(name if first is None else first)
    data = data if second is None else second
    if data is None:
        message = "data is missing; log takes a name and data such as {'loss': 0.3}, or a primitive."
        raise ValidationError(message, field="data")
    return checked, data


def checked_metadata(metadata: Any) -> dict[str, Any] | None:
    """Metadata ready for JSON.

    Raises:
        ValidationError: it is no mapping, or JSON can't hold it.
    """
    if metadata is None:
        return None
    if not isinstance(metadata, Mapping):
        raise ValidationError(f"metadata is {describe(metadata)}, but takes a dict.", field="metadata")
    plain: dict[str, Any] = read("metadata", jsonable, metadata)
    return plain


def _first_index(step: Any) -> Any:
    if isinstance(read("step", _plain, step), bool):
        raise ValidationError(f"step is {describe(step)}, but takes a number or a time.", field="step")
    return read("step", index_value, step, "step")


def _plain(step: Any) -> Any:
    return step.item() if hasattr(step, "item") else step


def _step(step: Any) -> int | None:
    if step is None:
        return None
    plain = _plain(step)
    try:
        whole = operator.index(plain)
    except (TypeError, ValueError) as error:
        raise ValidationError(f"step is {describe(step)}, but takes a whole number.", field="step") from error
    if isinstance(plain, bool) or not -_INT64 <= whole < _INT64:
        raise ValidationError(f"step is {describe(step)}, but takes a whole number of 64 bits.", field="step")
    return whole


def _own_index(data: Any, series: Series) -> str | None:
    """The index that a call names; None when plain data left it to the Series as it stands."""
    return None if isinstance(data, Mapping) and series.index not in data else series.index


def durably(open_session: Callable[[], Session], append: Callable[[Session], _T]) -> _T:
    """Append to the run's spool file; to its next one when the uploader has just let go of a finished one.

    Raises:
        SpoolError: the local disk can't take it.
    """
    try:
        return append(open_session())
    except SpoolSealed:
        runtime().forget_binding()
        return append(open_session())
