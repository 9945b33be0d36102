"""Whether a metric is better low or high, as far as its name tells."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Direction = Literal["lower", "higher"]

LOWER = frozenset(
    {
        "loss", "losses", "error", "errors", "err", "mse", "rmse", "msle", "rmsle", "mae", "mape", "nll", "bce",
        "perplexity", "ppl", "wer", "cer", "fid", "ece", "brier", "logloss", "regret", "kl", "eer", "fpr", "fnr",
    }
)  # fmt: skip
HIGHER = frozenset(
    {
        "acc", "accuracy", "auc", "auroc", "auprc", "ap", "map", "f1", "precision", "recall", "r2", "dice", "iou",
        "miou", "bleu", "rouge", "reward", "return", "psnr", "ssim", "mcc", "kappa", "sensitivity", "specificity",
        "top1", "top5", "ndcg", "mrr", "tpr", "elo", "score",
    }
)  # fmt: skip
SPREAD = frozenset(
    {
        "std", "stddev", "stdev", "stderr", "sd", "sem", "var", "variance", "ci", "ci90", "ci95", "ci99", "iqr",
        "stds", "stderrs", "vars", "cis",
    }
)  # fmt: skip
"""Words of how sure a metric is, and not of how good: neither way is better."""


def undecided(name: str, cure: str, field: str = "order") -> str:
    """What to say where runs are to be ranked by a metric whose name does not tell; ``cure`` is what to give."""
    return f"{field}: whether {name!r} is better low or high, its name does not tell: give {cure}."


@lru_cache(16_384)  # asked for every run and key of a table
def better(name: str) -> Direction | None:
    """The direction that the last telling word of a metric's name gives.

    None when no word tells, and where one says that it is a spread, such as accuracy_std, mean_err_stderr or auc_ci.
    """
    words = re.split(r"[^a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())
    if not SPREAD.isdisjoint(words):
        return None
    for word in reversed(words):
        if word in LOWER or word.endswith("loss"):
            return "lower"
        if word in HIGHER:
            return "higher"
    return None
