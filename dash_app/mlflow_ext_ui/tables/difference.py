"""Why two of the runs on screen differ, as JSON and as a file."""

from __future__ import annotations

import math
from typing import Any, Literal

from mlflow_ext.direction import better
from mlflow_ext.rest import DifferencePart, DifferingRun, DifferingThing, Number, RunDifference
from mlflow_ext_ui.source import DataSource, Principal
from mlflow_ext_ui.tables.direction import direction, switched
from mlflow_ext_ui.tables.request import Lines, TablesRequest
from mlflow_ext_ui.text import MISSING, fixed, plural, shorten, signed
from mlflow_ext_ui.text import number as shown_number
from mlflow_ext_ui.text import param as short_param

LONGEST = 2000
"""Characters of a value that the page is sent; a file holds all."""
_SHORT = 120
_NOUNS: dict[DifferencePart, str] = {
    "code": "fact of the code",
    "param": "param",
    "data": "dataset",
    "package": "package",
    "hardware": "fact of the hardware",
    "tag": "tag",
}
_MANY: dict[DifferencePart, str] = {"code": "facts of the code", "hardware": "facts of the hardware"}
_KINDS: dict[DifferencePart, str] = {
    "code": "code",
    "param": "param",
    "data": "data",
    "package": "package",
    "hardware": "hardware",
    "tag": "tag",
}
_NONE: dict[DifferencePart, str] = {
    "param": "not logged",
    "package": "not listed",
    "data": "not given",
    "tag": "not set",
}
_LISTED = 300
_CHANCE = 0.05
_LARGE, _DECIMALS = 1e6, 6
_COMMIT = 12
"""Characters of a commit that tell it from others."""
Tells = Literal["same", "told", "unsure", "nothing", "other"]
"""Of a thing: whether other runs go the same way, show an effect where these two are level, are not told from chance,
hold no such pair, or go the other way."""


def difference(source: DataSource, principal: Principal, request: TablesRequest) -> dict[str, Any]:
    """What the section shows; ``missing`` names what is not here, and then there is nothing else."""
    found = _read(source, principal, request)
    if found is None or found.a is None or found.b is None:
        return {"missing": [] if found is None else found.missing, "sentence": found.sentence if found else ""}
    named = better(found.metric) if found.metric else None
    return {
        "missing": [],
        "a": _side(found.a),
        "b": _side(found.b),
        "metric": {"key": found.metric, "title": found.metric, "way": found.direction, "named": named},
        "metrics": found.metrics,
        "apart": signed(_float(found.apart)),
        "sentence": found.sentence,
        "history": found.history,
        "things": [_thing(one, _float(found.apart)) for one in found.things],
        "texts": [one.model_dump() for one in found.texts],
        "same": [
            {"part": part, "count": plural(len(names), _NOUNS[part], _MANY.get(part)), "names": names[:_LISTED]}
            for part, names in found.same.items()
        ],
        "unknown": [one.sentence for one in found.unknown],
    }


def lines(source: DataSource, principal: Principal, request: TablesRequest) -> Lines:
    """Every thing in which they differ, whole."""
    found = _read(source, principal, request)
    columns = ["kind", "name", "a", "b", "pairs", "in nothing else", "median", "mean", "half of 95%", "p", "in words"]
    if found is None or found.a is None or found.b is None:
        return Lines("difference", columns, [])
    columns[2:4] = [found.a.name, found.b.name]
    return Lines("difference", columns, [_line(one) for one in found.things])


def _read(source: DataSource, principal: Principal, request: TablesRequest) -> RunDifference | None:
    if len(request.runs) != 2:
        return None
    pair = (request.runs[0], request.runs[1])
    metric = request.state.metric or None
    found = source.difference(principal, pair, metric, direction(metric, request.state) if metric else None)
    said = switched(request.state).get(found.metric or "")
    if metric is None and said is not None and said != found.direction:
        return source.difference(principal, pair, found.metric, said)
    return found


def _line(one: DifferingThing) -> list[Any]:
    effects = [one.effect, one.mean, one.margin, one.p]
    return [_KINDS[one.part], one.name, one.a, one.b, one.pairs, one.alone, *effects, one.sentence]


def _side(run: DifferingRun) -> dict[str, Any]:
    value = MISSING if run.value is None else shown_number(_float(run.value))
    return {"id": run.run_id, "name": run.name, "value": value, "archived": run.stage == "archived"}


def _thing(one: DifferingThing, apart: float | None) -> dict[str, Any]:
    none = _NONE.get(one.part, "not recorded")
    whole = one.part != "code" or one.name != "commit"
    texts = [none if text is None else _short(text) if whole else text[:_COMMIT] for text in (one.a, one.b)]
    if texts[0] == texts[1]:
        texts = [none if text is None else shorten(text, LONGEST) for text in (one.a, one.b)]
    return {
        "part": one.part,
        "kind": _KINDS[one.part],
        "name": one.name,
        "values": [None if text is None else text[:LONGEST] for text in (one.a, one.b)],
        "texts": texts,
        "evidence": _evidence(one),
        "tells": _tells(one, apart),
        "sentence": one.sentence,
    }


def _short(text: str) -> str:
    first = " ".join(short_param(text).split())
    return shorten(first, _SHORT) if first else "“”"


def _tells(one: DifferingThing, apart: float | None) -> Tells:
    effect, p = _float(one.effect), _float(one.p)
    if effect is None:
        return "nothing"
    if one.explains:
        return "same"
    if p is None or p > _CHANCE:
        return "unsure"
    return "other" if apart and effect * apart < 0 else "told"


def _evidence(one: DifferingThing) -> str:
    if not one.pairs:
        return f"no other run has what {one.only.upper()} has" if one.only in ("a", "b") else "no such pair"
    return f"{_change(_float(one.mean), _float(one.margin))} in {_pairs(one.pairs, one.alone)}"


def _change(mean: float | None, margin: float | None) -> str:
    """A mean with its interval, both with the decimals of the interval's two digits."""
    if mean is None or margin is None or not 0 < margin < _LARGE:
        return signed(mean, 2) + ("" if margin is None else f" ± {shown_number(margin, 2)}")
    decimals = max(0, 1 - math.floor(math.log10(margin)))
    return (
        f"{fixed(mean, decimals, signed=True)} ± {fixed(margin, decimals)}"
        if decimals <= _DECIMALS
        else (f"{signed(mean, 2)} ± {shown_number(margin, 2)}")
    )


def _pairs(pairs: int, alone: int) -> str:
    if alone == pairs:
        return (
            f"{plural(pairs, 'pair')} that differ in this alone" if pairs > 1 else "1 pair that differs in this alone"
        )
    return f"{plural(pairs, 'pair')}, {alone or 'none'} in this alone"


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)
