"""The address of the page: what it says, and that writing and parsing agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_ui.state import TABS, Look, ViewState
from mlflow_ext_ui.tables.state import STATISTICS, TableState

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
IDS = st.text(st.sampled_from("0123456789abcdef"), min_size=1, max_size=32)
STATES = st.builds(
    ViewState,
    tab=st.sampled_from(TABS),
    experiment=st.none() | IDS,
    runs=st.none() | st.lists(IDS, unique=True, max_size=5).map(tuple),
    search=st.just("") | TEXT,
    where=st.just("") | TEXT,
    sort=st.just("") | TEXT,
    columns=st.lists(TEXT, unique=True, max_size=3).map(tuple),
    stage=st.sampled_from(["active", "archived"]),
    group=st.just("") | TEXT,
    pinned=st.lists(IDS, unique=True, max_size=3).map(tuple),
    filter=st.just("") | TEXT,
    smoothing=st.integers(0, 99).map(lambda percent: percent / 100),
    x=st.sampled_from(["step", "relative", "wall"]),
    log=st.booleans(),
    clip=st.booleans(),
    collapsed=st.none() | st.lists(TEXT, unique=True, max_size=3).map(tuple),
    compare=st.lists(TEXT, unique=True, max_size=3).map(tuple),
    steps=st.dictionaries(TEXT, st.integers(-9, 10**18), max_size=3).map(
        lambda held: tuple(f"{k}~{v}" for k, v in held.items())
    ),
    over=st.dictionaries(TEXT, st.sampled_from(["ridge", "heatmap"]), max_size=3).map(
        lambda held: tuple(f"{k}~{v}" for k, v in held.items())
    ),
    ref=st.none() | IDS,
    against=st.none() | IDS,
    key=st.none() | TEXT,
    unit=st.sampled_from(["percent", "count"]),
    plot=st.none() | TEXT,
    theme=st.sampled_from([None, "light", "dark"]),
    workspace=st.none() | TEXT,
    view=st.none() | IDS,
    layout=st.none() | st.from_regex(r"[A-Za-z0-9_-]{0,40}", fullmatch=True),
    tables=st.sampled_from(["compare", "metrics", "logged"]),
    value=st.sampled_from(STATISTICS),
    metric=st.just("") | TEXT,
    groups=st.sampled_from(["experiment", "screen"]),
    equal=st.booleans(),
    lower=st.lists(TEXT, unique=True, max_size=3).map(tuple),
    hide=st.lists(TEXT, unique=True, max_size=3).map(tuple),
    at=st.none() | st.integers(-5, 10**9),
    grid_where=st.just("") | TEXT,
    target=st.just("") | TEXT,
    aggregate=st.sampled_from(["last", "best"]),
    also=st.lists(TEXT, unique=True, max_size=4).map(tuple),
    among=st.sampled_from(["list", "screen"]),
    axes=st.none() | st.lists(TEXT, unique=True, max_size=3).map(tuple),
    brush=st.dictionaries(IDS, IDS, max_size=3).map(lambda held: tuple(f"{k}~{v}~{v}" for k, v in held.items())),
    method=st.sampled_from(["fanova", "all"]),
    pair=st.lists(TEXT, unique=True, max_size=2).map(tuple),
    space=st.just("") | TEXT,
)


@given(STATES)
def test_an_address_gives_back_the_state_that_wrote_it(state: ViewState):
    path, _, search = state.address().partition("?")
    assert ViewState.parse(f"/ext/{path}", search) == state


def test_defaults_are_left_out_of_the_address():
    assert ViewState().address() == "plots"


def test_no_runs_named_and_none_on_screen_are_two_things():
    assert ViewState.parse("/ext/plots", "?experiment=1").runs is None
    assert ViewState.parse("/ext/plots", "?experiment=1&runs=").runs == ()
    assert ViewState.parse("/ext/plots", "?collapsed=").collapsed == ()


@pytest.mark.parametrize("path", ["/ext/", "/ext", "", "/ext/nothing", "/x/ext/plots"])
def test_an_unknown_tab_is_plots(path: str):
    assert ViewState.parse(path, "").tab == "plots"


@pytest.mark.parametrize("query", ["smoothing=2", "smoothing=nan", "x=up", "log=maybe", "theme=pink", "unit=feet"])
def test_what_a_parameter_cant_mean_is_its_default_and_the_rest_holds(query: str):
    assert ViewState.parse("/ext/plots", f"?{query}&runs=a") == ViewState(runs=("a",))


def test_runs_are_bounded_and_each_counts_once():
    assert ViewState.parse("", "runs=a,b,,a").runs == ("a", "b")
    assert len(ViewState.parse("", "runs=" + ",".join(map(str, range(5000)))).runs or ()) == 1000


def test_a_layout_is_bounded_text_of_base64url_and_empty_means_that_cards_stand_as_they_come():
    assert ViewState.parse("", "layout=").layout == ""
    assert ViewState.parse("", "layout=eyJ-_Q").address() == "plots?layout=eyJ-_Q"
    for wrong in ("a" * 3001, "%7B%7D", "a%0A", "a=="):
        assert ViewState.parse("", f"layout={wrong}&runs=a") == ViewState(runs=("a",))


def test_the_look_is_the_part_that_changes_pictures():
    assert ViewState(smoothing=0.5, log=True, search="x").look == Look(smoothing=0.5, log=True)


def test_what_the_tables_tab_cant_mean_falls_back_and_no_list_grows_without_end():
    many = "&".join(f"hide=m:{i}" for i in range(600))
    found = ViewState.parse(
        "/ext/tables", f"?tables=all&value=median&at=x&grid_where={'a' * 5000}&metric=acc&{many}"
    ).table_state
    assert found == TableState(metric="acc")
