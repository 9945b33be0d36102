"""What a plot of a run that can't be read says of it, in place of the picture."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from mlflow_ext.errors import MlflowExtError, NotFound, StoreUnavailable
from mlflow_ext.store_format import NewerFormat
from mlflow_ext_server.regular_file import TooLarge
from mlflow_ext_ui.source import Trouble

T = TypeVar("T")
logger = logging.getLogger(__name__)


def tried(run: str, key: str, read: Callable[[], T]) -> T | Trouble:
    """What ``read`` gives; whatever fails in it is the trouble of this plot of this run, and of no other."""
    try:
        return read()
    except (MlflowExtError, OSError) as error:
        return trouble(run, error)
    except Exception as error:
        logger.exception("The plot %s of the run %s could not be read", key, run)
        return trouble(run, error)


def trouble(run: str, error: Exception) -> Trouble:
    """What a person is told of an error in a plot of a run."""
    details = f"{type(error).__name__}: {error}"
    if isinstance(error, NewerFormat):
        return Trouble(run, "Written by a newer version", str(error), retry=False, details=details)
    if isinstance(error, NotFound):
        return Trouble(
            run, "Data is missing", "A file that the run names is not in its artifacts. The rest of the run is safe.",
            details=details,
        )  # fmt: skip
    if isinstance(error, StoreUnavailable):
        return Trouble(
            run, "This plot could not be read", "The artifact store gives no answer. Values already uploaded are safe.",
            details=details,
        )  # fmt: skip
    if isinstance(error, TooLarge):
        return Trouble(run, "This plot is too large to show", str(error), retry=False, details=details)
    return Trouble(run, "This plot could not be read", "A file of the run is damaged.", retry=False, details=details)
