"""What the address says of the Sweeps tab."""

from __future__ import annotations

import math
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mlflow_ext.direction import Direction
from mlflow_ext.rest import Aggregation, Measure, Method

LISTS = ("also", "axes", "brush", "pair")
"""Those fields that an address repeats."""

_Name = Annotated[str, Field(max_length=500)]


class Brush(NamedTuple):
    """The runs between two ends of an axis: numbers, or names of categories; both empty: the runs without the param."""

    axis: str
    low: str
    high: str

    @classmethod
    def parse(cls, text: str) -> Brush | None:
        """``axis~low~high``, each with "%25" for "%" and "%7E" for "~"; None for any other text."""
        parts = [part.replace("%7E", "~").replace("%25", "%") for part in text.split("~")]
        return cls(*parts) if len(parts) == 3 and parts[0] else None

    def numbers(self) -> tuple[float, float] | None:
        """Both ends, the lower first; None where they are none."""
        try:
            ends = sorted((float(self.low), float(self.high)))
        except ValueError:
            return None
        return (ends[0], ends[1]) if all(map(math.isfinite, ends)) else None


def _brushes(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Those that can be read, one per axis, the last."""
    read = {brush.axis: text for text in texts if (brush := Brush.parse(text)) is not None}
    return tuple(read.values())


class SweepState(BaseModel):
    """Which runs and targets, and how they are shown.

    Attributes:
        target: the metric that matters; empty: the one that most of the runs have.
        aggregate: which value of it counts.
        good: which values of it are good; None: as its name tells.
        also: more targets.
        among: whether all runs of the list are looked at or those on screen.
        axes: params of the parallel coordinates from left to right; None: the strongest dozen, (): none.
        brush: the brushed part of axes, as ``Brush`` reads it.
        method: whose importance is shown; "all": that of all side by side.
        measure: which correlation is shown; "fitting": that which fits each param.
        param: the param against the target.
        pair: one param or two for what a model says of them; empty: the two strongest.
        space: changes of the search space, JSON as ``SuggestionRequest.space`` reads it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    target: _Name = ""
    aggregate: Aggregation = "last"
    good: Direction | None = None
    also: Annotated[tuple[_Name, ...], Field(max_length=4)] = ()
    among: Literal["list", "screen"] = "list"
    axes: Annotated[tuple[_Name, ...], Field(max_length=100)] | None = None
    brush: Annotated[
        tuple[Annotated[str, Field(max_length=2000)], ...], Field(max_length=50), AfterValidator(_brushes)
    ] = ()
    method: Method | Literal["all"] = "fanova"
    measure: Measure | Literal["fitting"] = "fitting"
    param: _Name = ""
    pair: Annotated[tuple[_Name, ...], Field(max_length=2)] = ()
    space: Annotated[str, Field(max_length=4000)] = ""
