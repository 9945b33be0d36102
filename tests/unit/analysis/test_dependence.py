from __future__ import annotations

import numpy as np
import pytest

from mlflow_ext.sweep import Parameter, parameter
from mlflow_ext_server.analysis.dependence import dependence


def numbers(name: str, values: np.ndarray) -> Parameter:
    return parameter(name, [repr(float(one)) for one in values])


@pytest.fixture
def runs() -> tuple[list[Parameter], np.ndarray]:
    rng = np.random.default_rng(1)
    lr = 10 ** rng.uniform(-5, -1, 200)
    width = rng.uniform(0, 1, 200)
    kinds = rng.choice(["small", "large"], 200)
    metric = -((np.log10(lr) + 3) ** 2) + np.where(kinds == "large", 2.0, 0.0)
    kind = parameter("kind", [str(one) for one in kinds])
    return [numbers("lr", lr), numbers("width", width), kind], metric


def test_a_peak_lies_where_it_is(runs) -> None:
    params, metric = runs
    found = dependence(params, metric, [0])
    assert found.mean.shape == found.low.shape == (1, 24)
    peak = found.axes[0].numbers[found.mean[0].argmax()]
    assert 10**-3.5 < peak < 10**-2.5
    assert np.all(found.low <= found.mean)
    assert np.all(found.mean <= found.high)
    assert found.explained is not None
    assert found.explained > 0.9


def test_what_does_not_matter_is_flat(runs) -> None:
    params, metric = runs
    matters, flat = dependence(params, metric, [0]), dependence(params, metric, [1])
    assert np.ptp(flat.mean) < 0.1 * np.ptp(matters.mean)


def test_a_category_has_its_levels_and_their_distance(runs) -> None:
    params, metric = runs
    found = dependence(params, metric, [2])
    told = dict(zip(found.axes[0].levels, found.mean[0], strict=True))
    assert set(told) == {"small", "large"}
    assert told["large"] - told["small"] == pytest.approx(2.0, abs=0.4)


def test_a_surface_has_a_row_per_place_of_the_second_param(runs) -> None:
    params, metric = runs
    found = dependence(params, metric, [0, 2])
    assert found.mean.shape == (2, 24) == found.near.shape
    large = found.axes[1].levels.index("large")
    assert found.mean[large].mean() > found.mean[1 - large].mean() + 1
    assert found.near.sum() == 200


def test_runs_that_lack_a_param_are_no_place_of_it() -> None:
    rng = np.random.default_rng(2)
    values = rng.uniform(0, 1, 40)
    texts = [None if at % 4 == 0 else repr(float(one)) for at, one in enumerate(values)]
    found = dependence([parameter("p", texts), numbers("q", rng.uniform(0, 1, 40))], values, [0])
    assert found.axes[0].levels == ()
    assert found.mean.shape[1] == len(found.axes[0].numbers)


def test_places_far_from_all_runs_are_near_none() -> None:
    values = np.array([*np.linspace(0, 0.1, 40), 1.0])
    found = dependence([numbers("p", values)], values, [0])
    assert (found.near[0] == 0).any()
    assert found.near.sum() == 41


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_any_size_of_the_metric(size: float, runs) -> None:
    params, metric = runs
    found = dependence(params, metric * size, [0])
    assert np.isfinite(found.mean).all()
    assert np.ptp(found.mean) > 0


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="5 runs"):
        dependence([numbers("p", np.arange(4.0))], np.arange(4.0), [0])
