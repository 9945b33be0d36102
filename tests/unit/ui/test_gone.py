"""What pictures tell of runs that are there no more."""

from __future__ import annotations

from mlflow_ext_ui.cards import PictureRequest, pictures
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import Principal


def test_each_picture_says_how_many_of_its_runs_are_gone():
    source = MemorySource(metric="loss")
    run = source.add_run(source.add_experiment("e"), "run", run_id="r")
    source.line(run, "loss", range(3), range(3))
    key = source.plots(Principal(), ["r"])[0].key
    charts = ("bar~a~last~~loss",)

    def told(*runs: str) -> dict[str, int | None]:
        asked = PictureRequest(runs=runs, keys=(key, "o:a"), charts=charts)
        return {one: card.get("gone") for one, card in pictures(source, Principal(), asked).items()}

    assert told("r", "r") == {key: None, "o:a": None}
    assert told("r", "x", "y") == {key: 2, "o:a": 2}
    assert told("x") == {key: 1, "o:a": 1}
