"""What every RunStore must do, and the runs that it is tried on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag

from mlflow_ext.errors import Conflict, NotFound, ValidationError
from mlflow_ext.rest import BulkRequest, RunChange
from mlflow_ext.search import ranked, ranking
from mlflow_ext.store_format import PlotTag
from mlflow_ext.tracking.store import Ranking, RunQuery, RunStore, number

UNKNOWN = "f" * 32
NOTE = "mlflow.note.content"
LOSSES = {"first": [0.9, 0.1, 0.5], "second": [0.8, 0.4, 0.2], "third": [0.7, 0.6, 0.3]}
PLOT = PlotTag(
    kind="series", name="training", writer="0" * 8, points=3, parts=1, at=1, fields={"loss": (0.5, 0.1, 0.9)}
)


@dataclass(frozen=True)
class Seed:
    """Ids by run name, and of the experiments."""

    runs: dict[str, str]
    experiments: dict[str, str]


def seed(uri: str) -> Seed:
    """Three runs in "vision", one in "speech", one archived, and an archived experiment, through MLflow's client."""
    client = mlflow.MlflowClient(uri)
    experiments = {name: client.create_experiment(name) for name in ("vision", "speech", "empty", "old")}
    client.delete_experiment(experiments["old"])
    runs = {}
    for number_, (name, losses) in enumerate(LOSSES.items()):
        run_id = new_run(client, experiments["vision"], name, number_)
        points = [Metric("loss", value, 1_000 + step, step) for step, value in enumerate(losses)]
        points += [Metric("accuracy", 0.5 + number_ / 10, 1, 0), Metric("odd name/a-b", float(number_), 1, 0)]
        client.log_batch(run_id, points, [Param("lr", str(number_ / 10)), Param("optimizer", "adam")])
        runs[name] = run_id
    client.log_batch(runs["first"], [Metric("strange", math.nan, 1, 0), Metric("steep", math.inf, 1, 0)])
    client.log_batch(runs["second"], [Metric("strange", 1.0, 1, 0), Metric("steep", -math.inf, 1, 0)])
    client.log_batch(runs["second"], tags=[RunTag(NOTE, "PUBLISH"), RunTag(PLOT.key, PLOT.to_json())])
    runs["elsewhere"] = new_run(client, experiments["speech"], "elsewhere", 3)
    client.log_metric(runs["elsewhere"], "loss", 0.05)
    runs["gone"] = new_run(client, experiments["vision"], "gone", 4)
    client.delete_run(runs["gone"])
    return Seed(runs, experiments)


def long_filter(seeded: Seed) -> str:
    """One that finds "first", too long for an address."""
    ids = [f"{index:032x}" for index in range(100)]
    return "attributes.run_id IN ({})".format(", ".join(f"'{one}'" for one in [*ids, seeded.runs["first"]]))


def new_run(client: mlflow.MlflowClient, experiment_id: str, name: str, number_: int) -> str:
    run = client.create_run(experiment_id, start_time=1_700_000_000_000 + number_ * 1_000, run_name=name)
    client.set_terminated(run.info.run_id, end_time=1_700_000_060_000 + number_ * 1_000)
    return str(run.info.run_id)


