"""Which params matter: bars with the interval of their value and of their rank."""

from __future__ import annotations

from typing import Any

from mlflow_ext.rest import ImportanceJob, Method, MethodImportance, ParameterImportance
from mlflow_ext_ui.text import fixed

NAMES: dict[Method, str] = {
    "fanova": "fANOVA",
    "ped_anova": "PED-ANOVA",
    "permutation": "Permutation",
    "spearman": "Spearman",
}
MEANING: dict[Method, str] = {
    "fanova": "Share of the target's variance that a param explains alone, by a random forest.",
    "ped_anova": "How far the best runs' values lie from those of all runs; 0 is not at all.",
    "permutation": "Share of variance that a random forest loses once a param's values are shuffled.",
    "spearman": "Size of the rank correlation with the target; of categories the correlation ratio of ranks.",
}


def importance(job: ImportanceJob) -> dict[str, Any]:
    """The state of the work, and by method its bars, the most important first."""
    return {
        "state": job.state,
        "done": job.done,
        "of": job.of,
        "why": job.why,
        "methods": {one.method: bars(one) for one in job.methods},
        "names": NAMES,
    }


def bars(found: MethodImportance) -> dict[str, Any]:
    """The bars of one method; ``most`` is the end of their scale."""
    most = max([one.high for one in found.params] + [one.value for one in found.params], default=0.0)
    return {
        "meaning": MEANING[found.method],
        "most": most or 1.0,
        "noise": found.noise,
        "rows": [_row(one, found.noise) for one in found.params],
    }


def rank(one: ParameterImportance) -> str:
    """ "rank 1", or "rank 2–3" where runs don't tell."""
    return f"rank {one.first}" if one.first == one.last else f"rank {one.first}–{one.last}"


def _row(one: ParameterImportance, noise: float) -> dict[str, Any]:
    said = f"{fixed(one.value, 3)}, 90% interval {fixed(one.low, 3)} to {fixed(one.high, 3)}, {rank(one)}"
    tail = "" if one.told else f"; not told from noise, which reaches {fixed(noise, 3)}"
    return {
        **one.model_dump(include={"name", "value", "low", "high", "told"}),
        "text": fixed(one.value, 3),
        "rank": rank(one),
        "said": said + tail,
    }
