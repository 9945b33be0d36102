"""What the repositories promise on every database: written through MLflow's own client, read back by ours."""

from __future__ import annotations

import json
import math
import os
import uuid

import pytest
from mlflow.entities import Metric

from mlflow_ext.errors import ValidationError
from mlflow_ext.primitives import Matrix
from mlflow_ext.store_format import mirror_key, part_path, slug, tag_key
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.column import Column
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, EngineBackend, World


def test_runs_come_newest_first_with_counts_and_the_shared_metric(world: World) -> None:
    first = world.run("one", val_acc=[0.1, 0.2], loss=[1.0])
    second = world.run("two", val_acc=[0.3], loss=[math.nan])
    world.client.set_terminated(first)
    page = world.source.runs(ANYONE, world.experiment)
    assert [run.id for run in page.runs] == [second, first]
    assert (page.total, page.running, page.metric) == (2, 1, "val_acc")
    assert [run.metric for run in page.runs] == [0.3, 0.2]
    assert [run.has_nan for run in page.runs] == [True, False]


def test_outcomes_are_of_every_active_run_with_the_metric_of_the_list(world: World) -> None:
    good = world.run("good", val_acc=[0.1, 0.2])
    lost = world.run("lost", val_acc=[math.nan], loss=[1.0])
    bare = world.run("bare")
    world.client.set_terminated(good)
    world.client.delete_run(world.run("gone", val_acc=[0.9]))
    found = world.source.outcomes(ANYONE, world.experiment)
    assert found.metric == "val_acc"
    assert [(run.id, run.name, run.status) for run in found.runs] == [
        (bare, "bare", "RUNNING"),
        (lost, "lost", "RUNNING"),
        (good, "good", "FINISHED"),
    ]
    assert [str(run.value) for run in found.runs] == ["None", "nan", "0.2"]
    world.backend.hidden = {world.experiment}
    assert world.source.outcomes(ANYONE, world.experiment).runs == ()


def test_search_takes_part_of_a_name_as_text_and_the_start_of_an_id(world: World) -> None:
    run = world.run("100%_Done")
    world.run("other")
    for text in ("0%_d", "DONE 100", run[:6]):
        assert [found.id for found in world.source.runs(ANYONE, world.experiment, search=text).runs] == [run]
    assert world.source.runs(ANYONE, world.experiment, search="' OR 1=1 --").runs == ()


def listed_names(world: World, **asked) -> list[str]:
    return [run.name for run in world.source.runs(ANYONE, world.experiment, **asked).runs]


def test_the_list_takes_the_filter_language_and_counts_what_it_leaves(world: World) -> None:
    for name, loss in (("a", [3.0, 0.1, 1.0]), ("b", [0.5]), ("c", [math.nan])):
        run = world.run(name, loss=loss)
        world.client.log_param(run, "model", "Res" + name)
    assert listed_names(world, where="metrics.loss.min < 0.2") == ["a"]
    assert listed_names(world, where="metrics.loss <= 1 AND params.model ILIKE 'res%'") == ["b", "a"]
    assert listed_names(world, where="metrics.loss = NaN", search="C") == ["c"]
    page = world.source.runs(ANYONE, world.experiment, where="metrics.loss IS NOT NULL", limit=1)
    assert (len(page.runs), page.total, page.running) == (1, 3, 3)
    with pytest.raises(ValidationError, match="filter, column 1: "):
        world.source.runs(ANYONE, world.experiment, where="loss < 1")
    world.backend.hidden = {world.experiment}
    assert listed_names(world, where="metrics.loss.min < 0.2") == []


def test_the_list_is_sorted_with_nan_and_what_is_missing_last(world: World) -> None:
    for name, loss, lr in (("a", [3.0], "1e-2"), ("b", [math.nan], "auto"), ("c", [0.5], "0.1"), ("d", [], None)):
        run = world.run(name, **({"va loss": loss} if loss else {}))
        if lr is not None:
            world.client.log_param(run, "lr", lr)
    assert listed_names(world, sort="metrics.va loss") == ["c", "a", "b", "d"]
    assert listed_names(world, sort="-metrics.va loss") == ["a", "c", "b", "d"]
    assert listed_names(world, sort="params.lr") == ["a", "c", "b", "d"]
    assert listed_names(world, sort="-attributes.run_name", limit=2, offset=1) == ["c", "b"]
    assert listed_names(world, sort="metrics.a\0b") == listed_names(world, sort="nonsense") == ["d", "c", "b", "a"]


