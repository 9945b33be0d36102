"""One configuration within a space: read from a run, compared, written as values and as text."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

from mlflow_ext.sweep.parameter import number
from mlflow_ext.sweep.space import Dimension, Space

Value = float | str | None
Point = Mapping[str, Value]
"""Param to its value: a number, None where a number is stated to be none, else text. An absent param has no key."""

Key = frozenset[tuple[str, Value]]


def point(space: Space, params: Mapping[str, str]) -> Point:
    """What a run's params are in a space; values beyond it stay as they are, other params are passed over."""
    return {name: _read(one, params[name]) for name, one in space.params.items() if name in params}


def active(one: Dimension, here: Point) -> bool:
    """Whether a param has a part in a configuration."""
    return one.when is None or here.get(one.when.param) in one.when.values


def inside(space: Space, here: Point) -> bool:
    """Whether a configuration is one of the space, whatever it has where the space is fixed."""
    return all(_within(one, name, here) for name, one in space.varying.items())


def key(space: Space, here: Point) -> Key:
    """Equal for configurations that count as the same."""
    held = [(name, here[name], one) for name, one in space.params.items() if name in here]
    return frozenset((name, one.canonical(value) if isinstance(value, float) else value) for name, value, one in held)


def fixed(space: Space) -> dict[str, Value]:
    """The params that stay."""
    return {name: _read(one, one.fixed) for name, one in space.params.items() if one.fixed is not None}


def configurations(space: Space, most: int) -> Iterator[Point]:
    """Every configuration, or none when there are more than ``most``."""
    sizes = [_size(one) for one in space.varying.values()]
    if any(size is None for size in sizes) or math.prod(size for size in sizes if size is not None) > most:
        return
    seen: set[Key] = set()
    for values in itertools.product(*(_all(one) for one in space.varying.values())):
        drawn: dict[str, Any] = {**fixed(space), **dict(zip(space.varying, values, strict=True))}
        found = {name: value for name, value in drawn.items() if value is not _ABSENT}
        found = {name: value for name, value in found.items() if active(space.params[name], found)}
        if key(space, found) not in seen:
            seen.add(key(space, found))
            yield found


def distance(space: Space, one: Point, other: Point) -> float:
    """How far two configurations are apart, 0 to 1: the mean over the params that vary (Gower 1971)."""
    parts = [_apart(dimension, name, one, other) for name, dimension in space.varying.items()]
    return sum(parts) / len(parts) if parts else 0.0


def text(one: Dimension, value: Value) -> str:
    """A value as a run logs it."""
    if one.fixed is not None:
        return one.fixed
    if value is None:
        return one.none or "None"
    return value if isinstance(value, str) else number_text(typed(one, value))


def typed(one: Dimension, value: Value) -> Any:
    """A value as Python has it: whole numbers int, yes and no bool, None; a text that ``str`` gives of a literal, that.

    So "(64, 64)" and "None" are a tuple and None, "adam" stays text.
    """
    if one.kind == "boolean" and isinstance(value, str):
        return value.strip().lower() == "true"
    if isinstance(value, str):
        return _literal(value)
    if value is None:
        return None
    if one.fixed is not None:
        found = _literal(one.fixed)
        return found if isinstance(found, int) else value
    return int(value) if one.whole else float(value)


def number_text(value: float) -> str:
    """A number for people and for programs: 32, 0.25, 2.7e-4; a float keeps its point."""
    if isinstance(value, int):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        plain = f"{value:.15g}"
        return plain if "." in plain else f"{plain}.0"
    mantissa, exponent = f"{value:.14e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def python(params: Mapping[str, Any]) -> str:
    """A dict of Python's, to paste."""
    return "{" + ", ".join(f"{name!r}: {_python(value)}" for name, value in params.items()) + "}"


_ABSENT = object()


def _python(value: Any) -> str:
    return number_text(value) if isinstance(value, float) else repr(value)


def _literal(value: str) -> Any:
    try:
        found = ast.literal_eval(value) if len(value) < 500 else value
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return value
    return found if str(found) == value and not isinstance(found, (str, bytes)) else value


def _read(one: Dimension, logged: str | None) -> Value:
    if logged is None:
        return None
    if one.kind == "number":
        return number(logged)
    if one.kind == "boolean":
        same = [choice for choice in one.choices if choice.strip().lower() == logged.strip().lower()]
        return same[0] if same else logged
    return logged


def _within(one: Dimension, name: str, here: Point) -> bool:
    if not active(one, here):
        return True
    if name not in here:
        return one.optional
    value = here[name]
    if one.kind != "number":
        return value in one.choices
    if not isinstance(value, float):
        return one.none is not None
    return one.low is not None and one.high is not None and one.low <= value <= one.high


def _size(one: Dimension) -> int | None:
    size = one.sizes()
    return None if size is None else size + (one.none is not None) + one.optional


def _all(one: Dimension) -> list[Any]:
    found: list[Any] = list(one.choices)
    if one.kind == "number" and one.low is not None:
        step = one.step or 1.0
        found = [float(one.low + place * step) for place in range(one.sizes() or 0)]
    return [*found, *([None] if one.none is not None else []), *([_ABSENT] if one.optional else [])]


def _apart(dimension: Dimension, name: str, one: Point, other: Point) -> float:
    if (name in one) != (name in other):
        return 1.0
    if name not in one:
        return 0.0
    a, b = one[name], other[name]
    if isinstance(a, float) and isinstance(b, float):
        return min(1.0, abs(dimension.unit(a) - dimension.unit(b)))
    return float(a != b)
