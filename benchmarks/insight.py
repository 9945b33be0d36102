"""``python -m benchmarks.insight [count]``: how well training insight finds what was put into synthetic curves.

Precision, recall, and for rules that mark a start the median distance from the true one and its median size, in shares
of the run's steps; in parentheses how many there were to find. Thresholds were chosen on the tuning part alone; the
held-out part has shapes and seeds of its own. Nothing random, nothing timed: the same table on every machine.
"""

from __future__ import annotations

import argparse

from tests.unit.analysis.insight.score import table

COUNT = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.insight", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COUNT, help="curves of each of 15 families")
    print(table(parser.parse_args().count))


if __name__ == "__main__":
    main()
