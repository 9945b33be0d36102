"""Why two runs differ, as far as other runs tell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_ext_server.analysis.insight.difference import Recorded, difference
from mlflow_ext_server.analysis.insight.going import going

RNG = np.random.default_rng(23)


def history(n=120, noise=0.01) -> list[Recorded]:
    """What matters: adam against sgd by 0.2, a version by 0.05; the device and a note do not."""
    made = []
    for i in range(n):
        optimizer, device, version = RNG.choice(["sgd", "adam"]), RNG.choice(["cpu", "gpu"]), RNG.choice(["1", "2"])
        lr = RNG.choice(["0.1", "1e-2", "0.001"])
        value = 0.5 + 0.2 * (optimizer == "adam") + 0.05 * (version == "2") + RNG.normal(0, noise)
        made.append(
            Recorded(
                f"h{i}",
                value,
                {"optimizer": optimizer, "lr": lr},
                {"id": f"x{i}"},
                hardware={"device": device},
                package={"lib": version},
            )
        )
    return made


A = Recorded("a", 0.5, {"optimizer": "sgd", "lr": "0.1"}, {"id": "a"}, hardware={"device": "cpu"}, package={"lib": "1"})
B = Recorded(
    "b", 0.75, {"optimizer": "adam", "lr": "1e-1"}, {"id": "b"}, hardware={"device": "gpu"}, package={"lib": "2"}
)


def test_what_explains_the_difference_comes_first_with_its_effect():
    found = difference(A, B, [*history(), A, B], "higher", "acc")
    assert [(one.part, one.name, one.explains) for one in found.items[:2]] == [
        ("param", "optimizer", True),
        ("package", "lib", True),
    ]
    assert {one.name for one in found.items[2:]} == {"device", "id"}
    first = found.items[0]
    assert (first.a, first.b, first.exact) == ("sgd", "adam", True)
    assert first.pairs >= 20
    assert first.effect == pytest.approx(0.2, abs=0.04)
    assert "acc changes by +0.2" in first.sentence
    assert 0 < first.alone <= first.pairs
    assert first.mean == pytest.approx(0.2, abs=0.03)
    assert 0 < (first.margin or 0) < 0.05
    assert ", better (p < 0.001), of +0.250 between these two." in first.sentence
    assert (found.apart, found.same) == (0.25, (("param", "lr"),))
    assert found.alike == pytest.approx(0.01, abs=0.008)
    assert "Two runs prove nothing by themselves" in found.sentence


def test_what_the_history_shows_to_go_the_other_way_comes_last():
    found = difference(A, B._replace(value=0.3), history(), "higher", "acc")
    assert {one.name for one in found.items[-2:]} == {"optimizer", "lib"}
    assert "the other way than between these two" in found.items[-1].sentence
    assert not any(one.explains for one in found.items)


def test_a_difference_as_small_as_that_of_runs_alike_may_be_chance():
    near = difference(A, B._replace(value=0.51), history(noise=0.05), "higher", "acc")
    assert "their difference may be chance" in near.sentence


def test_without_history_it_says_that_nothing_tells():
    found = difference(A, B, [], "higher")
    assert [one.part for one in found.items] == ["param", "package", "hardware", "tag"]
    assert all("nothing tells what it does" in one.sentence for one in found.items)
    assert (found.alike, found.alike_pairs) == (None, 0)
    assert "the history shows for none of these" in found.sentence


def test_runs_that_differ_in_nothing_and_runs_without_a_target_get_a_sentence():
    assert difference(A, A._replace(run="c"), history()).sentence.startswith("Nothing that is recorded differs")
    assert "nothing to explain" in difference(A, B._replace(value=None), history()).sentence


def test_pairs_of_numbers_that_differ_the_same_way_count_where_none_differ_just_so():
    made = []
    for i in range(80):
        x = RNG.uniform(0, 0.6)
        made.append(Recorded(f"h{i}", x + RNG.normal(0, 0.02), {"x": repr(x)}))
    a, b = Recorded("a", 0.1, {"x": "0.1"}), Recorded("b", 1.0, {"x": "1.0"})
    (item,) = difference(a, b, made, "lower").items
    assert (item.exact, item.explains) == (False, True)
    assert "differ in it the same way" in item.sentence
    assert difference(b, a, made, "lower").items[0].effect == pytest.approx(-(item.effect or 0), rel=0.3)


def test_each_run_of_the_history_counts_once():
    two = [Recorded("p", 0.5, {"optimizer": "sgd"}), *(Recorded(f"q{i}", 0.7, {"optimizer": "adam"}) for i in range(9))]
    found = difference(Recorded("a", 0.5, {"optimizer": "sgd"}), Recorded("b", 0.7, {"optimizer": "adam"}), two)
    assert (found.items[0].pairs, found.items[0].p) == (1, None)
    assert "at least 5 pairs are needed" in found.items[0].sentence


def test_many_runs_with_many_things_are_no_trouble():
    made = [
        Recorded(f"h{i}", float(RNG.normal()), {f"p{k}": str(RNG.integers(0, 2)) for k in range(40)})
        for i in range(1100)
    ]
    found = difference(made[0], made[1], made)
    assert 5 < len(found.items) < 35


def test_versions_are_texts_and_params_are_numbers():
    a = Recorded("a", 1.0, {"lr": "0.10"}, package={"lib": "2.1"})
    b = Recorded("b", 2.0, {"lr": "0.1"}, package={"lib": "2.10"})
    assert [one.name for one in difference(a, b, []).items] == ["lib"]


def test_packages_that_always_change_together_count_as_one_and_that_is_said():
    def packages(new: bool) -> dict[str, str]:
        return {f"lib{k}": "2" if new else "1" for k in range(8)}

    made = [
        Recorded(f"h{i}", 0.3 * (i % 2) + RNG.normal(0, 0.01), {"note": str(i % 3)}, package=packages(i % 2 == 1))
        for i in range(60)
    ]
    a, b = (
        Recorded("a", 0.0, {"note": "1"}, package=packages(False)),
        Recorded("b", 0.3, {"note": "1"}, package=packages(True)),
    )
    found = difference(a, b, made, "lower")
    assert all(one.explains and one.together == 7 and one.pairs == 30 for one in found.items)
    assert "7 other things changed with it, so which of them it was cannot be told" in found.items[0].sentence


def test_numbers_that_are_nearly_alike_are_in_no_pair():
    made = [Recorded(f"h{i}", float(RNG.normal()), {"x": repr(i / 40)}) for i in range(40)]
    found = difference(Recorded("a", 0.0, {"x": "0.5"}), Recorded("b", 1.0, {"x": "0.51"}), made)
    assert found.items[0].pairs == 0


TEXTS = st.dictionaries(
    st.sampled_from(["p", "q", "r"]), st.sampled_from(["1", "1e300", "-1e300", "None", "nan", "x", ""])
)
RUNS = st.builds(Recorded, st.sampled_from("abcdefgh"), st.none() | st.floats(), TEXTS, TEXTS)


@settings(max_examples=40, deadline=None)
@given(RUNS, RUNS, st.lists(RUNS, max_size=20), st.sampled_from(["lower", "higher", None]))
def test_any_two_runs_have_a_difference(a, b, others, direction):
    found = difference(a, b, others, direction)
    assert found.sentence.endswith(".")
    for one in found.items:
        assert one.sentence.endswith(".")
        assert one.a != one.b
        assert (one.effect is None) == (one.pairs == 0)


def test_what_only_one_of_the_two_has_comes_before_what_each_run_has_of_its_own():
    a = A._replace(param={**A.param, "schedule": "constant"}, code={"command": "a"})
    b = a._replace(run="b", param={**a.param, "schedule": "restart"}, code={"command": "b"})
    others = [one._replace(param={**one.param, "schedule": "constant"}, code={"command": one.run}) for one in history()]
    found = difference(a, b, others, "higher", "acc")
    assert [(one.part, one.name, one.only) for one in found.items] == [
        ("param", "schedule", "b"),
        ("code", "command", "both"),
    ]
    assert {one.only for one in difference(a, b, [], "higher", "acc").items} == {None}


def test_where_no_pairs_match_all_runs_tell_which_param_the_target_goes_with():
    rng = np.random.default_rng(5)
    runs = [
        Recorded(f"h{i}", float(lr + rng.normal(0, 0.1)), {"lr": repr(float(lr)), "wd": repr(float(wd)), "w": repr(i)})
        for i, (lr, wd) in enumerate(rng.random((40, 2)))
    ]
    one = Recorded("a", 0.1, {"lr": "0.1", "wd": "0.5", "w": "100"})
    other = Recorded("b", 0.9, {"lr": "0.9", "wd": "0.1", "w": "101"})
    found = difference(one, other, runs, "higher", "acc").items
    assert found[0].name == "lr"
    assert found[0].going > 0.8
    assert found[0].sentence.startswith("Among 40 other runs acc goes up with it (Spearman 0.9")
    assert [each.going for each in found[1:]] == [0, 0]
    worse = difference(one, other._replace(value=0.0), runs, "higher", "acc").items
    assert next(each for each in worse if each.name == "lr").going > 0  # it goes the other way than these two
    assert worse[0].name != "lr"


def test_two_texts_are_compared_over_all_runs():
    texts = ["adam" if i % 2 else "sgd" for i in range(24)]
    values = np.array([i % 2 + (i % 5) / 10 for i in range(24)])
    found = going("sgd", "adam", texts, values, "acc", 3)
    assert found is not None
    assert found.step == 1.0
    assert found.sentence == (
        "Among other runs acc is +1 apart at the median between the 12 with adam and the 12 with sgd (p < 0.001),"
        " whatever else differs."
    )
    assert going("sgd", "lion", texts, values, "acc", 3) is None
    assert going("sgd", None, texts, values, "acc", 3) is None
    assert going("sgd", "adam", texts, np.arange(24) % 3, "acc", 3) is None  # chance gives as much
