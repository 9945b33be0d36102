"""The libraries of the long analyses, loaded by threads that all come at once."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import threading
from mlflow_ext_server.analysis.library import load
at_once, failed = threading.Barrier(3), []
def first(name):
    at_once.wait()
    try:
        load()
        __import__(name)
    except BaseException as error:
        failed.append(error)
threads = [threading.Thread(target=first, args=(name,)) for name in ("sklearn.ensemble", "optuna", "scipy.stats")]
[one.start() for one in threads]
[one.join() for one in threads]
assert not failed, failed
"""


def test_threads_that_come_at_once_find_them_whole() -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT], check=False).returncode == 0
