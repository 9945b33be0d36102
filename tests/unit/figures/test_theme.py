import plotly.graph_objects as go
import pytest

from mlflow_ext_ui import theme


@pytest.mark.parametrize("color", [*theme.RUN_COLORS, *theme.LABEL_COLORS])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_runs_and_labels_reach_three_to_one_on_both_canvases(color, mode):
    assert theme.contrast(color, theme.TOKENS[mode]["surface"]) >= 3.0


def test_no_label_wears_a_runs_colour():
    assert not set(theme.RUN_COLORS) & set(theme.LABEL_COLORS)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axis_texts_reach_four_and_a_half_to_one(mode):
    token = theme.TOKENS[mode]
    assert min(theme.contrast(token[name], token["surface"]) for name in ("text", "text-2", "text-3", "warn")) >= 4.5


@pytest.mark.parametrize("palette", [theme.SEQUENTIAL, theme.DIVERGING])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_ink_on_every_cell_reaches_four_and_a_half_to_one(palette, mode):
    for i in range(101):
        background = theme.at(palette[mode], i / 100)
        assert theme.contrast(theme.ink(background), background) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_plotly_accepts_the_template(mode):
    go.Figure({"data": [], "layout": {"template": theme.template(mode)}})


def test_a_colour_scale_is_met_at_its_ends_and_its_middle():
    colors = ("#000000", "#808080", "#FFFFFF")
    assert [theme.at(colors, share) for share in (-1, 0, 0.5, 1, 2)] == [
        "#000000",
        "#000000",
        "#808080",
        "#FFFFFF",
        "#FFFFFF",
    ]
