"""The state of the page and its address: one model that parses from a URL and writes to one."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Annotated, Any, Literal, get_args
from urllib.parse import parse_qs, urlencode

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mlflow_ext_ui import charts, extent, step
from mlflow_ext_ui.source import Stage
from mlflow_ext_ui.sweeps import state as sweep_state
from mlflow_ext_ui.tables import state as table_state

Tab = Literal["plots", "tables", "sweeps", "lineage", "artifacts", "notebooks", "chat"]
TABS: tuple[Tab, ...] = get_args(Tab)
XAxis = Literal["step", "relative", "wall"]
Theme = Literal["light", "dark"]
Unit = Literal["percent", "count"]
Band = Literal["range", "interval"]

_MAX_RUNS = 1000
_STEPS = {"steps": step.said_steps, "over": step.said_over}
_AXES = ("zoom", "alone", "y", "chart")
_REPEATED = ("collapsed", "columns", "compare", *_STEPS, *_AXES, *table_state.LISTS, *sweep_state.LISTS)
_MAX_COMPARED = 100
_MAX_COLUMNS = 30
_MAX_LAYOUT = 3000  # as in assets/js/layout.js; some servers take addresses of 4,094 bytes at most


class Look(BaseModel):
    """How step plots are drawn; the part of the state that changes a picture.

    ``group``: a column of the run list, such as ``params.lr``, whose values make one line each, or ``parent``, which
    groups the list alone; ``band``: what is drawn around such a line.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    smoothing: Annotated[float, Field(ge=0.0, le=0.99, allow_inf_nan=False)] = 0.0
    x: XAxis = "step"
    log: bool = False
    clip: bool = False
    group: str = ""
    band: Band = "range"


class Choice(BaseModel):
    """How plots are compared.

    ``ref`` is the run that the others are set against, None for the first on screen; ``against`` the only other one,
    None for each. ``key`` is the column that joins tables, None for one that is unique in all; ``unit`` what the cells
    of a matrix of counts hold.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    ref: str | None = None
    against: str | None = None
    key: str | None = None
    unit: Unit = "percent"


class ViewState(Look, Choice, table_state.TableState, sweep_state.SweepState):
    """All that an address says.

    ``runs`` None: the address names none, the page picks; () means that nothing is on screen. ``collapsed`` None: only
    the system section is; () means that none is. ``compare`` holds the keys of cards that compare. ``plot`` is the key
    of the card shown full screen, ``run`` the run whose page is open, ``experiments`` what is looked for on the page of
    all experiments. ``workspace``, ``view``, the id of the saved view that is open, and ``layout``, how the cards are
    arranged, pass through: None, as the view or the browser has it; "", as the cards come; else base64url of the JSON
    that assets/js/layout.js reads and checks.

    Of the run list: ``search`` is part of a name, ``where`` a filter, ``sort`` a column with ``-`` before it when
    descending, ``columns`` those beside the name (none: the metric that most runs share), ``group`` a column, or
    ``parent``; ``pinned`` runs stay on top.

    Of axes: ``zoom`` is the part of x that all step plots of one unit show, as ``extent.unit_ranges`` reads it;
    ``alone`` that of single cards, which zoom by themselves while ``unsynced``; ``y`` the range of y of single cards.
    ``chart`` holds charts that somebody made, as ``charts.parse`` reads them.
    """

    tab: Tab = "plots"
    experiment: str | None = None
    runs: Annotated[tuple[str, ...], Field(max_length=_MAX_RUNS)] | None = None
    search: Annotated[str, Field(max_length=1000)] = ""  # SQLite looks for patterns of up to 50,000 bytes
    where: Annotated[str, Field(max_length=8000)] = ""
    sort: str = ""
    columns: Annotated[tuple[str, ...], Field(max_length=_MAX_COLUMNS)] = ()
    stage: Stage = "active"
    pinned: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    filter: str = ""
    collapsed: tuple[str, ...] | None = None
    compare: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    zoom: Annotated[tuple[str, ...], AfterValidator(extent.unit_texts)] = ()
    alone: Annotated[tuple[str, ...], AfterValidator(extent.closed_texts)] = ()
    unsynced: bool = False
    y: Annotated[tuple[str, ...], AfterValidator(extent.card_texts)] = ()
    chart: Annotated[tuple[str, ...], AfterValidator(charts.texts)] = ()
    plot: str | None = None
    run: str | None = None
    experiments: str | None = None
    theme: Theme | None = None
    workspace: str | None = None
    view: str | None = None
    layout: Annotated[str, Field(max_length=_MAX_LAYOUT, pattern=r"^[A-Za-z0-9_-]*$")] | None = None

    @classmethod
    def parse(cls, path: str, search: str) -> ViewState:
        """The state that an address names; what it can't mean falls back to its default.

        Args:
            path: the path of the address; its last part names the tab.
            search: the query, with or without its question mark.
        """
        query = parse_qs(search.lstrip("?"), keep_blank_values=True)
        raw: dict[str, Any] = {key: values[-1] for key, values in query.items()}
        raw["tab"] = path.rstrip("/").rsplit("/", 1)[-1]
        if "runs" in query:
            raw["runs"] = tuple(dict.fromkeys(run for run in raw["runs"].split(",") if run))[:_MAX_RUNS]
        for key in set(_REPEATED) & query.keys():
            raw[key] = tuple(dict.fromkeys(name for name in query[key] if name))
        if "compare" in raw:
            raw["compare"] = raw["compare"][:_MAX_COMPARED]
        for key, said in _STEPS.items():
            if key in raw:
                raw[key] = said(raw[key])
        if "pinned" in query:
            every = (one for value in query["pinned"] for one in value.split(","))
            raw["pinned"] = tuple(dict.fromkeys(one for one in every if one))
        return cls._tolerant(raw)

    @classmethod
    def _tolerant(cls, raw: Mapping[str, Any]) -> ViewState:
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            wrong = {part["loc"][0] for part in error.errors()}
            return cls.model_validate({key: value for key, value in raw.items() if key not in wrong})

    @property
    def table_state(self) -> table_state.TableState:
        """The part that the Tables tab goes by."""
        return table_state.TableState.model_validate(self.model_dump(include=set(table_state.TableState.model_fields)))

    @property
    def look(self) -> Look:
        """The part that changes pictures."""
        return Look.model_validate(self.model_dump(include=set(Look.model_fields)))

    @property
    def choice(self) -> Choice:
        """The part that says how plots are compared."""
        return Choice.model_validate(self.model_dump(include=set(Choice.model_fields)))

    def address(self) -> str:
        """The relative address of this state, such as ``plots?experiment=1&runs=a,b``; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        for key, value in self.model_dump(exclude_defaults=True, exclude={"tab", "runs", "pinned", *_REPEATED}).items():
            pairs.append((key, "1" if value is True else f"{value:g}" if isinstance(value, float) else str(value)))
        if self.runs is not None:
            pairs.append(("runs", ",".join(self.runs)))
        if self.collapsed is not None:
            pairs.extend(("collapsed", name) for name in self.collapsed or ("",))
        pairs.extend(
            (key, name)
            for key in ("columns", "compare", *_STEPS, *_AXES, *table_state.LISTS, *sweep_state.LISTS)
            for name in getattr(self, key) or (("",) if getattr(self, key) is not None and key == "axes" else ())
        )
        if self.pinned:
            pairs.append(("pinned", ",".join(self.pinned)))
        return f"{self.tab}?{urlencode(sorted(pairs, key=itemgetter(0)), safe=',/')}" if pairs else self.tab