def test_a_page_reads_its_columns_in_one_query_for_each_kind(world: World) -> None:
    for number in range(3):
        run = world.run(f"r{number}", acc=[0.1 * number], loss=[math.inf])
        world.client.log_param(run, "lr", f"1e-{number}")
        world.client.set_tag(run, "stage", "x" * 500)
    columns = [Column("tags", "stage"), Column("metrics", "loss"), Column("params", "lr"), Column("params", "no")]
    world.source.runs(ANYONE, world.experiment)  # the first one gives colours
    with world.queries() as few:
        world.source.runs(ANYONE, world.experiment, columns=columns, limit=1)
    with world.queries() as many:
        page = world.source.runs(ANYONE, world.experiment, columns=columns)
    assert len(few) == len(many)
    assert [run.values for run in page.runs] == [("x" * 200, math.inf, f"1e-{n}", None) for n in (2, 1, 0)]
    assert page.runs[0].metric == pytest.approx(0.2)
    (one,) = world.source.runs_by_id(ANYONE, [page.runs[0].id], columns=columns[1:3])
    assert one.values == (math.inf, "1e-2")


def test_fields_are_what_the_newest_runs_hold(world: World) -> None:
    for number in range(2):
        run = world.run(f"r{number}", loss=[1.0])
        world.client.log_param(run, "lr", f"1e-{number}")
        world.client.log_param(run, "model", "5" if number else "resnet")
    world.client.set_tag(run, "stage", "dev")
    world.series(run, "s", "w" * 8, [0], y=[1.0])
    found = {field.column.text: field for field in world.source.fields(ANYONE, world.experiment)}
    assert (found["metrics.loss"].runs, found["metrics.loss"].number) == (2, True)
    assert [found[key].number for key in ("params.lr", "params.model", "tags.stage")] == [True, False, False]
    assert not any("mlflow.ext.p." in key or key == "tags.mlflow.runName" for key in found)
    world.backend.hidden = {world.experiment}
    assert world.source.fields(ANYONE, world.experiment) == ()


def test_archived_runs_are_listed_apart(world: World) -> None:
    kept, gone = world.run("kept"), world.run("gone")
    world.client.delete_run(gone)
    assert listed_names(world, stage="archived") == ["gone"]
    assert listed_names(world) == ["kept"]
    assert kept


def test_colours_are_given_in_order_of_start_and_kept_when_runs_go(world: World) -> None:
    ids = [world.run(f"r{i}") for i in range(22)]
    page = world.source.runs(ANYONE, world.experiment)
    assert [run.color for run in reversed(page.runs)] == [i % 20 for i in range(22)]
    world.client.delete_run(ids[0])
    late = world.run("late")
    slots = {run.id: run.color for run in world.source.runs(ANYONE, world.experiment).runs}
    assert slots[ids[5]] == 5
    assert slots[late] == 22 % 20


def test_deleted_unknown_and_unreadable_runs_are_left_out_of_everything(world: World) -> None:
    run, gone = world.run("a", m=[1.0]), world.run("b", m=[1.0])
    world.client.delete_run(gone)
    asked = ["f" * 32, gone, run, "not an id", "'", "NUL \0", "\ud800"]
    assert [found.id for found in world.source.runs_by_id(ANYONE, asked)] == [run]
    assert {r for plot in world.source.plots(ANYONE, asked) for r in plot.run_ids} == {run}
    world.backend.hidden = {world.experiment}
    assert world.source.runs_by_id(ANYONE, asked) == ()
    assert world.source.plots(ANYONE, asked) == ()
    assert world.source.drawings(ANYONE, asked, ["m:m"]) == ()
    assert world.source.runs(ANYONE, world.experiment).runs == ()
    assert world.experiment not in {e.id for e in world.source.experiments(ANYONE)}


def test_another_workspace_sees_nothing(world: World) -> None:
    run = world.run("a", m=[1.0])
    other = Principal(workspace="elsewhere")
    assert world.source.experiments(other) == ()
    assert world.source.runs_by_id(other, [run]) == ()
    assert world.source.runs(other, world.experiment).runs == ()


def test_experiments_with_the_newest_run_come_first(world: World) -> None:
    name = f"Later but empty {uuid.uuid4().hex}"
    empty = world.client.create_experiment(name)
    world.run("a")
    names = [(e.id, e.runs) for e in world.source.experiments(ANYONE)]
    assert names[0] == (world.experiment, 1)
    assert (empty, 0) in names
    assert [e.id for e in world.source.experiments(ANYONE, search=name.upper())] == [empty]


def test_plain_metrics_come_back_with_nan_and_infinities(world: World) -> None:
    run = world.run("a", m=[1.5, math.nan, math.inf, -math.inf])
    (drawing,) = world.source.drawings(ANYONE, [run], ["m:m"])
    (line,) = drawing.lines
    assert line.x.tolist() == [0, 1, 2, 3]
    assert line.y.tolist() == pytest.approx([1.5, math.nan, math.inf, -math.inf], nan_ok=True)
    assert line.time.tolist() == [1000, 1001, 1002, 1003]


