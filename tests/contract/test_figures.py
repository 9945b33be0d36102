"""What every kind's picture holds, whatever the kind."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.io.json import to_json_plotly

from mlflow_ext.primitives import KINDS, BarChart, Curve, Distribution, Matrix, Scatter, Series, Table
from mlflow_ext_ui.figures import FIGURES, Look, figure
from mlflow_ext_ui.source import Drawing, Line, Plot, Version

NAN = float("nan")
HOSTILE = "<script>alert(1)</script><a href='javascript:alert(2)'>%{x}$x^2$</a>"
SERIES = Series.kind

EMPTY = {
    "distribution": Distribution([]),
    "scatter": Scatter(x=[], y=[]),
    "matrix": Matrix(rows=[], cols=[], values=np.empty((0, 0))),
    "curve": Curve([], []),
    "barchart": BarChart([], {"n": []}),
}
ONE = {
    "series": Series("step", {"loss": [0.5]}),
    "distribution": Distribution([0.5]),
    "scatter": Scatter(x=[0.5], y=[1.0]),
    "matrix": Matrix(rows=["a"], cols=["b"], values=[[1.0]]),
    "curve": Curve([0.5], [0.5]),
    "barchart": BarChart(["a"], {"n": [1.0]}),
    "table": Table(["a"], [[1]]),
}
ALL_NAN = {
    "series": Series("step", {"loss": [NAN, NAN]}),
    "distribution": Distribution([NAN, NAN]),
    "scatter": Scatter(x=[NAN], y=[NAN]),
    "matrix": Matrix(rows=["a"], cols=["b"], values=[[NAN]]),
    "curve": Curve([NAN], [NAN]),
    "barchart": BarChart(["a"], {"n": [NAN]}),
    "table": Table(["a"], [[NAN]]),
}
NAMED = {
    "series": Series("step", {"loss": [0.5, 0.4]}),
    "distribution": Distribution([0.5, 1.0, 2.0], groups=[HOSTILE, HOSTILE, "b"]),
    "scatter": Scatter(x=[0, 1], y=[1, 2], labels=[HOSTILE, "b"]),
    "matrix": Matrix(rows=[HOSTILE], cols=[HOSTILE], values=[[1.0]]),
    "curve": Curve([0, 1], [0, 1], HOSTILE, HOSTILE, "diagonal", {"name": HOSTILE, "value": 0.5}),
    "barchart": BarChart([HOSTILE, "b"], {HOSTILE: [1, 2], "other": [1, 2]}, HOSTILE, HOSTILE),
    "table": Table([HOSTILE], [[HOSTILE]]),
}


def drawing(kind, primitive, runs=1):
    """A drawing of a primitive for several runs; a Series as the lines that a source makes of it."""
    ids = tuple(f"run{i}" for i in range(runs))
    if kind != SERIES:
        versions = tuple(Version(run, 3, 0, primitive) for run in ids) if primitive is not None else ()
        return Drawing(Plot(f"{kind}:p", kind, HOSTILE, HOSTILE, HOSTILE, ids), versions=versions)
    name, values = next(iter(primitive.fields.items())) if primitive is not None else ("loss", np.empty(0))
    y = np.asarray(values, dtype=np.float64)
    x = np.arange(len(y), dtype=np.float64)
    lines = tuple(Line(run, x, y, x * 1000 + 1.7e12, running=run == "run1") for run in ids)
    return Drawing(Plot(f"{kind}:p", kind, HOSTILE, HOSTILE, HOSTILE, ids, field=name), lines=lines)


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def checked(picture):
    """The picture's figure as strict JSON that plotly accepts, or None."""
    if picture.figure is None:
        assert picture.grid or picture.sentence
        return None
    plain = json.loads(to_json_plotly(picture.figure), parse_constant=pytest.fail)
    go.Figure(plain)
    return plain


def test_every_kind_has_a_figure_function():
    assert set(FIGURES) == set(KINDS)


