"""The end of the process: mark the run, wait for delivery as long as there is hope, say what remains."""

from __future__ import annotations

import atexit
import multiprocessing
import opcode
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow_ext.runtime import Runtime

CHILD_SECONDS = 10.0
_exit: tuple[Any, FrameType] | None = None  # the last code of sys.exit, and the frame that ends uncaught if it does
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
    """Whether the process, which is at its end, ends by an uncaught exception or a ``sys.exit`` that means failure.

    A code given to ``raise SystemExit`` itself leaves no trace by then, and counts as success.
    """
    if multiprocessing.parent_process() is not None and (error := sys.exc_info()[1]) is not None:
        return not clean_exit(error)  # before Python 3.13 its finalizers run while the exception is on its way
    if _crashed or _exit is None:
        return _crashed
    code, outermost = _exit
    return _means_failure(code) and _outermost() is not outermost and not _returned(outermost)


def clean_exit(error: BaseException | None) -> bool:
    """Whether an exception only ends the process, with success."""
    return isinstance(error, SystemExit) and not _means_failure(error.code)


def _means_failure(code: Any) -> bool:
    return code not in (None, 0, False)


def _returned(frame: FrameType) -> bool:
    """Whether a frame that is over came to its end, and was not left by an exception."""
    return opcode.opname[frame.f_code.co_code[frame.f_lasti]].startswith("RETURN")


def _outermost() -> FrameType:
    """The frame in which the present thread began."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
    return frame


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _noticing_exception(
    original: Callable[[type[BaseException], BaseException, TracebackType | None], Any],
) -> Callable[[type[BaseException], BaseException, TracebackType | None], Any]:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        global _crashed
        _crashed = _crashed or _in_main_thread()
        return original(kind, error, trace)

    return hook


def _noticing_exit(original: Callable[..., Any]) -> Any:
    def leave(status: Any = None, /) -> Any:
        global _exit
        if _in_main_thread():
            _exit = (status, _outermost())
        original(status)

    return leave
