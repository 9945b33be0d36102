"""A distribution over its steps: common bins, ridges and the heatmap; and axes that stay from step to step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlflow_ext.primitives import BarChart, Curve, Distribution, Matrix, Primitive
from mlflow_ext_ui.figures import Frame, Look, figure, frame, over_time
from mlflow_ext_ui.figures.history import binned, common_edges, history_info
from mlflow_ext_ui.source import Drawing, History, Moment, Plot, Version
from mlflow_ext_ui.theme import SEQUENTIAL, scale

from .build import ANY, traces

FINITE = st.floats(-1e300, 1e300)
COLUMNS = st.lists(arrays(np.float64, st.integers(1, 40), elements=FINITE), min_size=1, max_size=5)


def at(step: int, held: dict[str, tuple[int, Primitive]]) -> Moment:
    """A moment; each run's version comes with the step that it was logged at."""
    kind = next(iter(held.values()))[1].kind
    plot = Plot("k", kind, "p", "p", "s", tuple(held), again=True)
    return Moment(step, Drawing(plot, versions=tuple(Version(run, own, 0, one) for run, (own, one) in held.items())))


def moving(steps: int = 5, total: int | None = None) -> History:
    rng = np.random.default_rng(3)
    moments = [at(i, {"a": (i, Distribution(rng.normal(i, 1, 500)))}) for i in range(steps)]
    return History(total or steps, tuple(moments))


@ANY
@given(COLUMNS)
def test_common_edges_ascend_and_no_value_is_counted_twice(columns: list[np.ndarray]) -> None:
    edges = common_edges(columns)
    assert (np.diff(edges) > 0).all()
    assert 2 <= len(edges) <= 61
    for column in columns:
        inside = int(((column >= edges[0]) & (column <= edges[-1])).sum())
        assert int(binned(column, edges).sum()) == inside


@ANY
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=50))
def test_few_whole_numbers_have_a_bin_each(values: list[int]) -> None:
    column = np.array(values, dtype=np.float64)
    edges = common_edges([column])
    counts = binned(column, edges)
    assert {math.floor(edge + 0.5): n for edge, n in zip(edges[:-1], counts, strict=True) if n} == {
        value: values.count(value) for value in set(values)
    }


def test_every_value_is_counted_on_bins_that_all_steps_share() -> None:
    info = history_info(moving())
    assert info is not None
    assert info.steps == (0, 1, 2, 3, 4)
    assert info.courses[0].counts.shape == (5, len(info.edges) - 1)
    assert int(info.courses[0].counts.sum()) + info.beyond == 2500
    middle = (info.edges[:-1] + info.edges[1:]) / 2
    means = info.courses[0].counts @ middle / info.courses[0].counts.sum(axis=1)
    assert means == pytest.approx([0, 1, 2, 3, 4], abs=0.2)


def test_a_run_is_blank_until_its_first_version_and_then_holds_the_nearest() -> None:
    early, late = Distribution([0.0, 1.0, 2.0]), Distribution([2.0, math.nan])
    held = [{"a": (i, early), "b": (max(i // 2 * 2, 2), late)} for i in range(4)]
    info = history_info(History(4, tuple(at(i, one) for i, one in enumerate(held))))
    assert info is not None
    assert info.courses[1].shown == (None, None, 2, 2)
    assert info.odd == 1
    picture = over_time(History(4, tuple(at(i, one) for i, one in enumerate(held))), Look(), "ridge")
    assert [one["meta"]["step"] for one in traces(picture.figure, "ridge")] == [0, 1, 2, 3, 2]


def test_thinned_steps_are_said_in_the_caption() -> None:
    assert over_time(moving(total=1000), Look(), "ridge").caption == "5 of 1,000 steps, first and last kept"
    assert over_time(moving(), Look(), "heatmap").caption == "5 steps"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_heatmap_takes_the_sequential_colours_of_the_theme_on_one_scale_for_all_runs(theme) -> None:
    rng = np.random.default_rng(0)
    moments = [
        at(i, {"a": (i, Distribution(rng.normal(0, 1, 300))), "b": (i, Distribution(rng.normal(i, 1, 200)))})
        for i in range(3)
    ]
    cells = traces(over_time(History(3, tuple(moments)), Look(theme=theme), "heatmap").figure, "heatmap")
    assert [one["colorscale"] for one in cells] == [scale(SEQUENTIAL[theme])] * 2
    assert len({one["zmax"] for one in cells}) == 1


def test_no_finite_value_and_huge_steps_are_no_trouble() -> None:
    nothing = History(1, (at(0, {"a": (0, Distribution([math.nan, math.inf]))}),))
    assert over_time(nothing, Look(), "ridge").sentence == "No step holds a finite value."
    steps = (-(2**63), 2**62, 2**62 + 1)
    huge = History(3, tuple(at(step, {"a": (step, Distribution([1.0, 2.0]))}) for step in steps))
    heat = traces(over_time(huge, Look(), "heatmap").figure, "heatmap")[0]
    assert len(set(heat["x"])) == 3


KINDS = {
    "distribution": lambda i: Distribution(np.random.default_rng(i).normal(3 * i, 1, 100 * (i + 1))),
    "matrix": lambda i: Matrix(["a", "b"], ["c", "d"], [[i, 2], [0, 10 * i]]),
    "curve": lambda i: Curve([0, 1, 2 + i], [0, 1 + i, -i], "x", "y"),
    "barchart": lambda i: BarChart(["a", "b"], {"g": [i, 2.0 * i], "h": [1, 5.0 * i]}, "x", "y"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_axes_bins_and_colours_stay_from_step_to_step(kind: str) -> None:
    moments = tuple(at(i, {"a": (i, KINDS[kind](i))}) for i in range(4))
    kept = frame(History(4, moments), Look())
    seen = set()
    for moment in moments:
        layout = figure(moment.drawing, Look(frame=kept)).figure
        assert layout is not None
        axes = [layout["layout"][name].get("range") for name in ("xaxis", "yaxis")]
        heat = [(one["zmin"], one["zmax"]) for one in traces(layout, "heatmap")]
        bars = [tuple(one["x"]) for one in traces(layout, "bars")] if kind == "distribution" else []
        seen.add(repr((axes, heat, bars, layout["layout"]["margin"]["l"])))
    assert len(seen) == 1


def test_what_lies_beyond_the_frame_is_not_cut_off() -> None:
    drawing = at(9, {"a": (9, Curve([0, 50], [0, 70], "x", "y"))}).drawing
    layout = figure(drawing, Look(frame=Frame(x=(0, 1), y=(-5, 1)))).figure["layout"]  # type: ignore[index]
    assert layout["xaxis"]["range"][1] >= 50
    assert layout["yaxis"]["range"][0] == -5
    assert layout["yaxis"]["range"][1] >= 70
