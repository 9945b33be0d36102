"""The rows of the Sweeps tab: opened in a fresh browser on an experiment whose sweep nobody has asked for before."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator

import numpy as np
import optuna
import requests
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from playwright.sync_api import Browser

from benchmarks.filling import fill
from benchmarks.page import chromium, fresh, opened
from benchmarks.process import Server, server
from benchmarks.report import Row, median

GROUP = "The Sweeps tab (headless Chromium, cold browser cache, warm server, every sweep new to it)"
NUMBERS, METRICS = 15, 3
_FEW = 100  # of a thousand runs it takes minutes
OPTIMIZERS = ("adam", "sgd", "lion")
ENCODERS = tuple(f"encoder-{i:02}-whose-name-is-forty-letters-long"[:40] for i in range(12))
# lines and bars are there, and the scatter of the first param is drawn
USABLE = """() => document.querySelector('.x-parallel[data-ready]')
  && document.querySelector('[data-sweep=correlation] .x-bar-row')
  && document.querySelector('[data-sweep=scatter] [data-drawn]')"""
RANKED = "() => document.querySelector('[data-sweep=importance] .x-bar-row')"


class Sweep:
    """A random search over 20 params, of which three matter: numbers, log-scaled ones, categories and a boolean."""

    def __init__(self, seed: int, runs: int) -> None:
        chance = np.random.default_rng(seed)
        self.numbers = chance.random((runs, NUMBERS))
        self.rate = 10 ** chance.uniform(-5, -1, runs)
        self.decay = 10 ** chance.uniform(-6, -2, runs)
        self.optimizer = chance.integers(len(OPTIMIZERS), size=runs)
        self.encoder = chance.integers(len(ENCODERS), size=runs)
        self.norm = chance.integers(2, size=runs)
        noise = chance.normal(0, 0.1, runs)
        self.loss = (np.log10(self.rate) + 3) ** 2 + self.numbers[:, 0] + 0.3 * self.optimizer + noise

    def config(self, run: int) -> dict[str, str]:
        """What the run was started with, as MLflow stores it."""
        numbers = {f"p{i}": repr(float(x)) for i, x in enumerate(self.numbers[run])}
        rates = {"lr": f"{self.rate[run]:.3e}", "weight_decay": f"{self.decay[run]:.3e}"}
        names = {"optimizer": OPTIMIZERS[self.optimizer[run]], "encoder": ENCODERS[self.encoder[run]]}
        return {**numbers, **rates, **names, "norm": str(bool(self.norm[run]))}

    def value(self, run: int, metric: int, step: int) -> float:
        """A loss on its way down to that of the run."""
        return float(self.loss[run] + metric + np.exp(-step))


def rows(quick: bool) -> Iterator[Row]:
    """Everything, one row after another as it is measured."""
    runs, repeats = (200, 2) if quick else (1_000, 5)
    with server("ext-server") as one, chromium() as browser:
        made = [Sweep(seed, runs) for seed in range(repeats + 1)]
        experiments = [
            fill(one, f"sweep {i}", runs, metrics=METRICS, points=10, config=sweep.config, value=sweep.value)
            for i, sweep in enumerate(made)
        ]
        named = f"() => document.body.innerText.includes('run-{runs - 1:05}')"
        theirs = [opened(browser, f"{one.url}/#/experiments/{each}/runs", named)[0] for each in experiments][1:]
        found = [_open(browser, one, each) for each in experiments][1:]
        usable, ranked = (median(column) for column in zip(*found, strict=True))
        name = f"{runs:,} runs x 20 params x 1 target"
        yield Row(GROUP, f"{name}: usable", usable, "s", {"mlflow's run table": median(theirs)}, 2.0, repeats=repeats)
        peers = _optuna(made[0])
        yield Row(GROUP, f"{name}: importance with intervals", ranked, "s", peers, repeats=repeats)
        asked = [_ask(one, experiment) for experiment in experiments[1:]]
        yield Row(GROUP, f"{name}: five suggestions", median(asked), "s", repeats=repeats)


def _open(browser: Browser, one: Server, experiment: str) -> tuple[float, float]:
    """Seconds from navigation until the tab can be used, and until it says what matters."""
    with fresh(browser) as meter:
        meter.page.goto(f"{one.url}/ext/sweeps?experiment={experiment}&target=metric_0&good=lower", wait_until="commit")
        meter.page.wait_for_function(USABLE)
        usable = float(meter.page.evaluate("performance.now()")) / 1e3
        meter.page.wait_for_function(RANKED)
        return usable, float(meter.page.evaluate("performance.now()")) / 1e3


def _ask(one: Server, experiment: str) -> float:
    with sqlite3.connect(one.database.removeprefix("sqlite:///"), timeout=60) as store:
        found = store.execute("select run_uuid from runs where experiment_id = ?", (int(experiment),))
        ids = [row[0] for row in found]
    body = {"ids": ids, "target": "metric_0", "direction": "lower", "n": 5}  # the page has asked for three
    begin = time.perf_counter()
    answer = requests.post(f"{one.url}/ext/api/suggestions", json=body, timeout=120)
    answer.raise_for_status()
    seconds = time.perf_counter() - begin
    if len(answer.json()["items"]) != body["n"]:
        raise RuntimeError(f"not {body['n']} suggestions: {answer.text[:500]}")
    return seconds


def _optuna(sweep: Sweep) -> dict[str, float]:
    """Seconds of optuna's own evaluators on some of the same runs, without intervals; each of them once."""
    space: dict[str, BaseDistribution] = {f"p{i}": FloatDistribution(0, 1) for i in range(NUMBERS)}
    space |= {"lr": FloatDistribution(1e-5, 1e-1, log=True), "weight_decay": FloatDistribution(1e-6, 1e-2, log=True)}
    space |= {"optimizer": CategoricalDistribution(OPTIMIZERS), "encoder": CategoricalDistribution(ENCODERS)}
    space["norm"] = CategoricalDistribution(("True", "False"))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    for run, loss in enumerate(sweep.loss[:_FEW]):
        given = sweep.config(run)
        params = {
            key: float(text) if isinstance(space[key], FloatDistribution) else text for key, text in given.items()
        }
        study.add_trial(optuna.create_trial(params=params, distributions=space, value=float(loss)))
    took = {}
    for name, evaluator in {
        f"optuna fanova, {_FEW} runs": optuna.importance.FanovaImportanceEvaluator(seed=0),
        f"optuna ped_anova, {_FEW} runs": optuna.importance.PedAnovaImportanceEvaluator(),
    }.items():
        begin = time.perf_counter()
        evaluator.evaluate(study)
        took[name] = time.perf_counter() - begin
    return took
