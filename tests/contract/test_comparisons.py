"""What every kind's comparison holds, whatever the kind."""

from __future__ import annotations

import re

import pytest

from mlflow_ext.primitives import KINDS
from mlflow_ext_ui.cards import card, to_json
from mlflow_ext_ui.comparison import COMPARISONS, comparison, rows
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.contract.test_figures import ALL_NAN, EMPTY, HOSTILE, NAMED, ONE, checked, drawing, texts

NAN = float("nan")


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def mixed(kind, first, second):
    """A drawing of two runs that hold different things; those that a source gives no line are left out."""
    one, two = drawing(kind, first, 2), drawing(kind, second, 2)
    return type(one)(one.plot, one.lines[:1] + two.lines[1:], one.versions[:1] + two.versions[1:])


def test_every_kind_has_a_comparison():
    missing = set(KINDS) - set(COMPARISONS)
    assert not missing, f"add a file to mlflow_ext_ui/comparison and a line to COMPARISONS for: {missing}"


@pytest.mark.parametrize("runs", [2, 3, 5, 25])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_example_against_itself_gives_a_picture_that_plotly_accepts(kind, runs, theme):
    picture = comparison(drawing(kind, KINDS[kind].example(), runs), Look(theme=theme), Choice())
    plain = checked(picture)
    assert not picture.sentence
    assert 1 <= picture.columns <= Look().across
    assert picture.sides.reference == "run0"
    assert picture.sides.others == tuple(f"run{i}" for i in range(1, min(runs, 5)))
    if plain:
        assert plain["layout"]["meta"]["compared"]
        assert {trace["type"] for trace in plain["data"]} <= {"scatter", "bar", "heatmap"}


def test_panels_stay_within_the_figure(kind):
    for runs in (2, 4):
        for look in (Look(), Look(across=1, width=320), Look(full=True, width=1240, height=680)):
            plain = checked(comparison(drawing(kind, KINDS[kind].example(), runs), look, Choice()))
            for name, axis in (plain["layout"] if plain else {}).items():
                if "axis" in name and "domain" in axis:
                    assert 0 <= axis["domain"][0] < axis["domain"][1] <= 1


@pytest.mark.parametrize("full", [False, True])
def test_whatever_is_compared_there_is_an_answer_or_a_sentence(kind, full):
    samples = [found[kind] for found in (EMPTY, ONE, ALL_NAN, NAMED) if kind in found] + [KINDS[kind].example()]
    look = Look(full=full, smoothing=0.5, log_y=True, clip_outliers=True)
    for first in samples:
        for second in samples:
            both = mixed(kind, first, second)
            picture = comparison(both, look, Choice())
            checked(picture)
            assert picture.sentence.endswith(".") or picture.figure or picture.grid
            told = list(rows(both, look, Choice()))
            assert len({len(row) for row in told}) == 1, "the rows are as long as their header"


def test_the_rows_name_both_runs(kind):
    first, second = ONE[kind], KINDS[kind].example()
    header, *cells = rows(mixed(kind, first, second), Look(names={"run0": "a", "run1": "b"}), Choice())
    assert header[:2] == ("run", "reference run")
    assert all(row[:2] == ("b", "a") for row in cells)


def test_a_card_that_compares_travels_as_json(kind):
    both = drawing(kind, KINDS[kind].example(), 3)
    found = card(both, Look(), Choice(ref="run2", against="run0"))
    assert found["trouble"] is None
    assert found["picture"]["sides"]["reference"] == "run2"
    assert to_json(found)
    assert "sides" not in card(both, Look())["picture"]


def test_names_from_users_are_never_markup(kind):
    names = {f"run{i}": HOSTILE for i in range(4)}
    for runs in (2, 4):
        plain = checked(comparison(drawing(kind, NAMED[kind], runs), Look(names=names), Choice()))
        for text in texts(plain):
            bare = re.sub(r"</?(?:span(?: style=\"color:#[0-9A-Fa-f]{6}\")?|b|br|extra)>", "", text)
            assert "<" not in bare
            assert not re.search(r"%\{(?!x|y|z|hovertext|customdata)", bare)
            assert "$" not in bare
