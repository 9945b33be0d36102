"""What the browser says it has, checked at the border: a wrong part of it is a mistake of the request, not ours."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from mlflow_ext.errors import ValidationError
from mlflow_ext.explanation import explained
from mlflow_ext_ui.state import ViewState

_Model = TypeVar("_Model", bound=BaseModel)
Whole = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]  # what JSON of ours holds


class HeldExperiment(BaseModel):
    """The experiment that the browser shows."""

    id: str
    name: str = ""


class HeldRun(BaseModel):
    """A run that it shows."""

    id: str


class HeldView(BaseModel):
    """The part of ``page.view_of`` that decides what is sent again; the browser sends back all of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    experiment: HeldExperiment | None = None
    listed: list[Any] | None = None
    runs: list[HeldRun] = []
    metric: str | None = None
    held: Whole = 0
    refresh: Whole | None = None
    failed: bool = False


class Listed(BaseModel):
    """The part that decides what its lists show."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    experiment: HeldExperiment | None = None
    state: ViewState = ViewState()


class Name(BaseModel):
    """Part of a name that is looked for."""

    value: Annotated[str, Field(max_length=1000)]


class Window(BaseModel):
    """What the grid of an endless list asks for: rows, in an order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    startRow: Annotated[int, Field(le=2**53)] = 0
    endRow: Annotated[int, Field(le=2**53)] = 100
    sortModel: Any = None


def read(model: type[_Model], value: Any, name: str) -> _Model:
    """A part of a request as its model.

    Args:
        model: what it has to be.
        value: the part as it came.
        name: what the request calls it.

    Raises:
        ValidationError: it is something else; the message names the field.
    """
    try:
        return model.model_validate(value)
    except pydantic.ValidationError as error:
        where, message = explained(error.errors(include_url=False, include_context=False), model)
        place = f"{name}.{where}" if where else name
        raise ValidationError(f"{place}: {message}", field=place) from error
