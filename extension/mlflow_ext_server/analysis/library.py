"""What the long analyses are made with, loaded when the first of them is asked for."""

from __future__ import annotations

import importlib
import threading

_LOADING = threading.Lock()


def load() -> None:
    """Import optuna, scikit-learn and scipy.stats, by one thread at a time.

    Their modules import one another: of two threads that import them at once, one may find a module half made.
    """
    with _LOADING:
        for name in ("scipy.stats", "sklearn.ensemble", "sklearn.tree", "optuna.importance"):
            importlib.import_module(name)
