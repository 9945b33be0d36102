"""Which params matter, and how sure that is."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import create_trial
from sklearn.ensemble import RandomForestRegressor

from mlflow_ext.sweep import Parameter, parameter
from mlflow_ext_server.analysis import forest
from mlflow_ext_server.analysis.feature import OTHER, feature, features
from mlflow_ext_server.analysis.importance import METHODS, FloatArray, Importance, importance
from tests.unit.analysis.known import categories, hartmann6, interacting, linear, numbers


def names(found: Importance, parameters: list[Parameter]) -> list[str]:
    return [parameters[place].name for place in found.order]


def fanova(parameters: list[Parameter], y: FloatArray, trees: int) -> FloatArray:
    found, matrix, places = features(parameters)
    model = RandomForestRegressor(trees, random_state=1).fit(matrix, y)
    shares = []
    for tree in model.estimators_:
        held = forest.members(forest.boxes(tree.tree_, matrix.shape[1]), found, places)
        shares.append(forest.share_of_variance(*forest.effects(held, found), found))
    return np.mean(shares, axis=0)


def test_fanova_is_that_of_optuna():
    parameters, y = categories(120, 3)
    space: dict[str, BaseDistribution] = {
        one.name: CategoricalDistribution(one.levels)
        if one.kind == "category"
        else FloatDistribution(one.numbers.min(), one.numbers.max())
        for one in parameters
    }
    study = optuna.create_study()
    for i, value in enumerate(y.tolist()):
        told = {one.name: one.texts[i] if one.kind == "category" else one.numbers[i] for one in parameters}
        study.add_trial(create_trial(params=told, distributions=space, value=value))
    known = optuna.importance.FanovaImportanceEvaluator(n_trees=64, seed=1).evaluate(study)
    found = fanova(parameters, y, 64)
    assert found == pytest.approx([known[one.name] for one in parameters], abs=0.03)


def test_the_effects_of_a_tree_are_its_predictions_averaged():
    parameters, y = categories(60, 4)
    found, matrix, places = features(parameters[:2])
    tree = RandomForestRegressor(1, random_state=0, max_depth=4).fit(matrix, y).estimators_[0]
    held = forest.members(forest.boxes(tree.tree_, matrix.shape[1]), found, places)
    alone, variance = forest.effects(held, found)
    grid = np.array([[*a, *b] for a in found[0].cells for b in found[1].cells])
    said = tree.predict(grid).reshape(len(found[0].cells), len(found[1].cells))
    np.testing.assert_allclose(alone[0], said @ found[1].weight)
    np.testing.assert_allclose(alone[1], found[0].weight @ said)
    weight = np.outer(found[0].weight, found[1].weight)
    mean = np.sum(weight * said)
    assert variance == pytest.approx(np.sum(weight * (said - mean) ** 2))
    np.testing.assert_allclose(forest.interaction(held, found, (0, 1)), said)


@pytest.mark.parametrize(("n", "sure"), [(30, 1), (100, 2), (1000, 3)])
def test_the_order_of_a_linear_model_is_found_as_far_as_the_runs_tell(n: int, sure: int):
    parameters, y = linear(n, 1)
    found = importance(parameters, y, resamples=12)
    for method in METHODS:
        told = sure if method != "ped_anova" else sure // 2  # which looks at the best runs only, a tenth of all
        assert names(found[method], parameters)[:told] == ["four", "two", "one"][:told]
        assert not any(found[method].told[place] for place in (4, 5))
    assert found["fanova"].told[:sure] == (True,) * sure
    assert found["fanova"].last[0] == 1


def test_params_that_matter_only_together_are_found_by_permutation_alone():
    parameters, y = interacting(500, 1)
    found = importance(parameters, y, resamples=12)
    assert all(found["permutation"].told[:3])
    assert not any(found["permutation"].told[3:])
    assert names(found["fanova"], parameters)[0] == "alone"
    assert not any(found["spearman"].told[place] for place in (0, 1))


@pytest.mark.parametrize("n", [30, 100])
def test_a_category_is_weighed_like_a_number(n: int):
    parameters, y = categories(n, 1)
    found = importance(parameters, y, "lower", resamples=12)
    for method in ("fanova", "permutation", "spearman"):
        assert names(found[method], parameters)[:2] == ["optimizer", "more"]
        assert found[method].first[0] == 1


def test_hartmann_tells_its_strong_params_from_noise_with_many_runs_and_says_that_few_do_not():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (600, 6))
    parameters = numbers([f"x{i}" for i in range(1, 7)], x)
    found = importance(parameters, hartmann6(x), "lower", resamples=12)["fanova"]
    assert set(names(found, parameters)[:3]) == {"x1", "x4", "x5"}
    assert [found.told[place] for place in (0, 3, 4)] == [True] * 3
    few = importance(numbers([f"x{i}" for i in range(1, 7)], x[:20]), hartmann6(x[:20]), "lower", resamples=12)
    assert not any(any(one.told) for one in few.values())


def test_cells_of_many_numbers_are_spread_over_the_range_on_its_scale():
    one = feature(parameter("lr", [str(10 ** (-4 + i / 25)) for i in range(101)]))
    assert one.parameter.kind == "log"
    assert one.axis[0] == pytest.approx(10 ** (-4 + 4 / 64))
    assert np.diff(np.log(one.axis)) == pytest.approx(np.full(31, np.log(1e4) / 32))


def test_the_same_runs_give_the_same_answer_and_progress_is_told():
    parameters, y = categories(20, 2)
    steps: list[tuple[int, int]] = []
    found = importance(parameters, y, resamples=3, told=lambda done, of: steps.append((done, of)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert importance(parameters, y, resamples=3) == found


def test_a_number_that_some_lack_has_a_cell_for_that():
    one = feature(parameter("p", ["1", "2", "None", "4"]))
    np.testing.assert_allclose(one.matrix, [[0, 0], [1 / 3, 0], [1 / 3, 1], [1, 0]])
    assert one.axis.tolist() == [1, 2, 4]
    np.testing.assert_allclose(one.weight, [0.25, 0.25, 0.25, 0.25])
    assert one.names == ("(none)",)


def test_levels_beyond_fifteen_are_one_and_a_lacking_one_its_own():
    texts = [f"level {i % 20:02}" for i in range(40)]
    one = feature(parameter("p", [*texts, None]))
    assert one.matrix.shape == (41, 17)
    assert one.names[-2:] == (OTHER, "(none)")
    assert one.matrix.sum(axis=1).tolist() == [1.0] * 41
    assert one.matrix[-1, -1] == 1
    assert one.matrix[:, -2].sum() == 10


@pytest.mark.parametrize(
    ("texts", "y"), [(["1", "2"], [1.0, 2.0]), (["1", "2", "3", "4", "5"], [1.0] * 5)], ids=["few", "constant"]
)
def test_what_has_no_answer_is_refused(texts: list[str], y: list[float]):
    with pytest.raises(ValueError, match="importance needs 5 runs"):
        importance([parameter("p", texts)], np.array(y))


def test_odd_params_have_an_answer():
    texts = ["1e-3", "None", "1", "nan", "0.5", "2"]
    parameters = [
        parameter("number", texts),
        parameter("yes", ["True", None, "False", "True", "False", "True"]),
        parameter("each its own", list("abcdef")),
        parameter("huge", ["1e300", "-1e300", "0", "1", "2", "3"]),
    ]
    found = importance(parameters, np.array([1e300, -1e300, 0, 1, 2, 3]), resamples=4)
    for one in found.values():
        assert np.isfinite([*one.value, *one.low, *one.high, one.noise]).all()
