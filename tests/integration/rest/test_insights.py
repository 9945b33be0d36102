"""What histories of runs tell, asked of a real server."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from mlflow.entities import LoggedModelOutput, Metric

from mlflow_ext.rest import ExperimentTrend, Insights
from tests.integration.rest.conftest import Api

LONG, SPIKE = 12_000, 7_321


@pytest.fixture(scope="module")
def experiment(api: Api) -> str:
    return api.experiment()[0]


def falling(points: int) -> list[float]:
    return [0.1 + math.exp(-i / 15) + ((i * 37) % 11) / 2000 for i in range(points)]


def ended(api: Api, experiment: str, name: str, **metrics: list[float]) -> str:
    run = api.run(experiment, name, **metrics)
    api.mlflow.set_terminated(run)
    return run


def ask(api: Api, ids: list[str], **more) -> Insights:
    return Insights.model_validate(api.get("/insights", ids=ids, **more))


def test_an_injected_divergence_is_found_at_its_step(api: Api, experiment: str) -> None:
    values = falling(120)
    values[80:] = [value + 0.04 * i for i, value in enumerate(values[80:], 1)]
    run = ended(api, experiment, "diverges", loss=values)
    (found,) = [one for one in ask(api, [run]).findings if one.kind == "divergence"]
    assert found.level == "serious"
    assert found.start is not None
    assert abs(found.start - 80) <= 2
    assert found.time == 1_790_000_000_000 + found.start
    assert found.saved == 119 - found.start


def test_nan_and_infinity_are_found_where_they_begin(api: Api, experiment: str) -> None:
    run = ended(api, experiment, "breaks", loss=[*falling(60), *[math.nan] * 20], error=[*falling(60), math.inf])
    found = {one.metrics[0]: one for one in ask(api, [run]).findings if one.kind == "nonfinite"}
    assert {metric: one.start for metric, one in found.items()} == {"loss": 60, "error": 60}
    assert found["loss"].evidence.values[-1] == "NaN"
    assert found["error"].evidence.values[-1] == "Infinity"


def test_a_spike_between_the_points_of_a_thinned_picture_is_found(api: Api, experiment: str) -> None:
    values = [0.5 + ((i * 37) % 11) / 500 for i in range(LONG)]
    values[SPIKE] = 4.0
    run = api.run(experiment, "spikes")
    for start in range(0, LONG, 1000):
        rows = [Metric("loss", values[i], 1_790_000_000_000 + i, i) for i in range(start, start + 1000)]
        api.mlflow.log_batch(run, metrics=rows)
    (found,) = [one for one in ask(api, [run]).findings if one.kind == "spike"]
    assert found.start == SPIKE


def test_unknown_runs_are_missing_and_archived_ones_are_answered(api: Api, experiment: str) -> None:
    run = ended(api, experiment, "archived", loss=[1.0] * 3 + [math.nan])
    api.mlflow.delete_run(run)
    found = ask(api, [run, "gone", "f" * 32])
    assert (found.runs, found.missing) == ([run], ["gone", "f" * 32])


def test_a_body_does_the_same_and_metrics_limit_the_question(api: Api, experiment: str) -> None:
    run = ended(api, experiment, "two", loss=[1.0, math.nan], error=[1.0, math.nan])
    asked = {"ids": [run], "metrics": ["error"]}
    assert api.post("/insights", asked) == api.get("/insights", **asked)
    assert [one.metrics for one in ask(api, **asked).findings] == [["error"]]
    api.get("/insights", 422, ids=[])


def test_200_runs_are_looked_at_within_a_few_questions(api: Api) -> None:
    experiment, _ = api.experiment()
    runs = [ended(api, experiment, f"run {i}", loss=[*falling(40), math.nan]) for i in range(200)]
    for _ in range(20):
        found = Insights.model_validate(api.post("/insights", {"ids": runs}))
        assert set(found.runs) | set(found.left_out) == set(runs)
        if not found.left_out:
            break
    assert found.runs == runs
    assert len([one for one in found.findings if one.kind == "nonfinite" and one.start == 40]) == 200


def with_model(api: Api, run: str, experiment: str, folder: Path, requirements: str) -> None:
    """What MLflow's log_model leaves of packages."""
    made = api.mlflow.create_logged_model(experiment, name="model", source_run_id=run)
    (folder / "requirements.txt").write_text(requirements)
    api.mlflow.log_model_artifacts(made.model_id, str(folder))
    api.mlflow.log_outputs(run, [LoggedModelOutput(made.model_id, 0)])


def test_a_jump_names_the_package_that_changed_with_it(api: Api, tmp_path: Path) -> None:
    experiment, _ = api.experiment()
    for i in range(16):
        run = api.run(experiment, f"run {i}", loss=[(1.0 if i < 8 else 0.5) + i % 3 / 100])
        if i not in (3, 11):  # unknown, between two that are alike
            with_model(api, run, experiment, tmp_path, f"numpy==2.1.0\nlightgbm=={'4.1.0' if i < 8 else '4.6.0'}\n")
        api.mlflow.set_terminated(run)
    found = ExperimentTrend.model_validate(api.get("/insights/trend", experiment_id=experiment, metric="loss"))
    assert [(one.place, one.better) for one in found.jumps] == [(8, True)]
    assert [(one.name, one.before, one.after) for one in found.jumps[0].changes] == [
        ("package.lightgbm", "4.1.0", "4.6.0")
    ]


def test_a_trend_is_told_of_an_experiment_that_may_be_read(api: Api) -> None:
    experiment, _ = api.experiment()
    for i in range(6):
        ended(api, experiment, f"run {i}", loss=[1.0 - i / 10], error=[float(i)])
    found = ExperimentTrend.model_validate(api.get("/insights/trend", experiment_id=experiment, metric="loss"))
    assert (found.runs, found.since, found.direction) == (6, 0, "lower")
    assert [one.place for one in found.records] == list(range(6))
    way = {"experiment_id": experiment, "metric": "loss", "direction": "higher"}
    assert api.get("/insights/trend", **way)["since"] == 5
    empty, _ = api.experiment()
    assert api.get("/insights/trend", experiment_id=empty)["metric"] is None
    api.get("/insights/trend", 404, experiment_id="999999")
