"""Tables joined on a key: what was added, removed and changed, cell by cell."""

from __future__ import annotations

import pytest

from mlflow_ext.primitives import Table
from mlflow_ext_ui.comparison import comparison
from mlflow_ext_ui.comparison.join import changes, join, keys
from mlflow_ext_ui.comparison.table import rows, table_change
from mlflow_ext_ui.figures import Look
from mlflow_ext_ui.state import Choice
from tests.unit.figures.build import drawing

NAN = float("nan")
LOOK = Look(names={"run0": "first", "run1": "second"})
A = Table(["score", "image", "label"], [[0.9, "a", "cat"], [0.5, "b", "dog"], [0.1, "c", "cat"]])
B = Table(["image", "label", "score"], [["c", "cat", 0.1], ["b", "cat", 0.75], ["d", "eel", 0.3]])


def test_rows_are_joined_by_key_whatever_their_order_or_that_of_their_columns():
    found = join(A, B, "image")
    changed, added, removed = changes(found)
    assert (changed.change, [found.shared[i] for i in changed.columns]) == ("changed", ["score", "label"])
    assert (added.change, added.reference, added.other[0]) == ("added", None, "d")
    assert (removed.change, removed.reference[1], removed.other) == ("removed", "a", None)
    assert (found.same, found.repeated) == (1, False)


def test_the_key_is_the_column_that_is_unique_and_shared_most():
    assert keys([A, B]) == ("image", "score")
    same = Table(["score", "image"], [[0.9, "a"], [0.5, "b"]])
    assert keys([same, same]) == ("image", "score"), "text before numbers"
    assert keys([Table(["x"], [[1], [1]])] * 2) == ()
    assert keys([Table(["x"], [[[1]], [[2]]])] * 2) == (), "no dict holds a list as key"
    assert keys([Table(["x"], [[NAN], [1.0]])] * 2) == (), "NaN is like no other"


def test_another_key_can_be_asked_for_and_one_that_is_missing_is_said():
    assert table_change(drawing(A, B), "score").key == "score"
    picture = comparison(drawing(A, B), LOOK, Choice(key="nothing"))
    assert picture.notes[0] == "Not all of these tables can be joined on 'nothing'."
    assert picture.switches[0].options == (("image", "image"), ("score", "score"))
    assert picture.switches[0].value == "image"


def test_without_a_key_rows_are_matched_by_place_and_it_is_said():
    one, two = Table(["x"], [[1], [1]]), Table(["x"], [[1], [2], [2]])
    found = join(one, two, None)
    assert (len(found.changed), len(found.added), found.same) == (1, 1, 1)
    assert "matched by their place" in comparison(drawing(one, two), LOOK, Choice()).notes[0]


def test_a_key_that_comes_again_matches_in_order_and_it_is_said():
    one, two = Table(["k", "v"], [["a", 1], ["a", 2]]), Table(["k", "v"], [["a", 1], ["a", 3], ["a", 4]])
    found = join(one, two, "k")
    assert (len(found.changed), len(found.added), found.same, found.repeated) == (1, 1, 1, True)
    assert "more than once" in comparison(drawing(one, two), LOOK, Choice(key="k")).notes[0]


@pytest.mark.parametrize(("a", "b", "same"), [(NAN, NAN, 1), (1, 1.0, 1), (None, None, 1), (NAN, 1.0, 0), (None, 0, 0)])
def test_cells_are_the_same_when_their_values_are(a, b, same):
    assert join(Table(["k", "v"], [["x", a]]), Table(["k", "v"], [["x", b]]), "k").same == same


def test_true_is_not_one():
    assert join(Table(["k", "v"], [["x", True]]), Table(["k", "v"], [["x", 1]]), "k").same == 0
    mixed = [Table(["k", "v"], [["x", value], ["y", "text"]]) for value in (True, 1)]
    assert join(*mixed, "k").same == 1


def test_a_changed_cell_shows_old_and_new_and_the_counts_stand_beside():
    picture = comparison(drawing(A, B), LOOK, Choice())
    sheet = picture.grid.sheets[0]
    assert sheet.run_id == "run1"
    assert [column.title for column in sheet.columns] == ["Change", "image", "label", "score"]
    assert [list(row.values()) for row in sheet.rows] == [
        ["changed", "b", "dog → cat", "0.5 → 0.75"],
        ["added", "d", "eel", 0.3],
        ["removed", "a", "cat", 0.9],
    ]
    assert picture.facts.rows[0].values == ("1", "1", "1", "1")


def test_a_difference_in_a_late_digit_still_shows():
    picture = comparison(drawing(*(Table(["k", "v"], [["x", v]]) for v in (0.1, 0.1 + 1e-12))), LOOK, Choice(key="k"))
    assert picture.grid.sheets[0].rows[0]["c1"] == f"0.1 → {0.1 + 1e-12!r}"


def test_columns_of_one_table_only_are_named_and_no_change():
    wide = Table(["image", "more"], [["a", 1]])
    picture = comparison(drawing(Table(["image"], [["a"]]), wide), LOOK, Choice())
    assert picture.facts.rows[0].values == ("0", "0", "0", "1")
    assert picture.notes == ("Columns of second that not all have: more.",)
    assert comparison(drawing(Table(["x"], [[1]]), Table(["y"], [[1]])), LOOK, Choice()).sentence.endswith(".")


def test_of_a_large_table_the_first_differing_rows_are_shown_and_all_are_counted():
    one = Table(["k", "v"], [[i, 0] for i in range(100_000)])
    two = Table(["k", "v"], [[i, int(i % 10 == 0)] for i in range(100_000)])
    picture = comparison(drawing(one, two), LOOK, Choice(key="k"))
    sheet = picture.grid.sheets[0]
    assert picture.facts.rows[0].values == ("0", "0", "10,000", "90,000")
    assert (len(sheet.rows), sheet.caption) == (2000, "2,000 of 10,000 rows")
    assert "the CSV holds all" in picture.notes[-1]
    assert len(list(rows(drawing(one, two), LOOK, Choice(key="k")))) == 10_001


def test_empty_tables_differ_by_all_rows_of_the_other():
    empty = Table(["image", "label", "score"], [])
    assert comparison(drawing(empty, B), LOOK, Choice()).facts.rows[0].values == ("3", "0", "0", "0")
    assert comparison(drawing(empty, empty), LOOK, Choice()).facts.rows[0].values == ("0", "0", "0", "0")


def test_the_csv_has_a_row_per_differing_cell():
    table = list(rows(drawing(A, B), LOOK, Choice()))
    assert ("second", "first", "changed", "b", "score", 0.5, 0.75) in table
    assert ("second", "first", "added", "d", "label", None, "eel") in table
    assert ("second", "first", "removed", "a", "label", "cat", None) in table
    assert len(table) == 1 + 2 + 3 + 3
