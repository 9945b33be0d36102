"""How well rules find what was put into synthetic curves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from mlflow_ext_server.analysis.insight.accelerator import idle
from mlflow_ext_server.analysis.insight.divergence import divergence
from mlflow_ext_server.analysis.insight.group import outliers
from mlflow_ext_server.analysis.insight.nonfinite import nonfinite
from mlflow_ext_server.analysis.insight.overfitting import overfitting
from mlflow_ext_server.analysis.insight.pace import pace
from mlflow_ext_server.analysis.insight.plateau import plateau
from mlflow_ext_server.analysis.insight.silence import silent
from mlflow_ext_server.analysis.insight.spike import spikes
from tests.unit.analysis.insight.curves import SEEDS, Part, Sample, pair_samples, samples
from tests.unit.analysis.insight.machines import GPU, beats, busy


class Score(NamedTuple):
    """Of one rule; ``away``: medians of the distance from the true start and of its size, in shares of the run."""

    rule: str
    hits: int
    false: int
    missed: int
    away: float | None = None
    far: float | None = None

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0


def scores(part: Part, count: int) -> list[Score]:
    """Of every rule, on ``count`` curves per family."""
    made = list(samples(part, count))
    return [
        _located("divergence", made, divergence),
        _located("nonfinite", made, nonfinite),
        _located("spike", made, spikes),
        _score("plateau", ((one.flat, bool(plateau(one.curve, one.direction))) for one in made)),
        _score("improving", ((one.improving, "improving" in _pace(one)) for one in made)),
        _score("stalled", ((one.event == "stalled", "stalled" in _pace(one)) for one in made if _steady(one))),
        _score("slow", ((one.event == "slow", "slow" in _pace(one)) for one in made if _steady(one))),
        _overfitting(part, count * 4),
        _outliers(part, count * 4),
        _score("idle", ((one.idle, bool(idle({GPU: one.curve}))) for one in busy(part, count * 2))),
        _score(
            "silent",
            ((one.silent, bool(silent([one.curve], "RUNNING", 0, one.now))) for one in beats(part, count * 2)),
        ),
    ]


def _pace(one: Sample) -> list[str]:
    return [each.kind for each in pace(one.curve, one.direction)]


def _steady(one: Sample) -> bool:
    return one.event in ("none", "stalled", "slow")


def _score(rule: str, answers: Iterable[tuple[bool | None, bool]]) -> Score:
    told = [(truth, said) for truth, said in answers if truth is not None]
    return Score(
        rule,
        sum(truth and said for truth, said in told),
        sum(said and not truth for truth, said in told),
        sum(truth and not said for truth, said in told),
    )


def _located(rule: str, made: list[Sample], judge) -> Score:
    answers, away = [], []
    for one in made:
        if rule == "divergence" and one.event == "unclear":
            continue
        found = judge(one.curve, one.direction)
        truth = one.event == rule
        answers.append((truth, bool(found)))
        if truth and found:
            steps = one.curve.steps
            away.append((found[0].start - steps[one.start]) / (steps[-1] - steps[0]))
    found = _score(rule, answers)
    return found._replace(away=float(np.median(away)), far=float(np.median(np.abs(away)))) if away else found


def _overfitting(part: Part, count: int) -> Score:
    answers, away = [], []
    for one in pair_samples(part, count):
        if one.taste:
            continue
        found = overfitting(one.train, one.held_out, one.direction)
        answers.append((one.best is not None, bool(found)))
        if one.best is not None and found:
            steps = one.held_out.steps
            away.append((found[0].start - steps[one.best]) / (steps[-1] - steps[0]))
    return _score("overfitting", answers)._replace(away=float(np.median(away)), far=float(np.median(np.abs(away))))


def _outliers(part: Part, count: int) -> Score:
    """Groups of 5 to 60 runs, half of them with one that lies 8 to 30 deviations off; normal, or with longer tails."""
    answers = []
    for i in range(count):
        rng = np.random.default_rng([SEEDS[part], 88, i])
        n = int(rng.integers(5, 61))
        values = rng.normal(0, 1, n) if part == "tuning" else rng.standard_t(10, n)
        odd = bool(rng.integers(0, 2))
        if odd:
            values[0] = rng.choice([-1, 1]) * rng.uniform(8, 30)
        values = 3 + 0.2 * values
        found = outliers({str(k): value for k, value in enumerate(values)}, "loss", "lower")
        answers += [(odd, "0" in [one.run for one in found]), *((False, True) for one in found if one.run != "0")]
    return _score("outlier", answers)


def table(count: int) -> str:
    """Precision and recall of every rule on both parts, for people."""
    found = {part: {one.rule: one for one in scores(part, count)} for part in SEEDS}
    lines = [
        f"{'':14}{'tuning':^38}{'held-out':^38}",
        f"{'rule':14}" + f"{'precision':>10}{'recall':>8}{'start':>9}{'':>11}" * 2,
    ]
    for rule in found["tuning"]:
        cells = ""
        for part in SEEDS:
            one = found[part][rule]
            start = "" if one.away is None else f"{one.away:+.3f} |{one.far:.3f}|"
            cells += f"{one.precision:>10.3f}{one.recall:>8.3f}{start:>16} {f'({one.hits + one.missed})':>6}"
        lines.append(f"{rule:14}{cells}")
    return "\n".join(lines)
