import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext.primitives import Distribution
from mlflow_ext_ui.figures import Look, figure
from mlflow_ext_ui.figures.distribution import bin_edges, histogram_info
from mlflow_ext_ui.figures.violin import density_of, group_names, violin_info

from .build import ANY, drawing, traces


def normal(seed=0, n=2000, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, n)


def test_runs_share_their_bins_and_every_value_is_counted():
    info = histogram_info({"a": normal(0), "b": normal(1, shift=3)})
    assert [int(one.counts.sum()) for one in info.histograms] == [2000, 2000]
    assert info.beyond == 0
    assert 8 <= len(info.edges) - 1 <= 80


def test_a_million_values_are_sent_as_bins_only():
    picture = figure(drawing(Distribution(normal(n=1_000_000))), Look())
    assert picture.caption == "1,000,000 values"
    assert len(traces(picture.figure, "bars")[0]["x"]) <= 80


def test_whole_numbers_get_a_bin_each():
    assert bin_edges([np.array([1.0, 2.0, 5.0])]).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def test_one_wild_value_does_not_flatten_the_rest():
    values = np.append(normal(), 1e9)
    info = histogram_info({"a": values})
    assert info.edges[-1] < 10
    picture = figure(drawing(Distribution(values)), Look())
    assert any("outside" in note for note in picture.notes)


def test_nan_and_infinities_are_counted_in_the_notes():
    values = [1.0, 2.0, float("nan"), float("inf"), float("-inf")]
    assert figure(drawing(Distribution(values)), Look()).notes == ("3 values are NaN or infinite and not drawn.",)


def test_up_to_three_runs_stand_side_by_side_and_more_in_rows():
    three = figure(drawing(*(Distribution(normal(i)) for i in range(3))), Look())
    seven = figure(drawing(*(Distribution(normal(i)) for i in range(7))), Look())
    assert (three.columns, three.rows) == (3, 1)
    assert (seven.columns, seven.rows) == (1, 2)
    domains = [seven.figure["layout"][f"yaxis{i or ''}"]["domain"] for i in (0, 2, 7)]
    assert domains[0][0] > domains[1][0] > domains[2][0] >= 0


def test_runs_of_unequal_size_are_compared_by_share():
    picture = figure(drawing(Distribution(normal(n=1000)), Distribution(normal(n=100))), Look())
    assert all(sum(trace["y"]) == pytest.approx(1.0) for trace in traces(picture.figure, "bars"))
    assert any("share" in note for note in picture.notes)


def test_groups_become_violins_with_quartiles_of_all_values():
    values = np.array([1.0, 2.0, 3.0, 4.0, 100.0])
    low, other = violin_info(values, ["a", "a", "a", "b", "b"], ["a", "b"])
    assert (low.low, low.median, low.high, low.total) == (1.0, 2.0, 3.0, 3)
    assert (other.first, other.third) == (28.0, 76.0)


def test_a_group_of_one_value_and_one_without_any_are_drawn():
    picture = figure(drawing(Distribution([1.0, 2.0, float("nan")], groups=["a", "a", None])), Look())
    assert picture.figure
    assert picture.caption == "3 values · 2 groups"


def test_beyond_24_groups_the_largest_are_drawn_and_the_rest_are_said():
    groups = [f"g{i}" for i in range(60)] + [f"g{i}" for i in range(50, 60)]
    names, left = group_names([groups])
    assert len(names) == 24
    assert left == 36
    assert set(names) >= {f"g{i}" for i in range(50, 60)}


def test_a_violin_of_shares_ends_at_one() -> None:
    at, _ = density_of(np.array([0.2, 0.6, 0.9, 0.95, 1.0]))

    assert (at[0], at[-1]) == (0.2, 1.0)


def test_the_density_integrates_to_the_values_it_came_from():
    at, density = density_of(normal(n=50_000))
    peak = at[density.argmax()]
    assert abs(peak) < 0.2
    assert np.interp(1.0, at, density) == pytest.approx(np.exp(-0.5), abs=0.05)


@ANY
@given(st.lists(st.floats(), max_size=60), st.booleans())
def test_any_values_are_drawn_without_trouble(values, grouped):
    groups = [f"g{i % 3}" for i in range(len(values))] if grouped else None
    picture = figure(drawing(Distribution(values, groups=groups), Distribution([0.0, 1.0])), Look())
    assert picture.figure
