"""What the routes answer for cards that compare."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from mlflow_ext.primitives import Matrix
from mlflow_ext_ui.app import create_app
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal


@pytest.fixture(scope="module")
def source() -> MemorySource:
    found = MemorySource()
    experiment = found.add_experiment("e")
    for number in range(3):
        run = found.add_run(experiment, f"=run-{number}", run_id=f"{number}" * 32)
        found.log(run, "confusion", Matrix(["a", "b"], ["a", "b"], [[4, number], [0, 4]]))
    found.log(run, "alone", Matrix(["a"], ["a"], [[1]]))
    return found


@pytest.fixture(scope="module")
def client(source: MemorySource, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield create_app(source).server.test_client()


RUNS = ["0" * 32, "1" * 32, "2" * 32]


def keys(source: MemorySource) -> list[str]:
    return [plot.key for plot in source.plots(Principal(), RUNS)]


def test_only_the_asked_cards_compare(client: FlaskClient, source: MemorySource):
    first, second = keys(source)
    body = {"runs": RUNS, "keys": [first, second], "compared": {"keys": [first], "ref": RUNS[2]}}
    cards = json.loads(client.post("/_pictures", json=body).data)
    assert cards[first]["picture"]["sides"]["reference"] == RUNS[2]
    assert cards[first]["picture"]["facts"]["rows"]
    assert "sides" not in cards[second]["picture"]


def test_a_card_says_how_many_runs_hold_it(client: FlaskClient):
    answer = json.loads(client.post("/_page", json={"url": {"search": "?runs=" + ",".join(RUNS)}}).data)
    assert [card["runs"] for card in answer["plots"]["cards"]] == [3, 1]


def test_how_to_compare_is_checked(client: FlaskClient):
    answer = client.post("/_pictures", json={"runs": [], "keys": [], "compared": {"unit": "feet"}})
    assert answer.status_code == 422
    assert "compared.unit" in answer.text


def test_the_csv_of_a_comparison_is_safe_for_spreadsheets(client: FlaskClient, source: MemorySource):
    address = (
        f"/_values?runs={','.join(RUNS)}&plot={keys(source)[0]}&compared=1&ref={RUNS[0]}&against={RUNS[1]}&unit=count"
    )
    answer = client.get(address)
    lines = answer.text.splitlines()
    assert lines[0] == "run,reference run,row,column,value,reference value,difference"
    assert lines[2] == "'=run-1,'=run-0,a,b,1.0,0.0,1.0"
    assert len(lines) == 5
    assert "confusion_compared.csv" in answer.headers["Content-Disposition"]