def test_a_growing_metric_is_read_on(world: World) -> None:
    run = world.run("a", m=[1.0, 2.0])
    assert len(world.source.drawings(ANYONE, [run], ["m:m"])[0].lines[0].x) == 2
    world.client.log_batch(run, metrics=[Metric("m", 3.0, 2000, 2), Metric("m", 2.5, 2001, 1)])
    (line,) = world.source.drawings(ANYONE, [run], ["m:m"])[0].lines
    assert line.x.tolist() == [0, 1, 1, 2]
    assert line.y.tolist() == [1.0, 2.0, 2.5, 3.0]


def test_a_series_of_several_writers_is_merged_and_extended_by_its_mirror(world: World) -> None:
    run = world.run("a")
    world.series(run, "training", "aaaaaaaa", [1, 3], loss=[0.5, 0.3])
    world.series(run, "training", "bbbbbbbb", [2], loss=[0.4])
    key = mirror_key("training", "loss")
    world.client.log_batch(run, metrics=[Metric(key, v, 9000, s) for s, v in ((1, 0.5), (3, 0.3), (4, 0.2))])
    (plot,) = world.source.plots(ANYONE, [run])
    (drawing,) = world.source.drawings(ANYONE, [run], [plot.key])
    (line,) = drawing.lines
    assert (plot.title, line.index) == ("training/loss", "epoch")
    assert line.x.tolist() == [1, 2, 3, 4]
    assert line.y.tolist() == [0.5, 0.4, 0.3, 0.2]
    assert drawing.plot.title == plot.title


def test_an_older_runs_metric_is_overlaid_with_a_newer_runs_series(world: World) -> None:
    old = world.run("old", **{"train/loss": [3.0, 2.0]})
    new = world.run("new")
    world.series(new, "train", "aaaaaaaa", [0, 1], loss=[2.5, 1.5])
    (plot,) = world.source.plots(ANYONE, [old, new])
    (drawing,) = world.source.drawings(ANYONE, [old, new], [plot.key])
    assert {line.run_id: line.y.tolist() for line in drawing.lines} == {old: [3.0, 2.0], new: [2.5, 1.5]}


def test_drawings_hold_the_runs_in_the_order_asked(world: World) -> None:
    ids = [world.run(f"r{i}", m=[1.0]) for i in range(6)]
    for order in (ids, ids[::-1]):
        (drawing,) = world.source.drawings(ANYONE, order, ["m:m"])
        assert [line.run_id for line in drawing.lines] == order
        assert list(drawing.plot.run_ids) == order


def test_other_kinds_give_their_newest_version(world: World) -> None:
    run = world.run("a")
    matrix = Matrix(rows=["a", "b"], cols=["c", "d"], values=[[1, 2], [3, 4]])
    world.part(run, "matrix", "confusion", "aaaaaaaa", matrix.to_data(), "Evaluation")
    (plot,) = world.source.plots(ANYONE, [run])
    (drawing,) = world.source.drawings(ANYONE, [run], [plot.key])
    assert (plot.kind, plot.section) == ("matrix", "Evaluation")
    assert drawing.versions[0].primitive == matrix


def test_missing_newer_and_damaged_parts_are_told_apart(world: World) -> None:
    run = world.run("a")
    matrix = Matrix(rows=["a"], cols=["c"], values=[[1]]).to_data()
    titles = {}
    for name, damage in (("missing", None), ("newer", b'{"mlflow_ext": 2}'), ("damaged", b"{")):
        world.part(run, "matrix", name, "aaaaaaaa", matrix)
        file = world.root / run / "artifacts" / part_path("matrix", slug("matrix", name), "aaaaaaaa", 0)
        file.unlink() if damage is None else file.write_bytes(damage)
        (drawing,) = world.source.drawings(ANYONE, [run], ["x:" + slug("matrix", name)])
        titles[name] = drawing.troubles[0].title
    assert titles["newer"] == "Written by a newer version"
    assert titles["missing"] == "Data is missing"
    assert titles["damaged"] == "This plot could not be read"


