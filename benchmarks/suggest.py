"""``python -m benchmarks.suggest [--seeds N] [--runs N]``: what to try next, against random search.

Each function starts from the same random runs for both; then one search asks for the next configuration after each
run, the other draws it by chance.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from tests.unit.analysis.known import hartmann6

from mlflow_ext.sweep import Outcome, Space, Target, space_of, suggestions
from mlflow_ext.sweep.point import text
from mlflow_ext.sweep.sampler import drawn

START = 8
TARGET = (Target("loss", "lower"),)
Params = Mapping[str, str]


class Function(NamedTuple):
    """One to minimise: its space, its least value, how many runs each search has."""

    name: str
    space: Space
    least: float
    runs: int
    of: Callable[[Params], float]


def _hartmann6(params: Params) -> float:
    return float(hartmann6(np.array([[float(params[f"x{i}"]) for i in range(6)]]))[0])


def _branin(params: Params) -> float:
    """Surjanovic and Bingham, Virtual Library of Simulation Experiments; least 0.397887."""
    x, y = float(params["x"]), float(params["y"])
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def _mixed(params: Params) -> float:
    """A training as one meets it: each optimizer has a rate of its own, width helps less and less, dropout a little."""
    best, floor = {"adam": (-3.0, 0.0), "sgd": (-1.5, 0.15), "lion": (-4.0, 0.05), "rmsprop": (-3.2, 0.3)}[
        params["optimizer"]
    ]
    rate = (math.log10(float(params["lr"])) - best) ** 2 * 0.4
    momentum = 2 * (float(params["momentum"]) - 0.9) ** 2 if "momentum" in params else 0.0
    return floor + rate + momentum + 2 / float(params["width"]) + (float(params["dropout"]) - 0.2) ** 2


def _number(low: float, high: float, **more: object) -> dict[str, object]:
    return {"kind": "number", "low": low, "high": high, **more}


FUNCTIONS = (
    Function("hartmann6", space_of({"params": {f"x{i}": _number(0, 1) for i in range(6)}}), -3.32237, 60, _hartmann6),
    Function("branin", space_of({"params": {"x": _number(-5, 10), "y": _number(0, 15)}}), 0.397887, 30, _branin),
    Function(
        "mixed: 4 optimizers, lr on a log scale",
        space_of(
            {
                "params": {
                    "optimizer": {"kind": "category", "choices": ["adam", "lion", "rmsprop", "sgd"]},
                    "lr": _number(1e-6, 1, log=True),
                    "momentum": _number(0, 0.99, when={"param": "optimizer", "values": ["sgd"]}),
                    "width": _number(4, 256, log=True, whole=True),
                    "dropout": _number(0, 0.8),
                }
            }
        ),
        2 / 256,
        40,
        _mixed,
    ),
)


class Search(NamedTuple):
    """The least value found, and of each forecast whether the value lay within its spread."""

    best: float
    within: list[bool]


def random_search(function: Function, seed: int, runs: int) -> list[Outcome]:
    """Runs by chance."""
    rng = np.random.default_rng(seed)
    made = []
    for at in range(runs):
        here = drawn(function.space, rng)
        params = {name: text(function.space.params[name], value) for name, value in here.items()}
        made.append(Outcome(f"{at:04}", params, (function.of(params),)))
    return made


def guided_search(function: Function, seed: int, runs: int) -> Search:
    """The first runs of the random search, then what is suggested, one by one."""
    made = random_search(function, seed, START)
    within = []
    while len(made) < runs:
        (one,) = suggestions(made, TARGET, 1, function.space, tested=False)
        params = {name: str(value) for name, value in one.params.items()}
        value = function.of(params)
        made.append(Outcome(f"{len(made):04}", params, (value,)))
        if one.expected is not None and one.spread is not None:
            within.append(abs(value - one.expected) <= one.spread)
    return Search(_least(made), within)


def _least(made: list[Outcome]) -> float:
    return min(one.values[0] for one in made if one.values[0] is not None)


def sign_test(wins: int, of: int) -> float:
    """The chance of as many wins or more if both were alike."""
    return sum(math.comb(of, k) for k in range(wins, of + 1)) / 2**of


def main() -> None:
    """Print a row per function."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suggest", description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--runs", type=int, default=None, help="of each search; by default as fits the function")
    parser.add_argument("--only", nargs="+", choices=[one.name.split(":")[0] for one in FUNCTIONS])
    given = parser.parse_args()
    print(
        "| function | runs | seeds | median regret, suggested | random | won | p (sign) | within the spread | s a run |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for function in FUNCTIONS:
        if given.only and function.name.split(":")[0] not in given.only:
            continue
        runs = given.runs or function.runs
        began = time.monotonic()
        guided = [guided_search(function, seed, runs) for seed in range(given.seeds)]
        seconds = (time.monotonic() - began) / given.seeds / (runs - START)
        chance = [_least(random_search(function, seed, runs)) - function.least for seed in range(given.seeds)]
        regret = [one.best - function.least for one in guided]
        won = sum(mine < other for mine, other in zip(regret, chance, strict=True))
        within = [hit for one in guided for hit in one.within]
        print(
            f"| {function.name} | {runs} | {given.seeds} | {statistics.median(regret):.3g}"
            f" | {statistics.median(chance):.3g} | {won} of {given.seeds} | {sign_test(won, given.seeds):.2g}"
            f" | {statistics.mean(within):.0%} | {seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
