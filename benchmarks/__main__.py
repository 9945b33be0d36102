"""``python -m benchmarks [--quick] [--only GROUP ...]``: measure, print the table, write the JSON."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator

from benchmarks import calls, faults, page, reading, report, sweep
from benchmarks.report import Row

GROUPS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "calls": calls.rows,
    "reading": reading.rows,
    "faults": faults.rows,
    "page": page.rows,
    "sweep": sweep.rows,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls and repeats")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    given = parser.parse_args()
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    began = time.monotonic()
    rows: list[Row] = []
    for group in given.only:
        for row in GROUPS[group](given.quick):
            rows.append(row)
            print(report.line(row), file=sys.stderr, flush=True)
    print(report.table(rows))
    path = report.write(rows, quick=given.quick)
    missed = [row for row in rows if row.reached is False]
    print(f"\n{len(rows)} rows in {time.monotonic() - began:.0f} s, {len(missed)} short of their target; {path}")


if __name__ == "__main__":
    main()
