"""``python -m benchmarks.importance``: is the known order of what matters found, beside optuna's own evaluators?

Of each function and number of runs: the rank correlation (Spearman) of the importances with the Sobol indices of the
function, median over the seeds, and the seconds of one evaluation. What a param explains alone is its first-order
index, what is lost without it, by permutation, its total one; ``scipy.stats.sobol_indices`` estimates both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import optuna
from optuna.importance import BaseImportanceEvaluator, FanovaImportanceEvaluator, PedAnovaImportanceEvaluator
from scipy.stats import sobol_indices, spearmanr, uniform
from tests.unit.analysis.known import categories, hartmann6, interacting, linear, numbers

from mlflow_ext.sweep import Parameter
from mlflow_ext_server.analysis.association import FloatArray
from mlflow_ext_server.analysis.feature import features
from mlflow_ext_server.analysis.importance import METHODS, importance
from mlflow_ext_server.analysis.trial import trials

SEEDS = {30: 10, 100: 10, 1000: 3}
_SAMPLE = 2**14
_DIGITS = 3  # beyond them is the error of the estimate


class Known(NamedTuple):
    """A function: its runs by number and seed, and the noiseless function of (d, n) numbers from 0 to 1."""

    runs: Callable[[int, int], tuple[list[Parameter], FloatArray]]
    truth: Callable[[FloatArray], FloatArray]
    params: int


def _hartmann(n: int, seed: int) -> tuple[list[Parameter], FloatArray]:
    x = np.random.default_rng(seed).uniform(0, 1, (n, 6))
    return numbers([f"x{i}" for i in range(1, 7)], x), hartmann6(x)


def _category(x: FloatArray) -> FloatArray:
    code = np.minimum(3, (4 * x[0]).astype(int))
    return np.array([0, 2, 0.3, 0.1])[code] + x[1] + 0.4 * x[2]


KNOWN = {
    "hartmann6": Known(_hartmann, lambda x: hartmann6(x.T), 6),
    "linear": Known(linear, lambda x: 4 * x[0] + 2 * x[1] + x[2] + x[3] / 2, 6),
    "interaction": Known(interacting, lambda x: 3 * (2 * x[0] - 1) * (2 * x[1] - 1) + 2 * x[2] - 1, 5),
    "category": Known(categories, _category, 4),
}
EVALUATORS: dict[str, Callable[[], BaseImportanceEvaluator]] = {
    "optuna fanova": lambda: FanovaImportanceEvaluator(seed=0),
    "optuna ped_anova": PedAnovaImportanceEvaluator,
}


def indices(known: Known) -> tuple[FloatArray, FloatArray]:
    """The first-order and the total Sobol index of each param, shape (d,)."""
    found = sobol_indices(func=known.truth, n=_SAMPLE, dists=[uniform()] * known.params, rng=np.random.default_rng(1))
    return np.round(found.first_order, _DIGITS), np.round(found.total_order, _DIGITS)


def optunas(parameters: list[Parameter], y: FloatArray, evaluator: BaseImportanceEvaluator) -> list[float]:
    """What an evaluator of optuna says of the same runs."""
    study = optuna.create_study()
    study.add_trials(trials(features(parameters)[0], y))
    found = evaluator.evaluate(study)
    return [float(found[one.name]) for one in parameters]


def main() -> None:
    """Print the table."""
    print(f"{'function':12} {'runs':>5} {'method':17} {'rank correlation':>16} {'seconds':>8}")
    for name, known in KNOWN.items():
        alone, whole = indices(known)
        for n, seeds in SEEDS.items():
            agree: dict[str, list[float]] = {}
            took: dict[str, list[float]] = {}
            for seed in range(seeds):
                parameters, y = known.runs(n, seed)
                begin = time.perf_counter()
                ours = importance(parameters, y, "lower", resamples=2)
                took.setdefault("ours, all four", []).append(time.perf_counter() - begin)
                told = {f"our {method}": list(ours[method].value) for method in METHODS}
                for label, make in EVALUATORS.items():
                    begin = time.perf_counter()
                    told[label] = optunas(parameters, y, make())
                    took.setdefault(label, []).append(time.perf_counter() - begin)
                for label, values in told.items():
                    truth = whole if label == "our permutation" else alone
                    agree.setdefault(label, []).append(float(spearmanr(values, truth).statistic))
            for label, found in agree.items():
                seconds = f"{statistics.median(took[label]):8.2f}" if label in took else ""
                print(f"{name:12} {n:5} {label:17} {statistics.median(found):16.2f} {seconds}")
            print(
                f"{name:12} {n:5} {'ours, all four':17} {'':16} {statistics.median(took['ours, all four']):8.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
