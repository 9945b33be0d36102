"""Tags that mlflow-ext alone writes are refused wherever a caller gives tags, before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

import mlflow_ext as ext
from mlflow_ext.cli.program import main
from mlflow_ext.errors import ValidationError
from mlflow_ext.rest import BulkRequest, ExperimentChange, NewExperiment, NewRun, NewRunIn, RunChange
from mlflow_ext.store_format import ALIAS_TAG, COMMAND_TAG, DATASET_TAG, LOCAL_ID_TAG, NOTE_TAG, PlotTag
from mlflow_ext.tracking.trouble import checked
from tests.rest_stub import Stub

PLOT = PlotTag("series", "training", "0" * 8).key
GIVEN: dict[Any, dict[str, Any]] = {
    NewRun: {},
    NewRunIn: {},
    RunChange: {},
    BulkRequest: {"action": "tag", "ids": ["a"]},
    NewExperiment: {"name": "x"},
    ExperimentChange: {},
}


@pytest.mark.parametrize("key", [ALIAS_TAG, LOCAL_ID_TAG, PLOT])
@pytest.mark.parametrize("model", GIVEN)
def test_no_request_carries_one(model: Any, key: str) -> None:
    with pytest.raises(ValidationError, match=r"mlflow-ext alone writes") as raised:
        checked(model, {**GIVEN[model], "tags": {key: "x"}})
    assert raised.value.field == f"tags.{key}"
    assert "[key]" not in str(raised.value)


@pytest.mark.parametrize("model", GIVEN)
def test_other_tags_of_the_kind_are_taken(model: Any) -> None:
    tags = dict.fromkeys((DATASET_TAG, COMMAND_TAG, NOTE_TAG, "team", "mlflow.ext.alias"), "x")
    assert checked(model, {**GIVEN[model], "tags": tags}).tags == tags


def test_client_and_command_line_refuse_it(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", stub.url)
    for change in ({PLOT: "x"}, {PLOT: None}):
        with pytest.raises(ValidationError, match="mlflow-ext alone"):
            ext.set_tags("a", change)
    for words in (["--tag", f"{ALIAS_TAG}=x"], ["--remove", ALIAS_TAG]):
        assert main(["runs", "tag", "own", *words]) == 2
        assert f"tags.{ALIAS_TAG}: a tag that mlflow-ext alone writes" in capfd.readouterr().err
    assert [method for method, _, _ in stub.requests if method != "GET"] == []
