import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_ext_ui import text

from .build import ANY

HOSTILE = [
    "<script>alert(1)</script>",
    "<b>bold</b><br><a href='javascript:alert(1)'>x</a>",
    "%{x} %{customdata[0]:.2f}",
    "$\\frac{1}{2}$",
    "&lt;already&gt; &amp; &#60;",
    "<extra></extra>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_stands_as_logged_when_plotly_reads_it(name):
    shown = text.literal(name)
    assert not set("<>$%") & set(shown)
    assert html.unescape(shown) == name


@ANY
@given(st.text())
def test_every_name_comes_back_from_its_literal_but_for_line_breaks(name):
    plain = name.translate({9: " ", 10: " ", 13: " "})
    shown = text.literal(name)
    assert not set("<>$%") & set(shown)
    for entity, char in (
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#36;", "$"),
        ("&#37;", "%"),
        ("&#34;", '"'),
        ("&#39;", "'"),
    ):
        shown = shown.replace(entity, char)
    assert shown.replace("&#38;", "&") == plain


def test_a_long_name_loses_its_middle_never_its_end():
    assert text.shorten("convnext-t-mixup-s1", 9) == "conv…p-s1"
    assert text.shorten("short", 9) == "short"
    assert text.shorten("abc", 1) == "…"


@ANY
@given(st.text(max_size=80), st.integers(0, 300))
def test_a_fitted_name_is_no_wider_than_its_room_or_a_single_sign(name, pixels):
    shown = text.fit(name, pixels)
    assert text.width(shown) <= pixels or len(shown) <= 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0741349, "0.07413"), (0.7381, "0.7381"), (18610.0, "18,610"), (-0.5, "−0.5000"), (0.0, "0"), (None, "–"),
        (float("nan"), "NaN"), (float("inf"), "∞"), (float("-inf"), "−∞"), (1.25e-7, "1.25e−7"), (2.0, "2"),
        (1e12, "1e12"), (123456.789, "123,457"),
    ],
)  # fmt: skip
def test_numbers_have_four_digits(value, shown):
    assert text.number(value) == shown


@pytest.mark.parametrize(
    ("n", "shown"), [(12_000, "12,000"), (221_000, "221k"), (99_999, "99,999"), (28_600_000, "28.6M"), (0, "0")]
)
def test_counts_are_full_and_shorter_in_badges_from_100_000(n, shown):
    assert text.badge(n) == shown


def test_a_thinned_plot_says_points_shown_of_total():
    assert text.shown(4632, 221_000) == "4,632 of 221k"
    assert text.shown(600, 600) == "600 points"
    assert text.shown(1, 1) == "1 point"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.038, "38 ms"), (2.44, "2.4 s"), (59.99, "1 min"), (48 * 60, "48 min"), (102 * 60, "1 h 42 min"),
        (3600, "1 h"),
        (3 * 86400 + 4 * 3600, "3 d 4 h"), (0, "0 s"), (None, "–"), (float("nan"), "–"), (-90, "−2 min"),
        (0.9999, "1 s"),
    ],
)  # fmt: skip
def test_durations_are_words(seconds, shown):
    assert text.duration(seconds) == shown


def test_a_running_duration_ends_in_an_ellipsis():
    assert text.duration(60, running=True) == "1 min…"


def test_times_are_relative_for_a_week_then_dates():
    now = 1_763_200_000_000
    assert text.ago(now - 12_000, now) == "12 s ago"
    assert text.ago(now - 3 * 86_400_000, now) == "3 d ago"
    assert text.ago(now - 30 * 86_400_000, now) == "16 Oct"
    assert text.ago(now - 400 * 86_400_000, now) == "11 Oct 2024"
    assert text.ago(None, now) == "–"
    assert text.ago(now + 5000, now) == "now"


@pytest.mark.parametrize(
    ("n", "shown"), [(512, "512 B"), (1_100_000, "1.1 MB"), (2000, "2 kB"), (28_600_000_000, "28.6 GB")]
)
def test_sizes_have_a_space_before_the_unit(n, shown):
    assert text.size(n) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("run 1", "run 1"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u200b\u200b", "(invisible name)"),
        (" ", "(invisible name)"),
        ("", "(invisible name)"),
        ("é💥", "é💥"),
    ],
)
def test_a_name_stands_in_one_line_and_is_seen(name: str, shown: str):
    assert text.one_line(name) == shown