@pytest.mark.timeout(60)
def test_a_part_too_large_or_no_file_at_all_is_the_trouble_of_its_card_and_of_no_other(world: World) -> None:
    run = world.run("a", fine=[1.0, 2.0])
    for name in ("large", "pipe"):
        world.part(run, "matrix", name, "aaaaaaaa", Matrix(rows=["a"], cols=["c"], values=[[1]]).to_data())
    large, pipe = (
        world.root / run / "artifacts" / part_path("matrix", slug("matrix", name), "aaaaaaaa", 0)
        for name in ("large", "pipe")
    )
    os.truncate(large, 100_001)
    pipe.unlink()
    os.mkfifo(pipe)
    keys = ["x:" + slug("matrix", name) for name in ("large", "pipe")]
    *bad, fine = world.source.drawings(ANYONE, [run], [*keys, "m:fine"])
    ((too_large,), (no_file,)) = (drawing.troubles for drawing in bad)
    assert too_large.title == "This plot is too large to show"
    assert "100001 bytes" in too_large.why
    assert "no regular file" in no_file.details
    assert (too_large.retry, no_file.retry) == (False, False)
    assert fine.lines[0].y.tolist() == [1.0, 2.0]


DEEP = "stands for 900 levels"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("series", {"data": {"index": "step", "fields": {"a": [1, 2]}, "calls": [[0, 2**63, 2]]}}),
        ("series", {"data": {"index": "step", "fields": {"a": [1, 2]}, "calls": [[2**63, 0, 2]]}}),
        ("series", {"seq": 2**64 - 1}),
        ("series", {"logged_at": 2**63}),
        ("series", {"metadata": {"a": DEEP}}),
        ("matrix", {"step": 2**63}),
        ("matrix", {"logged_at": 2**64 - 1}),
        ("table", {"data": {"columns": [{"name": "a", "type": "mixed"}], "data": [[DEEP]]}}),
        ("table", {"metadata": {"a": DEEP}}),
    ],
)
def test_a_poisoned_part_is_the_trouble_of_its_card_and_of_no_other(world: World, kind: str, change: dict) -> None:
    run = world.run("a", fine=[1.0, 2.0])
    data = {
        "series": {"index": "step", "index_values": [0, 1], "fields": {"a": [1, 2]}},
        "matrix": {"rows": ["a"], "cols": ["c"], "values": [[1]]},
        "table": {"columns": [{"name": "a", "type": "mixed"}], "data": [[1]]},
    }[kind]
    world.part(run, kind, "bad", "aaaaaaaa", data)
    file = world.root / run / "artifacts" / part_path(kind, slug(kind, "bad"), "aaaaaaaa", 0)
    text = json.dumps({**json.loads(file.read_bytes()), **change})
    file.write_text(text.replace(f'"{DEEP}"', "[" * 900 + "]" * 900))
    key = "x:" + slug(kind, "bad") + (":a" if kind == "series" else "")
    bad, fine = world.source.drawings(ANYONE, [run], [key, "m:fine"])
    assert (bad.lines, bad.versions, [trouble.why for trouble in bad.troubles]) == (
        (),
        (),
        ["A file of the run is damaged."],
    )
    assert fine.lines[0].y.tolist() == [1.0, 2.0]
    assert {plot.key for plot in world.source.plots(ANYONE, [run])} == {key, "m:fine"}
    assert set(world.source.held(ANYONE, [run])) == {run}


class Surprising(EngineBackend):
    """Fails in a way that nobody has thought of."""

    def artifact(self, artifact_uri: str, path: str, limit: int = 0) -> bytes:
        raise KeyError(path)


def test_what_nobody_foresaw_is_the_trouble_of_one_card_too_and_is_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    run = world.run("a", fine=[1.0])
    world.part(run, "matrix", "bad", "aaaaaaaa", Matrix(rows=["a"], cols=["c"], values=[[1]]).to_data())
    source = StoreSource(Store(Surprising(world.backend.engine.url.render_as_string(hide_password=False))))
    bad, fine = source.drawings(ANYONE, [run], ["x:" + slug("matrix", "bad"), "m:fine"])
    assert "KeyError" in bad.troubles[0].details
    assert len(fine.lines) == 1
    assert any(record.exc_info for record in caplog.records)


def test_a_tag_that_is_not_ours_is_passed_over(world: World) -> None:
    run = world.run("a")
    for value in ("", "{}", "[1]", "no json", '{"kind": "matrix", "parts": "x"}'):
        world.client.set_tag(run, tag_key(slug("matrix", "m"), "aaaaaaaa"), value)
        assert world.source.plots(ANYONE, [run]) == ()


def test_the_number_of_queries_does_not_grow_with_the_runs(world: World) -> None:
    def queries(count: int) -> int:
        ids = [world.run(f"r{count}-{i}", m=[1.0], n=[2.0]) for i in range(count)]
        with world.queries() as seen:
            world.source.plots(ANYONE, ids)
            world.source.drawings(ANYONE, ids, ["m:m", "m:n"])
        return len(seen)

    assert queries(2) == queries(20)
