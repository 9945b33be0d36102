"""What was logged is what is stored: values, names, kinds, files, through any kind of tracking address."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from tests.integration.runtime.conftest import Bench, Reader

NAMES = [
    "training",
    "spaces and / slashes",
    "ünïcödé ✓ 漢字",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    'quotes " and \\ backslash',
    "tab\tand\nnewline",
    "a//b",
    "./a",
    "ends.",
    "#?%&",
    "x" * 250,
    "CON",
    "🙂" * 100,
]


def run_of(output: str) -> str:
    found = re.search(r"run (\w+)", output)
    assert found
    return found[1]


def test_every_value_is_stored_exactly(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        import datetime, decimal
        import numpy as np
        nan, inf = float("nan"), float("inf")
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            values = [0.1 + 0.2, nan, inf, -inf, -0.0, 5e-324, 1.7976931348623157e308, 2**53 + 1, 2**63]
            for step, value in enumerate(values):
                ext.log("points", {"step": step, "v": value})
            ext.log("numpy", {"step": np.int64(3), "v": np.float32(0.1), "b": np.bool_(True), "h": np.float16(0.5)})
            ext.log("times", {"time": datetime.datetime(2024, 1, 2, 3, 4, 5, 678), "v": 1})
            ext.log("times", {"time": np.datetime64("2024-01-03T00:00:00"), "v": decimal.Decimal("0.25")})
            ext.log("whole", ext.Series(index="step", fields={"v": [1.0, nan, inf, None], "n": [1, 2, 3, 4]}))
            ext.log("grid", ext.Matrix(["a"], ["b", "c"], [[nan, -inf]]), metadata={"note": nan, "text": "NaN"})
            ext.log("mixed", ext.Table(["name", "value"], [["NaN", nan], ["x", inf], [None, 2]]))
        """
    )
    run_id, reader = run_of(script.stdout()), Reader(bench.uri)
    values, missing = reader.series(run_id, "points", tmp_path).fields["v"]
    assert not missing.any()
    expected = [0.1 + 0.2, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308]
    assert [repr(value) for value in values.tolist()[:7]] == [repr(value) for value in expected]
    raw = next(part.versions[0].data for part in reader.parts(run_id, tmp_path) if part.name == "points")
    assert raw["fields"]["v"][7:] == [2**53 + 1, 2**63]
    assert raw["fields"]["v"][1:4] == ["NaN", "Infinity", "-Infinity"]
    history = reader.history(run_id, "points/v")
    assert math.isnan(history[1])
    assert (history[0], history[5]) == (0.1 + 0.2, 5e-324)
    assert history[2] > 1.7e308
    numpy = reader.series(run_id, "numpy", tmp_path)
    assert numpy.x.tolist() == [3]
    assert {name: column[0][0] for name, column in numpy.fields.items()} == {"v": 0.10000000149011612, "b": 1, "h": 0.5}
    times = reader.series(run_id, "times", tmp_path)
    assert times.x_text == ("2024-01-02T03:04:05.000678", "2024-01-03T00:00:00")
    assert times.fields["v"][0].tolist() == [1, 0.25]
    whole = reader.series(run_id, "whole", tmp_path)
    assert whole.fields["v"][1].tolist() == [False, False, False, True]
    by_name = {part.name: part for part in reader.parts(run_id, tmp_path)}
    grid = by_name["grid"].versions[0]
    assert grid.data["values"] == [["NaN", "-Infinity"]]
    assert math.isnan(grid.metadata["note"])
    assert grid.metadata["text"] == "NaN"
    table = by_name["mixed"].primitive(by_name["mixed"].versions[0])
    assert repr(table.rows().rows) == repr([("NaN", math.nan), ("x", math.inf), (None, 2)])


def test_names_of_every_kind_arrive_unchanged(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        f"""
        import json
        names = json.loads({json.dumps(json.dumps(NAMES))})
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            for number, name in enumerate(names):
                ext.log(name, {{"step": 0, name: number}}, section=name)
                ext.log(ext.Distribution([1.0, 2.0]), name=name)
            counts = ext.flush()
            print("left", counts.pending, counts.rejected)
        """
    )
    assert "left 0 0" in script.stdout()
    run_id, reader = run_of(script.stdout()), Reader(bench.uri)
    parts = reader.parts(run_id, tmp_path)
    assert sorted((part.kind, part.name) for part in parts) == sorted(
        (kind, name) for name in NAMES for kind in ("series", "distribution")
    )
    for part in parts:
        if part.kind == "series":
            number = NAMES.index(part.name)
            assert part.versions[0].data["fields"] == {part.name: [number]}
            assert part.section == part.name
    run = reader.client.get_run(run_id)
    assert sorted(run.data.metrics.values()) == list(range(len(NAMES)))
    assert len(reader.tags(run_id)) == 2 * len(NAMES)


@pytest.mark.parametrize("kind", ["server", "database"])
def test_all_seven_kinds_come_back_equal(bench: Bench, make_bench, tmp_path: Path, kind: str) -> None:
    if kind == "database":
        bench = make_bench(f"sqlite:///{tmp_path / 'own.db'}")
    script = bench.run(
        """
        from mlflow_ext.primitives import KINDS
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            for name, cls in KINDS.items():
                ext.log(cls.example(), section="all", step=2)
        """
    )
    from mlflow_ext.primitives import KINDS

    run_id, reader = run_of(script.stdout()), Reader(bench.uri)
    parts = reader.parts(run_id, tmp_path)
    assert {part.kind for part in parts} == set(KINDS)
    for part in parts:
        assert part.section == "all"
        assert part.primitive(part.versions[0]) == KINDS[part.kind].example()
        assert part.versions[0].step == (None if part.kind == "series" else 2)