class RunStoreContract:
    """Tests over the fixtures ``store`` (in pages of two), ``seeded`` and ``fresh``, a run that may be changed."""

    def names(self, store: RunStore, **query: object) -> list[str]:
        return [run.name for run in store.runs(RunQuery(**query))]  # type: ignore[arg-type]

    def test_runs_come_newest_first_from_every_experiment(self, store: RunStore, seeded: Seed) -> None:
        found = self.names(store, filter="attributes.start_time < 1700000100000")
        assert found == ["elsewhere", "third", "second", "first"]

    def test_a_project_is_named_or_given_by_its_id(self, store: RunStore, seeded: Seed) -> None:
        assert self.names(store, project="vision") == ["third", "second", "first"]
        assert self.names(store, project=seeded.experiments["vision"]) == ["third", "second", "first"]
        assert self.names(store, project="empty") == []
        for unknown in ("no such", "987654"):
            with pytest.raises(NotFound):
                store.runs(RunQuery(unknown))

    def test_a_limit_is_kept_over_pages(self, store: RunStore, seeded: Seed) -> None:
        assert [self.names(store, project="vision", limit=limit) for limit in (1, 2, 3, None)] == [
            ["third"],
            ["third", "second"],
            ["third", "second", "first"],
            ["third", "second", "first"],
        ]

    def test_archived_runs_are_a_stage_of_their_own(self, store: RunStore, seeded: Seed) -> None:
        assert self.names(store, project="vision", stage="archived") == ["gone"]
        assert self.names(store, project="vision", stage="all") == ["gone", "third", "second", "first"]
        assert store.run(seeded.runs["gone"]).stage == "archived"
        assert store.run(seeded.runs["first"]).stage == "active"

    def test_a_filter_and_an_order_are_mlflows(self, store: RunStore, seeded: Seed) -> None:
        assert self.names(store, project="vision", filter="metrics.loss < 0.4", order_by=("metrics.loss DESC",)) == [
            "third",
            "second",
        ]
        assert self.names(store, filter="params.lr = '0.1' and metrics.`odd name/a-b` = 1") == ["second"]
        assert self.names(store, filter=long_filter(seeded)) == ["first"]

    @pytest.mark.parametrize("wrong", ["metrics.loss <", "nonsense", "metrics.loss = 'text'"])
    def test_a_filter_that_is_none_is_refused(self, store: RunStore, seeded: Seed, wrong: str) -> None:
        with pytest.raises(ValidationError):
            store.runs(RunQuery(filter=wrong))

    def test_a_run_holds_what_was_logged(self, store: RunStore, seeded: Seed) -> None:
        run = store.run(seeded.runs["second"])
        assert (run.run_id, run.name, run.project, run.status) == (
            seeded.runs["second"],
            "second",
            "vision",
            "FINISHED",
        )
        assert run.experiment_id == seeded.experiments["vision"]
        assert (run.start_time, run.end_time, run.duration) == (1_700_000_001_000, 1_700_000_061_000, 60_000)
        assert run.params == {"lr": "0.1", "optimizer": "adam"}
        assert run.metrics == {
            "loss": 0.2,
            "accuracy": 0.6,
            "odd name/a-b": 1.0,
            "strange": 1.0,
            "steep": "-Infinity",
        }
        assert run.note == run.tags[NOTE] == "PUBLISH"
        (plot,) = run.primitives
        assert (plot.name, plot.kind, plot.points, plot.fields) == ("training", "series", 3, ["loss"])

    def test_what_is_no_number_or_infinite_survives(self, store: RunStore, seeded: Seed) -> None:
        metrics = store.run(seeded.runs["first"]).metrics
        assert (metrics["strange"], metrics["steep"]) == ("NaN", "Infinity")
        assert math.isnan(number(metrics["strange"]))

    def test_an_unknown_run_is_not_found(self, store: RunStore, seeded: Seed) -> None:
        for asked in (lambda: store.run(UNKNOWN), lambda: store.change(UNKNOWN, RunChange(note="x"))):
            with pytest.raises(NotFound):
                asked()
        with pytest.raises(NotFound):
            store.history(UNKNOWN, ["loss"])

    def test_compared_runs_come_in_the_order_asked_and_unknown_ones_are_named(
        self, store: RunStore, seeded: Seed
    ) -> None:
        third, first = seeded.runs["third"], seeded.runs["first"]
        found = store.compare([third, UNKNOWN, first, third])
        assert [run.run_id for run in found.runs] == [third, first]
        assert found.missing == [UNKNOWN]
        assert found.param_keys == ["lr", "optimizer"]
        assert sorted(found.metric_keys) == ["accuracy", "loss", "odd name/a-b", "steep", "strange"]

    def test_many_runs_can_be_compared(self, store: RunStore, seeded: Seed) -> None:
        unknown = [f"{index:032x}" for index in range(150)]
        found = store.compare([*unknown, seeded.runs["first"]])
        assert [run.name for run in found.runs] == ["first"]
        assert found.missing == unknown

    @pytest.mark.parametrize(
        ("order", "aggregate", "expected"),
        [
            ("asc", "last", [("second", 0.2), ("third", 0.3), ("first", 0.5)]),
            ("desc", "last", [("first", 0.5), ("third", 0.3), ("second", 0.2)]),
            ("asc", "min", [("first", 0.1), ("second", 0.2), ("third", 0.3)]),
            ("desc", "max", [("first", 0.9), ("second", 0.8), ("third", 0.7)]),
            ("asc", "mean", [("second", 1.4 / 3), ("first", 0.5), ("third", 1.6 / 3)]),
        ],
    )
    def test_runs_are_ranked(self, store: RunStore, seeded: Seed, order, aggregate, expected) -> None:
        ranked = store.leaderboard(Ranking("loss", order, project="vision", aggregate=aggregate))
        assert [one.run.name for one in ranked] == [name for name, _ in expected]
        assert [one.value for one in ranked] == pytest.approx([value for _, value in expected])
        best = store.leaderboard(Ranking("loss", order, 1, "vision", aggregate))
        assert [one.run.name for one in best] == [expected[0][0]]

    def test_a_nan_has_no_rank_and_an_infinity_has(self, store: RunStore, seeded: Seed) -> None:
        assert [one.run.name for one in store.leaderboard(Ranking("strange", "asc"))] == ["second"]
        steep = store.leaderboard(Ranking("steep", "desc"))
        assert [(one.run.name, one.value) for one in steep] == [("first", math.inf), ("second", -math.inf)]
        assert store.leaderboard(Ranking("no such metric", "asc")) == []
        assert ranked(store, ranking("no such metric", 3, None, None, "last")) == []
        with pytest.raises(ValidationError, match="order='asc'"):
            ranked(store, ranking("odd name/a-b", 3, "vision", None, "mean"))
        with pytest.raises(NotFound):
            store.leaderboard(Ranking("loss", "asc", project="no such"))

    def test_tags_note_and_name_can_be_changed_and_taken_away(self, store: RunStore, fresh: str) -> None:
        store.change(fresh, RunChange(tags={"team": "vision", "draft": "yes"}, note="BAD"))
        run = store.run(fresh)
        assert (run.tags["team"], run.tags["draft"], run.note) == ("vision", "yes", "BAD")
        store.change(fresh, RunChange(tags={"draft": None, "never": None}, name="renamed"))
        run = store.run(fresh)
        assert ("draft" in run.tags, run.tags["team"], run.note, run.name) == (False, "vision", "BAD", "renamed")
        store.change(fresh, RunChange(note=None))
        assert store.run(fresh).note is None

    def test_what_no_store_takes_is_refused(self, store: RunStore, seeded: Seed, fresh: str) -> None:
        with pytest.raises(ValidationError):
            store.change(fresh, RunChange(tags={"a//b": "x"}))
        with pytest.raises(Conflict):
            store.change(seeded.runs["gone"], RunChange(note="x"))

    def test_one_action_on_many_runs_is_answered_run_by_run(self, store: RunStore, fresh: str) -> None:
        def act(**request: object) -> list[tuple[str, bool]]:
            return [(one.run_id, one.ok) for one in store.bulk(BulkRequest(ids=[fresh, UNKNOWN], **request)).results]

        answered = [(fresh, True), (UNKNOWN, False)]
        assert act(action="tag", tags={"team": "a", "draft": None}) == answered
        assert act(action="note", note="KEEP") == answered
        run = store.run(fresh)
        assert (run.tags["team"], run.note) == ("a", "KEEP")
        assert act(action="archive") == answered
        assert store.run(fresh).stage == "archived"
        assert act(action="restore") == answered
        assert store.run(fresh).stage == "active"

    def test_a_history_holds_every_point(self, store: RunStore, seeded: Seed) -> None:
        found = store.history(seeded.runs["first"], ["loss", "no such", "strange"])
        assert [one.key for one in found] == ["loss", "strange"]
        assert (found[0].step, found[0].value) == ([0, 1, 2], [0.9, 0.1, 0.5])
        assert found[0].timestamp == [1_000, 1_001, 1_002]
        assert found[1].value == ["NaN"]
        assert store.history(seeded.runs["first"], ["no such"]) == []

    def test_experiments_are_listed_by_part_of_their_name_and_stage(self, store: RunStore, seeded: Seed) -> None:
        names = {one.name for one in store.experiments(None, "active", None)}
        assert {"vision", "speech", "empty", "Default"} <= names
        assert "old" not in names
        assert [one.name for one in store.experiments("ISIO", "active", None)] == ["vision"]
        assert [one.name for one in store.experiments(None, "archived", None)] == ["old"]
        assert len(store.experiments(None, "all", 3)) == 3

    def test_an_experiment_is_found_by_name_or_id(self, store: RunStore, seeded: Seed) -> None:
        for asked in ("vision", seeded.experiments["vision"]):
            one = store.experiment(asked)
            assert (one.name, one.experiment_id, one.stage) == ("vision", seeded.experiments["vision"], "active")
        assert store.experiment("old").stage == "archived"
        for unknown in ("visio", "987654", ""):
            with pytest.raises(NotFound):
                store.experiment(unknown)
