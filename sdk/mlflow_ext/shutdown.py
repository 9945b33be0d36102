"""The end of the process: mark the run, wait for delivery as long as there is hope, say what remains."""

from __future__ import annotations

import atexit
import multiprocessing
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow_ext.runtime import Runtime

CHILD_SECONDS = 10.0
_exit_code: Any = None
_crashed = False
_watching = False


def register(runtime: Runtime) -> None:
    """Close ``runtime`` when its process ends; in a child of multiprocessing, where ``atexit`` does not run, too."""
    if multiprocessing.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, runtime_exit, args=(runtime, CHILD_SECONDS), exitpriority=100)
        return
    import mlflow  # noqa: F401 - its own hook, which ends the run, must be registered first to run after ours

    atexit.register(runtime_exit, runtime, None)


def runtime_exit(runtime: Runtime, limit: float | None) -> None:
    """Close ``runtime`` at the end of its process, within ``limit`` seconds or what the settings say."""
    import mlflow_ext.runtime as module

    if module.runtime() is not runtime:  # inherited by a plain os.fork
        runtime = module.runtime()
    from mlflow_ext.delivery import close_all

    close_all(runtime, limit)


def watch_exit_status() -> None:
    """From now on notice an uncaught exception and a ``sys.exit`` with a code, which ``atexit`` can't see."""
    global _watching
    if _watching:
        return
    _watching = True
    sys.excepthook = _noticing_exception(sys.excepthook)
    sys.exit = _noticing_exit(sys.exit)


def failed() -> bool:
    """Whether the process ends by an uncaught exception or with a code that means failure."""
    return _crashed or _exit_code not in (None, 0, False)


def _noticing_exception(
    original: Callable[[type[BaseException], BaseException, TracebackType | None], Any],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], Any]:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        global _crashed
        _crashed = True
        return original(kind, error, trace)

    return hook


def _noticing_exit(original: Callable[..., Any]) -> Any:
    def leave(status: Any = None, /) -> Any:
        global _exit_code
        _exit_code = status
        original(status)

    return leave
