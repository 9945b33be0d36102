"""Functions of which it is known what matters."""

from __future__ import annotations

import numpy as np

from mlflow_ext.sweep import Parameter, parameter
from mlflow_ext_server.analysis.association import FloatArray


def hartmann6(x: FloatArray) -> FloatArray:
    """The six-dimensional Hartmann function of x in [0, 1], shape (n, 6); least -3.32237 (Surjanovic and Bingham)."""
    alpha = np.array([1.0, 1.2, 3.0, 3.2])
    a = np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    )
    p = np.array(
        [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
            [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
            [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ]
    )
    found: FloatArray = -np.exp(-np.sum(a * (x[:, None, :] - p) ** 2, axis=2)) @ alpha
    return found


def numbers(names: list[str], x: FloatArray) -> list[Parameter]:
    """Columns of numbers as they are logged."""
    return [parameter(name, [str(value) for value in column]) for name, column in zip(names, x.T.tolist(), strict=True)]


def linear(n: int, seed: int) -> tuple[list[Parameter], FloatArray]:
    """4, 2, 1 and 1/2 times a number, two that do not matter, and noise of 0.4."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (n, 6))
    return numbers(["four", "two", "one", "half", "none", "nil"], x), x @ [4, 2, 1, 0.5, 0, 0] + rng.normal(0, 0.4, n)


def interacting(n: int, seed: int) -> tuple[list[Parameter], FloatArray]:
    """Two numbers that matter only together, one that matters less by itself, two that do not."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 5))
    y = 3 * x[:, 0] * x[:, 1] + x[:, 2] + rng.normal(0, 0.2, n)
    return numbers(["left", "right", "alone", "none", "nil"], x), y


def categories(n: int, seed: int) -> tuple[list[Parameter], FloatArray]:
    """A category of which one level is bad, a number that matters less, one that matters little, one that does not."""
    rng = np.random.default_rng(seed)
    x, code = rng.uniform(0, 1, (n, 3)), rng.integers(0, 4, n)
    y = np.array([0, 2, 0.3, 0.1])[code] + x @ [1, 0.4, 0] + rng.normal(0, 0.2, n)
    kinds = np.array(["adam", "sgd", "lion", "lamb"])
    return [parameter("optimizer", kinds[code].tolist()), *numbers(["more", "less", "none"], x)], y
