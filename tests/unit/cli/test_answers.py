"""What commands say and write, beside a server that answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflow_ext.cli.program import main
from mlflow_ext.rest import BulkAnswer, BulkResult, Comparison
from tests.rest_stub import Stub, rest_stub
from tests.unit.client.conftest import run


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Stub]:
    with rest_stub(None) as made:  # type: ignore[arg-type]  # it answers by ``answer`` or ``route`` alone
        monkeypatch.setenv("MLFLOW_TRACKING_URI", made.url)
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.chdir(tmp_path)
        yield made


def says(stub: Stub, body: Any) -> None:
    stub.answer = (200, json.dumps(body).encode())


def compared(missing: list[str]) -> dict[str, Any]:
    runs = [run(metrics={"loss": 0.5, "acc": 1.0}), run("two", run_id="b" * 32, metrics={"acc": 2.0})]
    keys = ["acc", "loss"]
    return Comparison(metric_keys=keys, param_keys=[], runs=runs, missing=missing).model_dump()


def test_a_comparison_has_the_metrics_asked_for_in_every_form(stub: Stub, capfd: pytest.CaptureFixture[str]) -> None:
    says(stub, compared([]))
    assert main(["runs", "compare", "own-1", "own-2", "-m", "loss", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["metric_keys"] == ["loss"]
    assert [one["metrics"] for one in found["runs"]] == [{"loss": 0.5}, {}]
    assert main(["runs", "compare", "own-1", "own-2", "-m", "loss", "--csv"]) == 0
    assert capfd.readouterr().out.splitlines()[0] == "run_id,name,project,status,metrics.loss"


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_what_is_unknown_is_told_on_stderr(stub: Stub, form: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    says(stub, compared(["own-3"]))
    assert main(["runs", "compare", "own-1", "own-3", "-m", "nope", *form]) == 1
    printed = capfd.readouterr()
    assert printed.err.splitlines() == ["Unknown or unreadable: own-3.", "No run has a value of nope."]
    assert "own-3." not in printed.out


@pytest.mark.parametrize("command", [["runs", "list"], ["runs", "export"]])
def test_a_metric_that_no_run_has_is_told(stub: Stub, command: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    says(stub, [run(metrics={"loss": 0.5}).model_dump()])
    assert main([*command, "-m", "loss", "-m", "nope", "--json"]) == 0
    printed = capfd.readouterr()
    assert len(json.loads(printed.out)) == 1
    assert printed.err == "No run has a value of nope.\n"


@pytest.mark.parametrize("name", ["w.parquet", "w", "w.xlsx"])
def test_a_file_that_is_neither_json_nor_csv_is_not_written(
    stub: Stub, name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    says(stub, [run().model_dump()])
    assert main(["runs", "export", "-o", name]) == 2
    assert f"'{name}' ends neither in .json nor in .csv" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main(["runs", "export", "-o", name, "--csv"]) == 0
    assert (tmp_path / name).read_text().startswith("run_id,")


def test_a_file_s_ending_says_what_is_written(stub: Stub, tmp_path: Path) -> None:
    says(stub, [run().model_dump()])
    for name, start in (("w.json", "["), ("w.JSON", "["), ("w.csv", "run_id,"), ("w.CSV", "run_id,")):
        assert main(["runs", "export", "-o", name]) == 0
        assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize("command", [["runs", "list"], ["sync"], ["experiments", "list"]])
def test_the_address_of_the_ui_is_told_apart(stub: Stub, command: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--tracking-uri", stub.url + "/ext/"]) == 2
    assert capfd.readouterr().err.endswith(f"leave off what begins with /ext: {stub.url}\n")


def test_the_doctor_tells_the_address_of_the_ui(stub: Stub, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--tracking-uri", stub.url + "/ext"]) == 1
    found = {one["name"]: one for one in json.loads(capfd.readouterr().out)}
    assert found["server"]["detail"].endswith(f"/ext: {stub.url}")
    assert found["server"]["advice"] == "Set MLFLOW_TRACKING_URI (or --tracking-uri) to that address."


def test_taking_a_tag_away_says_how_many_had_it(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    runs = [run(tags={"draft": "1"}), run("two", run_id="b" * 32)]
    answers = {
        "/runs/compare": Comparison(metric_keys=[], param_keys=[], runs=runs),
        "/runs/bulk": BulkAnswer(results=[BulkResult(run_id=name, ok=True) for name in ("own-1", "own-2")]),
    }
    monkeypatch.setattr(stub, "route", lambda _method, path, _asked: (answers[path], None))
    assert main(["runs", "tag", "own-1", "own-2", "--remove", "draft", "--remove", "nothere"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "Changed 2 runs.",
        "1 of 2 had the tag draft.",
        "0 of 2 had the tag nothere.",
    ]