@pytest.mark.parametrize("runs", [1, 2, 5, 25])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_example_gives_a_figure_that_plotly_accepts(kind, runs, theme):
    picture = figure(drawing(kind, KINDS[kind].example(), runs), Look(theme=theme))
    plain = checked(picture)
    assert picture.caption
    assert 1 <= picture.columns <= Look().across
    assert 1 <= picture.rows <= 4 or runs == 25
    if plain:
        assert plain["data"]
        assert plain["layout"]["showlegend"] is False
        assert all(not trace.get("showlegend") and not trace.get("showscale") for trace in plain["data"])
        # what dash_app/plotly-flat holds, and what the whole plotly.js is loaded for
        assert {trace["type"] for trace in plain["data"]} <= {"scatter", "bar", "heatmap", "scatter3d"}


def test_panels_stay_within_the_figure(kind):
    for runs in (1, 3, 7, 20):
        plain = checked(figure(drawing(kind, KINDS[kind].example(), runs), Look()))
        for name, axis in (plain["layout"] if plain else {}).items():
            if "axis" in name and "domain" in axis:
                assert 0 <= axis["domain"][0] < axis["domain"][1] <= 1


def test_the_two_themes_differ(kind):
    light, dark = (figure(drawing(kind, KINDS[kind].example()), Look(theme=theme)) for theme in ("light", "dark"))
    if light.figure:
        assert light.figure["layout"]["template"] != dark.figure["layout"]["template"]
    else:
        assert light == dark


def test_a_picture_is_the_same_each_time(kind):
    look = Look(names={"run0": "a"})
    assert to_json_plotly(figure(drawing(kind, KINDS[kind].example()), look).figure) == to_json_plotly(
        figure(drawing(kind, KINDS[kind].example()), look).figure
    )


def test_no_data_at_all_gives_a_sentence(kind):
    picture = figure(drawing(kind, None), Look())
    assert picture.sentence.endswith(".")
    assert picture.figure is None


def test_empty_data_gives_a_sentence_or_an_empty_grid(kind):
    if kind in EMPTY:
        picture = figure(drawing(kind, EMPTY[kind]), Look())
        assert picture.sentence.endswith(".")


def test_a_single_point_is_drawn(kind):
    assert checked(figure(drawing(kind, ONE[kind]), Look())) or kind == "table"


def test_nothing_but_nan_is_said_not_raised(kind):
    picture = figure(drawing(kind, ALL_NAN[kind]), Look())
    checked(picture)
    assert picture.sentence or picture.notes or picture.grid


@pytest.mark.parametrize("runs", [1, 3])
def test_names_from_users_are_never_markup(kind, runs):
    names = {f"run{i}": HOSTILE for i in range(runs)}
    plain = checked(figure(drawing(kind, NAMED[kind], runs), Look(names=names)))
    for text in texts(plain):
        # Only our own span, b and br may stand as markup; what plotly unescapes is shown, not read.
        bare = re.sub(
            r"</?(?:span(?: style=\"color:#[0-9A-Fa-f]{6}\")?|b(?: style=\"color:#[0-9A-Fa-f]{6}\")?|br|extra)>",
            "",
            text,
        )
        assert "<" not in bare
        assert "javascript:" not in bare or "&#" in bare
        assert not re.search(r"%\{(?!x|y|z|hovertext|customdata)", bare)
        assert "$" not in bare


def test_names_from_users_stand_as_logged(kind):
    picture = figure(drawing(kind, NAMED[kind], 3), Look(names={f"run{i}": "<b>m&m</b>" for i in range(3)}))
    shown = [html.unescape(text) for text in texts(checked(picture))]
    if kind == "table":
        assert picture.grid.sheets[0].columns[0].title == HOSTILE
    elif kind == "series":
        assert picture.figure["data"][0]["meta"]["name"] == "<b>m&m</b>"
    else:
        assert any("<b>m&m</b>" in text for text in shown)


def texts(value, key=""):
    """Every string that plotly may show: all but meta, colours, type names and packed numbers."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in ("meta", "bdata", "uirevision", "template"):
                yield from texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key)
    elif isinstance(value, str):
        yield value
