"""Runs as finished trials of optuna, over a space inferred from them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState

from mlflow_ext_server.analysis.feature import Feature

FloatArray = NDArray[np.float64]

optuna.logging.set_verbosity(optuna.logging.WARNING)


class SharedTrial(FrozenTrial):
    """A finished trial whose copies share its params and space: a study copies what it is given, all of it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> SharedTrial:
        return copy.copy(self)


def trials(features: Sequence[Feature], values: FloatArray) -> list[SharedTrial]:
    """One finished trial per run; numbers from 0 to 1, their place in their range on their scale.

    Args:
        features: d params of n runs; a number that a run lacks stands at the median.
        values: shape (n,), finite.
    """
    space = {one.parameter.name: _distribution(one) for one in features}
    columns = {one.parameter.name: _values(one) for one in features}
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return [
        SharedTrial(
            number=i,
            trial_id=i,
            state=TrialState.COMPLETE,
            value=value,
            datetime_start=now,
            datetime_complete=now,
            params={name: column[i] for name, column in columns.items()},
            distributions=space,
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )
        for i, value in enumerate(values.tolist())
    ]


def _distribution(one: Feature) -> BaseDistribution:
    return FloatDistribution(0.0, 1.0) if one.parameter.numeric else CategoricalDistribution(one.names)


def _values(one: Feature) -> list[Any]:
    if one.parameter.numeric:
        found: list[Any] = one.matrix[:, 0].tolist()
        return found
    if one.parameter.kind == "category":
        return [one.names[place] for place in one.matrix.argmax(axis=1).tolist()]
    lacking: list[bool] = (one.matrix[:, 1:].sum(axis=1) > 0).tolist()
    told: list[int] = one.matrix[:, 0].astype(np.intp).tolist()
    return [one.names[-1] if none else one.names[place] for place, none in zip(told, lacking, strict=True)]
