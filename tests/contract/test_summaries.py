"""Summaries and histories of metrics, held against numpy on every database."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow.entities import Metric

from mlflow_ext_server.repositories.history import HistoryReader, thinned
from mlflow_ext_server.repositories.metric import History, MetricRepository
from mlflow_ext_server.repositories.summary import COLUMNS, Summaries, SummaryRepository
from mlflow_ext_server.repositories.trust import TRUSTED_S
from mlflow_ext_ui.source import Principal
from tests.contract.world import ANYONE, World

ODD = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.7e308, -1.7e308, 1e-310, 5e-324, 1e290, -1e291]
VALUES = st.one_of(st.sampled_from(ODD), st.floats(-1e6, 1e6), st.floats(allow_nan=False, allow_infinity=False)).filter(
    lambda value: not 1.79769313486231e308 <= abs(value) < math.inf
)
KEYS = {"loss": "lower", "acc": "higher", "speed": None}


def rows(table: Summaries) -> dict[tuple[str, str], dict[str, object]]:
    names = sorted(COLUMNS)
    columns = [getattr(table, name) for name in names]
    return {
        (row["run_id"], row["key"]): row
        for row in (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))
    }


def expected(values: list[float], steps: list[int], direction: str | None) -> dict[str, object]:
    numbers = np.array(values)
    known = numbers[~np.isnan(numbers)]
    best = None
    if direction and len(known):
        goal = known.min() if direction == "lower" else known.max()
        best = min(step for step, value in zip(steps, values, strict=True) if value == goal)
    empty = not len(known)
    return {
        "min": None if empty else known.min(),
        "max": None if empty else known.max(),
        "count": len(values),
        "nan": int(np.isnan(numbers).sum()),
        "direction": direction,
        "best_step": best,
    }


def exact_mean(values: list[float]) -> float | None:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return None
    if all(map(math.isfinite, known)):
        return math.fsum(value / len(known) for value in known)
    return math.nan if {math.inf, -math.inf} <= set(known) else math.inf if math.inf in known else -math.inf


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logged=st.lists(st.lists(st.tuples(st.integers(-5, 5), VALUES), min_size=1, max_size=8), min_size=1, max_size=6))
def test_every_column_is_what_numpy_says(world: World, logged: list[list[tuple[int, float]]]) -> None:
    run = world.run("a")
    histories = {f"{key}{at}/{key}": history for at, history in enumerate(logged) for key in KEYS}
    points = {key: list(dict.fromkeys((step, value) for step, value in history)) for key, history in histories.items()}
    world.client.log_batch(
        run, metrics=[Metric(key, v, 1000 + i, s) for key, some in points.items() for i, (s, v) in enumerate(some)]
    )
    table = rows(SummaryRepository(world.backend).read(ANYONE, [run])[0])
    assert {key for _, key in table} == set(points)
    some_columns, _ = SummaryRepository(world.backend).read(ANYONE, [run], columns=frozenset({"min", "max"}))
    extremes = dict(zip(some_columns.key, zip(some_columns.min, some_columns.max, strict=True), strict=True))
    assert extremes == {key: (row["min"], row["max"]) for (_, key), row in table.items()}
    for key, some in points.items():
        steps, values = [step for step, _ in some], [value for _, value in some]
        row, wanted = table[run, key], expected(values, steps, KEYS[key.split("/")[1]])
        assert {name: row[name] for name in wanted} == wanted, (key, some)
        mean = exact_mean(values)
        size = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
        if mean is None or not math.isfinite(mean):
            assert row["mean"] == mean or (mean is not None and math.isnan(mean) and math.isnan(row["mean"]))
        else:
            assert row["mean"] == pytest.approx(mean, rel=1e-12, abs=size * 1e-14 + 5e-324)
        assert row["last_step"] == max(steps)


def test_the_last_value_is_the_highest_step_s(world: World) -> None:
    run = world.run("a")
    for step, value in ((5, 1.0), (9, math.inf), (7, 3.0)):
        world.client.log_metric(run, "m", value, step=step)
    row = rows(SummaryRepository(world.backend).read(ANYONE, [run])[0])[run, "m"]
    assert (row["last"], row["last_step"]) == (math.inf, 9)


def test_rows_come_by_runs_asked_then_keys_and_columns_only_as_asked(world: World) -> None:
    a, b = world.run("a", y=[1.0], x=[2.0]), world.run("b", x=[3.0])
    summaries = SummaryRepository(world.backend)
    table, missing = summaries.read(ANYONE, [b, "f" * 32, a, b])
    assert list(zip(table.run_id, table.key, strict=True)) == [(b, "x"), (a, "x"), (a, "y")]
    assert missing == ["f" * 32]
    assert summaries.read(ANYONE, [a], ["x", "\0", "none"])[0].key == ["x"]
    with world.queries() as seen:
        last, _ = SummaryRepository(world.backend).read(ANYONE, [a, b], columns=frozenset({"last"}))
    assert (len(seen), last.last, last.min, last.best_step) == (2, [2.0, 1.0, 3.0], [], [])


def test_hidden_archived_and_foreign_runs_are_missing(world: World) -> None:
    summaries = SummaryRepository(world.backend)
    run, gone = world.run("a", m=[1.0]), world.run("b", m=[1.0])
    world.client.delete_run(gone)
    assert summaries.read(ANYONE, [run, gone])[1] == [gone]
    assert summaries.read(ANYONE, [run, gone], stage="all")[1] == []
    assert summaries.read(Principal(workspace="elsewhere"), [run])[1] == [run]
    world.backend.hidden = {world.experiment}
    assert summaries.read(ANYONE, [run]) == (Summaries(), [run])


def test_what_is_kept_follows_a_growing_metric_and_spares_queries(world: World) -> None:
    summaries = SummaryRepository(world.backend)
    a, b = world.run("a", loss=[3.0, 1.0], acc=[1.0]), world.run("b", loss=[2.0])
    before = summaries.read(ANYONE, [a, b])[0]
    with world.queries() as seen:
        assert summaries.read(ANYONE, [a, b])[0] == before
        assert summaries.read(ANYONE, [b], ["loss"])[0].min == [2.0]
    assert len(seen) == 4
    world.client.log_metric(a, "loss", 0.5, step=7)
    after = rows(summaries.read(ANYONE, [a, b])[0])
    assert (after[a, "loss"]["min"], after[a, "loss"]["best_step"], after[a, "loss"]["count"]) == (0.5, 7, 3)
    assert after[b, "loss"]["min"] == 2.0


def test_points_that_came_late_count_after_a_while(world: World) -> None:
    now = [0.0]
    summaries = SummaryRepository(world.backend, clock=lambda: now[0])
    run = world.run("a", loss=[3.0, 1.0])
    summaries.read(ANYONE, [run])
    world.client.log_metric(run, "loss", -1.0, step=0, timestamp=1)
    assert summaries.read(ANYONE, [run])[0].min == [1.0]
    now[0] = TRUSTED_S + 1
    assert summaries.read(ANYONE, [run])[0].min == [-1.0]


def test_restored_runs_have_their_summaries_back(world: World) -> None:
    summaries = SummaryRepository(world.backend)
    run = world.run("a", loss=[1.0])
    world.client.delete_run(run)
    assert summaries.read(ANYONE, [run])[0].run_id == []
    world.client.restore_run(run)
    assert summaries.read(ANYONE, [run])[0].min == [1.0]


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    def queries(count: int) -> int:
        ids = [world.run(f"r{count}-{i}", loss=[1.0, math.nan], acc=[2.0]) for i in range(count)]
        with world.queries() as seen:
            SummaryRepository(world.backend).read(ANYONE, ids)
        return len(seen)

    assert queries(2) == queries(20)


def test_steps_beyond_what_a_float_holds_stay_exact(world: World) -> None:
    run = world.run("a")
    steps = [2**53 - 1, 2**53, 2**53 + 1, 2**62 + 1]
    world.client.log_batch(run, metrics=[Metric("m", float(i), 1000, step) for i, step in enumerate(steps)])
    metrics = MetricRepository(world.backend)
    history = HistoryReader(metrics).read([(run, "m")], metrics.latest([run]))[run, "m"]
    assert history.step.tolist() == steps
    assert history.value.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert rows(SummaryRepository(world.backend).read(ANYONE, [run])[0])[run, "m"]["last_step"] == steps[-1]


def a_history(values: list[float]) -> History:
    steps = np.cumsum(np.arange(len(values)) % 3)
    return History(steps, np.array(values, dtype=np.float64), 1000 + np.arange(len(values)))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e300, 1e300), st.sampled_from(ODD[:5])), min_size=1, max_size=300),
    st.integers(3, 120),
)
def test_thinning_keeps_both_ends_and_the_extremes(values: list[float], limit: int) -> None:
    history = a_history(values)
    few = thinned(history, limit)
    assert len(few.step) <= max(limit, 3)
    assert len(few.step) == len(values) or len(few.step) >= 3
    rows = list(zip(*(column.tolist() for column in history), strict=True))
    kept = list(zip(*(column.tolist() for column in few), strict=True))
    places = [row[2] for row in rows]
    assert all(repr(rows[places.index(row[2])]) == repr(row) for row in kept)
    assert [row[2] for row in kept] == sorted({row[2] for row in kept})
    assert (kept[0][2], kept[-1][2]) == (places[0], places[-1])
    known = [value for value in values if not math.isnan(value)]
    if known:
        assert max(known) in few.value
        assert limit == 3 or min(known) in few.value


def test_a_short_history_is_left_alone() -> None:
    history = a_history([1.0, math.nan, 2.0])
    assert thinned(history, 3) is history


def test_a_hidden_spike_survives() -> None:
    values = [0.0] * 10_000
    values[4321] = 1.0
    few = thinned(a_history(values), 100)
    assert few.value.max() == 1.0
    assert all(a < b for a, b in itertools.pairwise(few.time.tolist()))
