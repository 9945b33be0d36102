"""Typed data of runs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, Field

from mlflow_ext.rest.base import MISSING, Model, Text
from mlflow_ext.rest.run import PrimitiveInfo


class DataQuery(Model):
    """Which primitives of a run; a Series is thinned to ``max_points`` that keep its extremes and both ends."""

    name: Text | None = Field(default=None, description="Only the primitive of this name.")
    kind: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="Only primitives of this kind, in any case."
    )
    max_points: Annotated[int, Field(ge=16, le=1_000_000)] | None = Field(
        default=None, description="Thin each Series to so many points; its extremes and both ends stay."
    )


class NewData(Model):
    """Typed data for a run: a kind (any case) and its data, as in the SDK."""

    name: Text = Field(description="Its name within the run.")
    primitive_type: Annotated[str, Field(max_length=40)] = Field(
        validation_alias=AliasChoices("primitive_type", "kind"),
        serialization_alias="primitive_type",
        description="`Series`, `Distribution`, `Scatter`, `Matrix`, `Curve`, `BarChart` or `Table`, in any case.",
    )
    data: dict[str, Any] = Field(description="What the kind takes, as in the SDK; see the example.")
    section: Annotated[str, Field(max_length=250)] | None = Field(default=None, description="Groups plots.")
    step: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = Field(
        default=None, description="The step of this version; for a Series without index values, where they begin."
    )
    metadata: dict[str, Any] | None = Field(default=None, description="Anything to keep beside it.")


class Stored(Model):
    """How many points or values were taken."""

    stored: int = Field(description="How many points or values were taken.")


class Primitive(Model):
    """One primitive with its data; of a Series ``points`` counts all points, ``shown`` those in ``data``."""

    name: str = Field(description="Its name.")
    kind: str = Field(description="One of the seven kinds, in lower case.")
    section: str | None = Field(default=None, description="The group of plots it belongs to.")
    step: int | None = Field(default=None, description="The step of this version.")
    logged_at: int = Field(description="When it was logged, ms since the epoch.")
    data: dict[str, Any] = Field(description="The content, as the kind has it.")
    metadata: dict[str, Any] | None = Field(default=None, description="What was kept beside it.")
    points: int = Field(description="All its points.")
    shown: int = Field(description="Points in `data`; fewer than `points` when thinned.")


class DataTrouble(Model):
    """A primitive that could not be read, and why."""

    name: str = Field(description="Its name.")
    kind: str = Field(description="Its kind.")
    detail: str = Field(description="Why it could not be read.")


class RunData(Model):
    """The primitives of one run; the newest version of each but Series."""

    run_id: str = Field(description="MLflow's id of the run.")
    primitives: list[Primitive] = Field(description="What was read.")
    troubles: list[DataTrouble] = Field(default_factory=list, description="What could not be read.")


class DataIndex(Model):
    """Run id to what it holds; ``missing`` ids are unknown or may not be read."""

    runs: dict[str, list[PrimitiveInfo]] = Field(description="Each id as asked, and what that run holds.")
    missing: list[str] = Field(default_factory=list, description=MISSING)
