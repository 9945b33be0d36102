"""The rows on the cost of logging, on large payloads, and on runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.process import Server, environment, server, worker
from benchmarks.proxy import CountingProxy
from benchmarks.report import Row, median
from benchmarks.rest import Reader

GROUP = "Logging (one call = one step x 3 fields, mlflow server with 1 worker on sqlite, for all the same)"
PAYLOADS = "Large payloads (same server)"
RUNS = "Runs and files"


def rows(quick: bool) -> Iterator[Row]:
    """Everything, one row after another as it is measured."""
    with server() as one:
        yield from _call_rows(one, quick)
        yield from _loop_rows(one, quick)
        yield from _visible_rows(one, quick)
    with server() as one:
        yield from _payload_rows(one, quick)
    with server() as one:
        yield from _run_rows(one, quick)
        yield from _file_rows(one, quick)


def _call_rows(one: Server, quick: bool) -> Iterator[Row]:
    calls, repeats = (500, 1) if quick else (2_000, 5)
    subjects = ("ours", "trackio", "mlflow async", "mlflow sync")
    quiet = {name: _calls(one, name, calls, 0.0, True, _repeats(name, repeats)) for name in subjects}
    peers = {name: cost["p50"] for name, cost in quiet.items() if name != "ours"}
    yield Row(
        GROUP,
        "log(), p50",
        quiet["ours"]["p50"],
        "ms",
        peers,
        1.0,
        "trackio",
        repeats,
        note="after 200 calls of warm-up; nothing of ours is uploaded meanwhile",
    )
    yield Row(GROUP, "log(), p99", quiet["ours"]["p99"], "ms", {n: quiet[n]["p99"] for n in peers}, repeats=repeats)
    subjects = ("ours", "trackio", "mlflow async")
    busy = {name: _calls(one, name, 5 * calls, 0.0003, False, _repeats(name, repeats)) for name in subjects}
    for part, target in (("p50", None), ("p99", 0.1)):
        peers = {name: cost[part] for name, cost in busy.items() if name != "ours"}
        yield Row(
            GROUP,
            f"log() while uploading, {part}",
            busy["ours"][part],
            "ms",
            peers,
            target,
            repeats=repeats,
            note="0.3 ms of Python work between calls, so that delivery goes on all the time" if target else "",
        )


def _repeats(subject: str, repeats: int) -> int:
    """MLflow's own way takes minutes, and by then has thousands of calls to its name: once is enough."""
    return 1 if subject.startswith("mlflow") else repeats


def _fewer(subject: str) -> int:
    """How many times fewer turns are enough where the cost is far above the noise."""
    return 4 if subject.startswith("mlflow") else 1


def _calls(one: Server, subject: str, calls: int, compute: float, quiet: bool, repeats: int) -> dict[str, float]:
    arguments = {"subject": subject, "calls": calls, "compute": compute, "quiet": quiet}
    found = [worker("call_cost", one.folder, one.url, **arguments) for _ in range(repeats)]
    return {part: median(result[part] for result in found) for part in ("p50", "p99")}


