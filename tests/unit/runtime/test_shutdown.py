"""How a process ends, as its run is to be marked: real processes that load nothing but the module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlflow_ext import shutdown

HEAD = f"""
import atexit, contextlib, importlib.util, multiprocessing, os, sys, threading
from multiprocessing.util import Finalize
spec = importlib.util.spec_from_file_location("shutdown", {shutdown.__file__!r})
shutdown = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shutdown)
shutdown.watch_exit_status()

def leave():
    sys.exit(2)

def caught():
    try:
        leave()
    except SystemExit:
        return

def tell():
    print("failed" if shutdown.failed() else "finished", flush=True)

def child(end):
    Finalize(None, tell, exitpriority=100)
    exec(end)

if __name__ == "__main__":
    atexit.register(tell)
"""

ENDS = {
    "the end": ("", 0),
    "exit": ("leave()", 2),
    "exit with a message": ("sys.exit('no')", 1),
    "exit with success": ("sys.exit(0)", 0),
    "exit in a block": ("with contextlib.nullcontext(): leave()", 2),
    "exit with a clean-up": ("try: leave()\nfinally: print(end='')", 2),
    "exit passed on": ("try: leave()\nexcept SystemExit: raise", 2),
    "exit raised again": ("try: leave()\nexcept SystemExit as error: raise error", 2),
    "exit after a caught one": ("caught()\nsys.exit(0)", 0),
    "caught exit": ("try: leave()\nexcept SystemExit: pass", 0),
    "exit caught in a function": ("caught()", 0),
    "exit caught in a block": ("with contextlib.suppress(SystemExit): leave()\nprint(end='')", 0),
    "exception": ("1 / 0", 1),
    "exception after a caught exit": ("caught()\n1 / 0", 1),
    "exit of a thread": ("t = threading.Thread(target=leave)\nt.start()\nt.join()", 0),
    "exception of a thread": ("t = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()", 0),
    "hook called in a thread": (
        "t = threading.Thread(target=sys.excepthook, args=(ValueError, ValueError(), None))\nt.start()\nt.join()",
        0,
    ),
}


def run(code: str, folder: Path) -> tuple[str, int]:
    script = folder / "script.py"
    script.write_text(HEAD + code + "\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip(), done.returncode


@pytest.mark.parametrize("what", ENDS)
def test_a_process_has_failed_when_its_exit_code_says_so(what: str, tmp_path: Path) -> None:
    end, code = ENDS[what]
    assert run(end, tmp_path) == ("failed" if code else "finished", code)


@pytest.mark.parametrize("end", ["pass", "leave()", "caught()", "1 / 0", "raise SystemExit(3)", "raise SystemExit(0)"])
def test_a_child_of_multiprocessing_has_failed_when_its_exit_code_says_so(end: str, tmp_path: Path) -> None:
    code = f"""
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=child, args=({end!r},))
    process.start()
    process.join()
    print(process.exitcode, flush=True)
    os._exit(0)
"""
    told, exit_code = run(code, tmp_path)[0].split()
    assert told == ("finished" if exit_code == "0" else "failed")


def test_the_code_of_a_bare_system_exit_is_not_seen(tmp_path: Path) -> None:
    assert run("raise SystemExit(3)", tmp_path) == ("finished", 3)