def test_files_and_folders_are_delivered_though_the_script_deletes_them(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        import pathlib, shutil
        folder = pathlib.Path("out"); (folder / "deep #1").mkdir(parents=True)
        (folder / "model.bin").write_bytes(bytes(range(256)) * 100)
        (folder / "deep #1" / "a%2Fb.txt").write_text("odd")
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            ext.log_artifact("model", folder / "model.bin", artifact_type="model", metadata={"acc": float("nan")})
            (folder / "model.bin").write_text("overwritten")
            ext.log_artifact("ext/evil", folder, role="input")
            shutil.rmtree(folder)
        """
    )
    run_id, reader = run_of(script.stdout()), Reader(bench.uri)
    assert reader.content(run_id, "model/model.bin", tmp_path) == bytes(range(256)) * 100
    manifests = [
        json.loads(reader.content(run_id, path, tmp_path))
        for path in reader.paths(run_id, "ext")
        if path.startswith("ext/artifact/")
    ]
    by_name = {manifest["name"]: manifest for manifest in manifests}
    model = by_name["model"]
    assert (model["role"], model["artifact_type"], model["metadata"]) == ("output", "model", {"acc": {"$float": "NaN"}})
    assert model["files"][0]["size_bytes"] == 25_600
    evil = by_name["ext/evil"]
    assert evil["role"] == "input"
    contents = {reader.content(run_id, file["path"], tmp_path) for file in evil["files"]}
    assert contents == {b"overwritten", b"odd"}
    assert not any(file["path"].startswith("ext/evil/") for file in evil["files"])
    assert bench.spool_files() == []
    assert not [path for path in bench.spool.iterdir() if path.name.endswith((".files", ".ack"))]


def test_config_is_kept_exactly_and_as_params(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            mlflow.log_param("lr", "9")
            ext.log_config({"lr": 0.1, "opt": {"name": "adam", "betas": [0.9, 0.999]}, "bad": float("inf"), "ü#": 1})
            ext.log_config({"opt": {"name": "sgd"}})
        """
    )
    run_id, reader = run_of(script.stdout()), Reader(bench.uri)
    config = json.loads(reader.content(run_id, "config.json", tmp_path))
    assert config["opt"] == {"name": "sgd", "betas": [0.9, 0.999]}
    assert config["bad"] == {"$float": "Infinity"}
    params = reader.client.get_run(run_id).data.params
    assert (params["lr"], params["opt.betas"], params["bad"]) == ("9", "[0.9,0.999]", "inf")


def test_a_bad_call_raises_and_nothing_of_it_reaches_the_store(bench: Bench, tmp_path: Path) -> None:
    script = bench.run(
        """
        import numpy as np
        nothing = [
            lambda: ext.log("", {"loss": 1}),
            lambda: ext.log("a", {"loss": "high"}),
            lambda: ext.log("a", {"loss": {"b": 1}}),
            lambda: ext.log("a", {}),
            lambda: ext.log("a", 3.0),
            lambda: ext.log("a", None),
            lambda: ext.log("a", np.zeros((2, 2, 2))),
            lambda: ext.log("a", {"x": [1, 2], "y": [1]}),
            lambda: ext.log("a", ext.Matrix(["a"], ["b"], [[1]]), step=1.5),
            lambda: ext.log("a", {"loss": 1}, metadata={"a": {1, 2}}),
            lambda: ext.log("a", {"loss": 1}, run_id="../../x"),
            lambda: ext.log("a", {"loss": 1}, section="s" * 300),
            lambda: ext.log_config({"a": object()}),
            lambda: ext.log_artifact("a", "/no/such/file"),
            lambda: ext.init(project="p", tags={"a#b": 1}),
            lambda: ext.init(project=""),
        ]
        with mlflow.start_run() as run:
            print("run", run.info.run_id, flush=True)
            for number, call in enumerate(nothing):
                try:
                    call()
                    print("NOT REFUSED", number)
                except ext.ValidationError as error:
                    assert error.field, number
            ext.log("ok", {"epoch": 1, "loss": 0.5})
            try:
                ext.log("ok", {"step": 1, "loss": 0.5})
            except ext.ValidationError as error:
                print("index:", error)
        """
    )
    assert "NOT REFUSED" not in script.stdout()
    assert "index: The Series 'ok' has the index 'epoch'" in script.stdout()
    run_id, reader = run_of(script.stdout()), Reader(bench.uri)
    assert [part.name for part in reader.parts(run_id, tmp_path)] == ["ok"]
    run = reader.client.get_run(run_id)
    assert run.data.metrics == {"ok/loss": 0.5}
    assert run.data.params == {}


@pytest.mark.parametrize("location", ["mlflow-artifacts:/a b/c%20d", "mlflow-artifacts:/ü"])
def test_parts_are_where_the_client_looks_for_them_whatever_the_artifact_location(
    bench: Bench, tmp_path: Path, location: str
) -> None:
    experiment = Reader(bench.uri).client.create_experiment(location, artifact_location=location)
    script = bench.run(
        f"""
        with mlflow.start_run(experiment_id="{experiment}") as run:
            print("run", run.info.run_id, flush=True)
            ext.log("grid", ext.Matrix.example())
        """
    )
    (part,) = Reader(bench.uri).parts(run_of(script.stdout()), tmp_path)
    assert part.name == "grid"