def _loop_rows(one: Server, quick: bool) -> Iterator[Row]:
    blocks, steps, repeats = (4, 60, 1) if quick else (24, 150, 3)
    found = {
        subject: [
            worker("slowdown", one.folder, one.url, subject=subject, blocks=blocks // _fewer(subject), steps=steps)
            for _ in range(_repeats(subject, repeats))
        ]
        for subject in ("ours", "nothing", "trackio", "mlflow async", "mlflow sync")
    }
    percent = {subject: median(result["percent"] for result in results) for subject, results in found.items()}
    step = median(result["step_ms"] for result in found["ours"])
    peers = {subject: value for subject, value in percent.items() if subject != "ours"}
    yield Row(
        GROUP,
        "a training loop, slowed by",
        percent["ours"],
        "%",
        peers,
        1.0,
        repeats=repeats,
        note=f"a step computes for {step:.1f} ms; 'nothing' logs nothing: the noise of this measurement",
    )


def _visible_rows(one: Server, quick: bool) -> Iterator[Row]:
    calls, repeats = (300, 1) if quick else (2_000, 3)
    found = {}
    for subject in ("ours", "mlflow async", "mlflow sync"):
        times = repeats if subject == "ours" else 1
        results = [worker("visible", one.folder, one.url, subject=subject, calls=calls) for _ in range(times)]
        found[subject] = {part: median(result[part] for result in results) for part in ("total", "after")}
    totals = {subject: result["total"] for subject, result in found.items() if subject != "ours"}
    after = {subject: result["after"] for subject, result in found.items() if subject != "ours"}
    yield Row(
        GROUP, f"all {calls:,} calls visible, from the first", found["ours"]["total"], "s", totals, repeats=repeats
    )
    yield Row(
        GROUP, f"all {calls:,} calls visible, after the last", found["ours"]["after"], "s", after, 1.0, None, repeats
    )


def _payload_rows(one: Server, quick: bool) -> Iterator[Row]:
    repeats = 2 if quick else 7
    ours = worker("series", one.folder, one.url, repeats=repeats)
    peers = {"mlflow log_text": _text(one, "series", repeats)}
    if not quick:
        batch = worker("log_batch", one.folder, one.url, points=100_000)
        peers["mlflow log_batch"] = batch["seconds"]
    name = "Series 3 x 100,000"
    yield Row(PAYLOADS, f"{name}: the call", ours["call"], "s", target=0.05, repeats=repeats)
    yield Row(PAYLOADS, f"{name}: parts on the server", ours["parts"], "s", peers, 0.35, None, repeats)
    yield Row(PAYLOADS, f"{name}: mirrored metrics", ours["metrics"], "s", target=0.8, repeats=repeats)
    yield Row(PAYLOADS, f"{name}: covered by its tag", ours["tag"], "s", repeats=repeats)
    for kind, title in (("matrix", "Matrix 500 x 500"), ("scatter", "Scatter 50,000"), ("table", "Table 10,000 x 10")):
        found = worker("kind", one.folder, one.url, name=kind, repeats=2 * repeats + 1)
        yield Row(
            PAYLOADS,
            title,
            found["ours"],
            "s",
            {"mlflow log_text, ready JSON": found["ready"], "mlflow log_text(json.dumps(...))": found["made"]},
            1.3,
            "mlflow log_text, ready JSON",
            2 * repeats + 1,
            note=f"validated; the call itself {found['call'] * 1e3:.0f} ms; the three in turn",
        )


def _text(one: Server, kind: str, repeats: int) -> float:
    return float(worker("log_text", one.folder, one.url, name=kind, repeats=repeats)["seconds"])


def _run_rows(one: Server, quick: bool) -> Iterator[Row]:
    repeats = 5 if quick else 20
    found = {
        subject: worker("start_finish", one.folder, one.url, subject=subject, repeats=repeats)["ms"]
        for subject in ("ours", "mlflow")
    }
    yield Row(RUNS, "run start + finish", found["ours"], "ms", {"mlflow": found["mlflow"]}, 1.3, "mlflow", repeats)
    imports = [_import_cost(one.folder) for _ in range(3 if quick else 9)]
    yield Row(RUNS, "import mlflow_ext beyond mlflow", median(imports), "ms", target=50, repeats=len(imports))


def _import_cost(folder: Path) -> float:
    code = "import mlflow, time; t = time.perf_counter(); import mlflow_ext; print((time.perf_counter() - t) * 1e3)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(folder), capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _file_rows(one: Server, quick: bool) -> Iterator[Row]:
    points, calls, seconds = (20_000, 200, 4.0) if quick else (120_000, 1_200, 20.0)
    with CountingProxy(one.port) as proxy:
        result = worker("trickle", one.folder, proxy.url, points=points, calls=calls, seconds=seconds)
        sent = proxy.sent
    reader = Reader(one.url, result["run_id"])
    folders = [entry["path"] for entry in reader.artifacts("ext/series")]
    files = [entry for folder in folders for entry in reader.artifacts(folder)]
    size = sum(int(entry["file_size"]) for entry in files)
    name = f"a Series of {points:,} points in {calls:,} calls"
    yield Row(RUNS, f"{name}: files", len(files), "", target=points // 50_000 + 2)
    yield Row(
        RUNS,
        f"{name}: bytes sent / stored",
        sent / size,
        "x",
        target=3.0,
        note=f"{sent / 1e6:.1f} MB sent, all requests and headers included, for {size / 1e6:.1f} MB of files",
    )
