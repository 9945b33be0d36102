"""Invented sweeps: 60 runs as in a study of encoders, 250 with long names, 1,000 of 20 params, and what is no sweep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from mlflow_ext_server.sweep import SweepReader
from mlflow_ext_ui.memory import MemorySource

# warnings.catch_warnings, by which the SDK quiets optuna, holds for one thread at a time
QUIET = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning", "ignore::FutureWarning")
ENCODERS = ("convnext_tiny", "effnet_b3", "resnet50", "vit_small")


def sweeps() -> MemorySource:
    """All of them; the newest experiment is the study of encoders."""
    source = MemorySource(metric="val/macro_f1")
    source.sweeps = SweepReader(source)
    _odd(source)
    _wide(source)
    _long(source)
    study(source)
    return source


def _run(source: MemorySource, experiment: str, name: str, params: Mapping[str, Any], **metrics: float) -> str:
    texts = {key: str(value) for key, value in params.items()}
    last = metrics.get("f1")
    run = source.add_run(
        experiment, name, params=texts, metric=last, metrics={} if last is None else {"val/macro_f1": last}
    )
    for key, value in metrics.items():
        field = {"f1": "val/macro_f1"}.get(key, key)
        source.line(run, field, range(3), (value - 0.1, value + 0.02, value), origin="metric", section="Metrics")
    return run


def study(source: MemorySource) -> None:
    """Add 64 runs, 4 without the metric, some without a param."""
    experiment = source.add_experiment("oct-retina-4class")
    rng = np.random.default_rng(3)
    for i in range(64):
        lr = 10 ** rng.uniform(-5, -2)
        encoder = ENCODERS[rng.integers(4)]
        params = {
            "learning_rate": f"{lr:.3g}",
            "encoder": encoder,
            "optimizer": ("adamw", "lion", "sgd")[rng.integers(3)],
            "mixup_alpha": f"{rng.uniform(0, 0.8):.3f}",
            "dropout": f"{rng.uniform(0, 0.5):.3f}",
            "weight_decay": f"{10 ** rng.uniform(-6, -2):.3g}",
            "batch_size": int(2 ** rng.integers(4, 8)),
        }
        if i % 9 == 0:
            del params["dropout"]
        f1 = 0.94 - 0.03 * (math.log10(lr) + 3.4) ** 2 + 0.02 * (encoder == "convnext_tiny") + rng.normal(0, 0.008)
        seconds = 40 + 30 * ENCODERS.index(encoder) + rng.normal(0, 3)
        _run(
            source,
            experiment,
            f"{encoder}-{i:02d}",
            params,
            **({} if i % 16 == 5 else {"f1": f1}),
            seconds_loss=seconds,
        )


def _long(source: MemorySource) -> None:
    experiment = source.add_experiment("long names")
    rng = np.random.default_rng(4)
    names = [f"augmentation-policy-with-a-very-long-{i:04d}" for i in range(9)]
    for i in range(250):
        params = {
            "augmentation_policy_of_the_first_training_stage": names[rng.integers(9)],
            "checkpoint": f"s3-bucket-checkpoint-of-pretraining-{i:05d}",
            "amp": bool(rng.integers(2)),
            "loss_function": "focal",
            "lr": f"{10 ** rng.uniform(-5, -2):.3g}",
            "scheduler": ("cosine-annealing-with-warm-restarts-0001", "one-cycle-with-linear-warmup-and-cooldown")[
                i % 2
            ],
        }
        _run(
            source,
            experiment,
            f"run-{i}",
            params,
            f1=0.8
            + 0.1 * (names.index(params["augmentation_policy_of_the_first_training_stage"]) % 3)
            + rng.normal(0, 0.02),
        )


def _wide(source: MemorySource) -> None:
    experiment = source.add_experiment("1,000 runs")
    rng = np.random.default_rng(5)
    for i in range(1000):
        params = {f"p{j:02d}": f"{rng.uniform():.4f}" for j in range(15)}
        params |= {f"c{j}": "abc"[rng.integers(3)] for j in range(5)}
        f1 = 0.3 * float(params["p00"]) + 0.2 * float(params["p01"]) + 0.1 * (params["c0"] == "a") + rng.normal(0, 0.05)
        _run(source, experiment, f"trial-{i:04d}", params, f1=f1)


def _odd(source: MemorySource) -> None:
    one = source.add_experiment("one run")
    _run(source, one, "alone", {"lr": 0.1}, f1=0.5)
    bare = source.add_experiment("no metric")
    for i in range(5):
        _run(source, bare, f"bare-{i}", {"lr": 10.0**-i, "common": 1})
    many = source.add_experiment("200 params")
    rng = np.random.default_rng(6)
    for i in range(40):
        params = {f"model.layer_{j:03d}.width": int(rng.integers(1, 512)) for j in range(200)}
        _run(source, many, f"many-{i}", params, f1=math.nan if i % 7 == 0 else float(rng.uniform()))
