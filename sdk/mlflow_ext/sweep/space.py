"""What the next runs may be: for each param the values that it can take, as data that can be sent, edited and kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator
from pydantic import ValidationError as NotTaken
from typing_extensions import Self

from mlflow_ext.errors import ValidationError
from mlflow_ext.explanation import explained
from mlflow_ext.foreign import describe

MAX_PARAMS = 1_000
MAX_CHOICES = 10_000
_PLACES = 200  # that a rounded number can stand at in its range, at least
_MOST_STEPS = 2.0**53
_MOST_LOG = 709.0  # of what a float holds, rounded down


def _text(value: Any) -> Any:
    return str(value) if value is None or isinstance(value, (bool, int, float)) else value


Text = Annotated[str, BeforeValidator(_text)]
"""A param's value as MLflow logs it; numbers, booleans and None are taken too."""


class When(BaseModel):
    """A param is there only where another one, a category or boolean, has one of these values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    param: str
    values: tuple[Text, ...] = Field(min_length=1)


class Dimension(BaseModel):
    """The values that one param can take.

    A number lies from ``low`` to ``high``, evenly on a ``log`` scale or not, ``whole`` or a multiple of ``step`` above
    ``low``. A category takes one of ``choices``, a boolean "False" or "True", or as ``choices`` spells these.
    ``fixed`` is the one value of a param that stays. ``none`` is how a number says that it has none, such as "None";
    ``optional``: a configuration may lack the param; ``when``: it is there only then.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["number", "category", "boolean"]
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    log: bool = False
    whole: bool = False
    step: FiniteFloat | None = Field(default=None, gt=0)
    choices: tuple[Text, ...] = Field(default=(), max_length=MAX_CHOICES)
    fixed: Text | None = None
    none: Text | None = None
    optional: bool = False
    when: When | None = None

    @model_validator(mode="before")
    @classmethod
    def _spelt(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("kind") == "boolean" and not given.get("choices"):
            return {**given, "choices": ("False", "True")}
        return given

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.kind == "number":
            self._check_number()
            return self
        for name in ("low", "high", "step", "none"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: only a number has one; leave it out of a {self.kind}")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("choices: each only once")
        if not self.choices and self.fixed is None:
            raise ValueError("choices: a category takes at least one, such as ['adam', 'sgd'], or fixed")
        if self.kind == "boolean" and [one.strip().lower() for one in self.choices] != ["false", "true"]:
            raise ValueError("choices: a boolean's are no and yes in this order, such as ['False', 'True']")
        return self

    def _check_number(self) -> None:
        if self.choices:
            raise ValueError("choices: a number has low and high; make it a category for a list of values")
        if self.fixed is not None:
            return
        if self.low is None or self.high is None:
            raise ValueError(f"{'low' if self.low is None else 'high'}: a number takes both low and high, or fixed")
        if not self.low < self.high:
            raise ValueError(f"low: {self.low:g} is not below high, {self.high:g}; for one value give fixed")
        if self.log and self.low <= 0:
            raise ValueError(f"low: {self.low:g} has no logarithm; give one above 0, or log=False")
        if not math.isfinite(self.high - self.low):
            raise ValueError("high: too far from low for a float to hold their distance")
        if self.step is not None and not (self.high - self.low) / self.step < _MOST_STEPS:
            raise ValueError(f"step: {self.step:g} is too small for the range; leave it out, or give a larger one")
        for name, bound in (("low", self.low), ("high", self.high)):
            if self.whole and bound != round(bound):
                raise ValueError(f"{name}: {bound:g} is not whole; give a whole number, or whole=False")

    @property
    def varies(self) -> bool:
        """Whether a configuration can differ in it."""
        return self.fixed is None

    def unit(self, value: float) -> float:
        """A number's place in its range: 0 to 1, beyond them outside; of whole numbers the middle of their share."""
        low, high = self._ends()
        if self.log:
            span = math.log(high) - math.log(low)
            return (math.log(value) - math.log(low)) / (span or 1.0) if value > 0 else -1.0
        return (value - low) / (high - low)

    def at(self, unit: float) -> int | float:
        """The number at a place from 0 to 1, rounded to 3 significant digits, more where the range is narrow."""
        low, high = self._ends()
        value = _between(low, high, unit) if self.log else low + unit * (high - low)
        least, most = self._bounds()
        if self.whole and self.step is None:
            return int(min(max(round(value), least), most))
        if self.step is not None:
            value = least + round((min(max(value, least), most) - least) / self.step) * self.step
            value = value if value <= most else value - self.step
            return round(value) if self.whole else float(f"{value:.12g}")
        return min(max(self._rounded(value), least), most)

    def canonical(self, value: float) -> float:
        """The value to which those are rounded that count as the same."""
        return value if self.whole or self.step is not None or self.fixed is not None else self._rounded(value)

    def sizes(self) -> int | None:
        """How many values there are, none and absence aside; None where they are beyond counting."""
        if not self.varies:
            return 1
        if self.kind != "number":
            return len(self.choices)
        least, most = self._bounds()
        if self.step is not None:
            return int((most - least) / self.step + 1e-9) + 1
        return int(most - least) + 1 if self.whole else None

    def _rounded(self, value: float) -> float:
        digits = 3
        if not self.log and value != 0:
            least, most = self._bounds()
            apart = math.log10(abs(value)) - math.log10(most - least) + math.log10(_PLACES)
            digits = min(15, max(digits, math.ceil(apart)))
        return float(f"{value:.{digits}g}")

    def _bounds(self) -> tuple[float, float]:
        if self.low is None or self.high is None:
            raise ValueError("only a number that varies has bounds")
        return self.low, self.high

    def _ends(self) -> tuple[float, float]:
        """The bounds, of whole numbers half of one beyond, so that the last has as large a share as any."""
        low, high = self._bounds()
        return (low - 0.5, high + 0.5) if self.whole and self.step is None else (low, high)


class Space(BaseModel):
    """What the next runs may be: ``params`` by name; ``left_out``: why others have no part in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    params: dict[str, Dimension] = Field(max_length=MAX_PARAMS)
    left_out: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _checked(self) -> Self:
        for name, one in self.params.items():
            if one.when is None:
                continue
            parent = self.params.get(one.when.param)
            if parent is None or parent.kind == "number" or parent.when is not None or parent.optional:
                raise ValueError(
                    f"params.{name}.when.param: takes a category or boolean that every configuration has,"
                    f" got {one.when.param!r}"
                )
            known = parent.choices if parent.varies else (parent.fixed,)
            if unknown := [value for value in one.when.values if value not in known]:
                raise ValueError(f"params.{name}.when.values: {unknown[0]!r} is no choice of {one.when.param}")
        return self

    @property
    def varying(self) -> dict[str, Dimension]:
        """The params that are not fixed."""
        return {name: one for name, one in self.params.items() if one.varies}


def _between(low: float, high: float, share: float) -> float:
    """The number at a share of the way on a log scale."""
    return math.exp(min(_MOST_LOG, math.log(low) + share * (math.log(high) - math.log(low))))


def space_of(given: Any) -> Space:
    """The space that data such as ``Space.model_dump()`` is.

    Raises:
        ValidationError: names the field at fault.
    """
    if isinstance(given, Space):
        return given
    try:
        return Space.model_validate(given)
    except NotTaken as error:
        raise _refused(error) from error


def edited(space: Space, changes: Any) -> Space:
    """A space with some of its params changed.

    Args:
        space: what to change.
        changes: param to those of its fields that change, such as ``{"lr": {"low": 1e-6}, "optimizer": {"fixed":
            "adam"}}``, or to None to leave it out. A param that the space lacks takes a ``kind``.

    Raises:
        ValidationError: names the field at fault.
    """
    if not isinstance(changes, Mapping):
        raise ValidationError(
            f"space takes a Space, or a dict of param to what changes, got {describe(changes)}.", field="space"
        )
    params: dict[str, Any] = {name: one.model_dump() for name, one in space.params.items()}
    left_out = dict(space.left_out)
    for name, change in changes.items():
        if change is None:
            params.pop(name, None)
            left_out[name] = "left out as asked"
        elif isinstance(change, Mapping):
            params[name] = _changed(params.get(name, {}), change)
            left_out.pop(name, None)
        else:
            raise ValidationError(
                f"space.{name} takes a dict such as {{'low': 0, 'high': 1}}, or None, got {describe(change)}.",
                field=f"space.{name}",
            )
    for name, one in params.items():
        before = space.params.get(name)
        if before is not None and before.when is not None and one.get("when") == before.when.model_dump():
            params[name] = one if before.when.param in params else {**one, "when": None}
    return space_of({"params": params, "left_out": left_out})


def _changed(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Values that are given free a param that was fixed; another kind begins anew."""
    kind = change.get("kind", before.get("kind"))
    kept = dict(before) if kind == before.get("kind") else {}
    if {"low", "high", "choices"} & set(change):
        kept.pop("fixed", None)
    return {**kept, **change}


def _refused(error: NotTaken) -> ValidationError:
    field, message = explained(error.errors(), Space)
    where = ".".join(part for part in ("space", field) if part)
    return ValidationError(f"{where}: {message}.", field=where)
