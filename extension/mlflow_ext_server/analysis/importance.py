"""Which parameters matter to a metric by four methods, each with how sure its order is.

Every method is repeated on bootstrap samples of the runs, beside shadows: copies of params in random order, which can
matter only by chance (Kursa and Rudnicki 2010, J. Stat. Softw. 36:11). A param whose interval does not clear what the
shadows reach is not told from noise. scikit-learn and optuna take seconds to import, and are imported on use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from mlflow_ext.direction import Direction
from mlflow_ext.sweep import Parameter, parameter
from mlflow_ext_server.analysis import forest
from mlflow_ext_server.analysis.association import correlation, ranks
from mlflow_ext_server.analysis.feature import Feature, features

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

    from mlflow_ext_server.analysis.trial import SharedTrial

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]
Method = Literal["fanova", "permutation", "ped_anova", "spearman"]
METHODS: tuple[Method, ...] = get_args(Method)

RESAMPLES = 40
TREES = 64
LEVEL = 0.9
LEAST_RUNS = 5
_TREES_AGAIN = 16  # of each resample
_SHADOWS = 3
_REPEATS = 3  # of each permutation
_PARTS = 5  # of all runs, each predicted by trees that grew on the others
_TREES_OF_PART = 24
_TOP = 0.1  # of the runs are the good ones of PED-ANOVA, but at least
_LEAST_TOP = 6
_SEED = 20_260_117  # any, but always the same: the page loaded again must say the same


class Importance(NamedTuple):
    """How much each of d params matters by one method, in the order of the params.

    ``value``: 0 or more; the share of variance explained alone (fANOVA), the share of variance lost (permutation), the
    Pearson divergence (PED-ANOVA), the size of Spearman's coefficient (of categories the correlation ratio of ranks).
    ``low``, ``high``: the 90% interval over the resamples; ``first``, ``last``: that of its rank, from 1. ``noise``:
    what the strongest of the shadows reaches in 19 of 20 resamples. ``told``: whether ``low`` is above ``noise``.
    """

    method: Method
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]
    told: tuple[bool, ...]
    noise: float

    @property
    def order(self) -> list[int]:
        """Places of the params, the most important first."""
        return sorted(range(len(self.value)), key=lambda i: -self.value[i])


class _Data(NamedTuple):
    features: tuple[Feature, ...]
    matrix: FloatArray
    places: tuple[NDArray[np.intp], ...]
    y: FloatArray
    trials: list[SharedTrial]


def importance(
    parameters: Sequence[Parameter],
    metric: FloatArray,
    way: Direction = "higher",
    *,
    resamples: int = RESAMPLES,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> dict[Method, Importance]:
    """How much each param matters, by every method.

    Args:
        parameters: d params that vary, of n runs.
        metric: shape (n,), finite, at least 5 distinct runs.
        way: which values are good; PED-ANOVA asks what the best runs have in common.
        resamples: bootstrap samples of the runs.
        told: called with the resamples done and all, for progress.

    Raises:
        ValueError: fewer than 5 runs, no param, or a metric that is the same in all.
    """
    if len(metric) < LEAST_RUNS or not parameters or not np.ptp(metric) > 0:
        raise ValueError("importance needs 5 runs, a param that varies and a metric that does")
    rng = np.random.default_rng(_SEED)
    data = _data([*parameters, *_shadows(parameters, rng)], metric, way)
    every = np.arange(len(metric))
    whole = _measured(data, every, rng, TREES, fitted=True)
    again: list[dict[Method, FloatArray]] = []
    for at in range(resamples):
        again.append(_measured(data, _drawn(data.y, rng), rng, _TREES_AGAIN))
        told(at + 1, resamples)
    return {
        method: _summary(method, whole[method], [one[method] for one in again], len(parameters)) for method in METHODS
    }


def _data(parameters: Sequence[Parameter], metric: FloatArray, way: Direction) -> _Data:
    from mlflow_ext_server.analysis.trial import trials

    found, matrix, places = features(parameters)
    small = metric / np.max(np.abs(metric))
    sign = -1.0 if way == "higher" else 1.0
    return _Data(found, matrix, places, small, trials(found, small * sign))


def _shadows(parameters: Sequence[Parameter], rng: np.random.Generator) -> list[Parameter]:
    """Params in an order of their own: as many kinds of them as there are."""
    chosen = rng.choice(len(parameters), size=_SHADOWS, replace=len(parameters) < _SHADOWS)
    shuffled = []
    for i, place in enumerate(chosen.tolist()):
        one = parameters[place]
        texts = [one.texts[at] for at in rng.permutation(len(one.texts)).tolist()]
        shuffled.append(parameter(f"\0shadow {i}", texts))
    return shuffled


def _drawn(y: FloatArray, rng: np.random.Generator) -> Rows:
    """Runs drawn with replacement until their metric is not one value."""
    while True:
        rows = rng.integers(0, len(y), len(y))
        if np.ptp(y[rows]) > 0:
            return rows


def _measured(
    data: _Data, rows: Rows, rng: np.random.Generator, trees: int, *, fitted: bool = False
) -> dict[Method, FloatArray]:
    """Each method on these rows; ``fitted``: these are all runs, so that none is left over to be predicted."""
    model = _forest(data, rows, rng, trees)
    if fitted:
        parts = np.array_split(rng.permutation(rows), min(_PARTS, len(rows) // 2))
        lost = [
            _permutation(_forest(data, np.setdiff1d(rows, part), rng, _TREES_OF_PART), data, part, rng)
            for part in parts
        ]
        permuted: FloatArray = np.mean(lost, axis=0)
    else:
        permuted = _permutation(model, data, np.setdiff1d(np.arange(len(data.y)), rows), rng)
    return {
        "fanova": _fanova(model, data),
        "permutation": np.maximum(0.0, permuted),
        "ped_anova": _ped_anova(data, rows),
        "spearman": _spearman(data, rows),
    }


def _forest(data: _Data, rows: Rows, rng: np.random.Generator, trees: int) -> RandomForestRegressor:
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(trees, random_state=int(rng.integers(2**31)))
    return model.fit(data.matrix[rows], data.y[rows])


def _fanova(model: RandomForestRegressor, data: _Data) -> FloatArray:
    """The mean share of variance over the trees."""
    shares = []
    for tree in model.estimators_:
        held = forest.members(forest.boxes(tree.tree_, data.matrix.shape[1]), data.features, data.places)
        alone, variance = forest.effects(held, data.features)
        if variance > 0:
            shares.append(forest.share_of_variance(alone, variance, data.features))
    return np.mean(shares, axis=0) if shares else np.zeros(len(data.features))


def _permutation(model: RandomForestRegressor, data: _Data, out: Rows, rng: np.random.Generator) -> FloatArray:
    """By how much of the variance the squared error on runs left out grows when a param is shuffled among them.

    Breiman 2001, Machine Learning 45:5.
    """
    if len(out) < 2:
        return np.zeros(len(data.features))
    held = data.matrix[out]
    base = float(np.mean((model.predict(held) - data.y[out]) ** 2))
    blocks = []
    for columns in data.places:
        for _ in range(_REPEATS):
            block = held.copy()
            block[:, columns] = held[rng.permutation(len(out))][:, columns]
            blocks.append(block)
    errors = (model.predict(np.vstack(blocks)).reshape(len(blocks), len(out)) - data.y[out]) ** 2
    grown = errors.mean(axis=1).reshape(len(data.places), _REPEATS).mean(axis=1) - base
    lost: FloatArray = grown / float(np.var(data.y))
    return lost


def _ped_anova(data: _Data, rows: Rows) -> FloatArray:
    """Watanabe, Bansal and Hutter 2023, PED-ANOVA (IJCAI), by optuna."""
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator

    study = optuna.create_study(direction="minimize")
    study.add_trials([data.trials[row] for row in rows.tolist()])
    top = min(0.5, max(_TOP, _LEAST_TOP / len(rows)))
    found: Mapping[str, float] = PedAnovaImportanceEvaluator(target_quantile=top).evaluate(study)
    return np.array([max(0.0, found.get(one.parameter.name, 0.0)) for one in data.features])


def _spearman(data: _Data, rows: Rows) -> FloatArray:
    y = ranks(data.y[rows])
    return np.array([_of_ranks(one, rows, y) for one in data.features])


def _of_ranks(one: Feature, rows: Rows, y: FloatArray) -> float:
    """The size of Spearman's coefficient, of categories the correlation ratio of the ranks without its bias."""
    if one.parameter.kind != "category":
        x = one.matrix[rows, 0]
        return abs(correlation(ranks(x), y)) if np.ptp(x) > 0 else 0.0
    code = one.matrix[rows].argmax(axis=1)
    _, where, counts = np.unique(code, return_inverse=True, return_counts=True)
    if not 1 < len(counts) < len(y):
        return 0.0
    means = np.bincount(where, y) / counts
    within = float(np.sum((y - means[where]) ** 2)) / (len(y) - len(counts))
    return float(np.sqrt(max(0.0, 1 - within / float(np.var(y, ddof=1)))))


def _summary(method: Method, whole: FloatArray, again: Sequence[FloatArray], count: int) -> Importance:
    """The first ``count`` are params, the rest shadows."""
    drawn = np.array(again)
    values, shadows = drawn[:, :count], drawn[:, count:]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    place = np.array([ranks(-row) for row in values])
    first, last = np.quantile(place, [tail, 1 - tail], axis=0)
    noise = float(np.quantile(shadows.max(axis=1), 0.95))
    value = whole[:count]
    low, high = np.minimum(low, value), np.maximum(high, value)
    return Importance(
        method,
        tuple(value.tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        tuple(np.floor(first).astype(int).tolist()),
        tuple(np.ceil(last).astype(int).tolist()),
        tuple((low > noise).tolist()),
        noise,
    )
