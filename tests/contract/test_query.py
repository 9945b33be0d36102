"""Filters and orders on real databases: MLflow's own search beside ours, what goes beyond it, and hostile text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

from mlflow_ext_server import tables
from mlflow_ext_server.query import FilterError, ambiguous_keys, condition, order_by, parse
from mlflow_ext_server.query.syntax import MAX_CONDITIONS
from mlflow_ext_server.repositories.schema import experiments, latest_metrics, runs

NAN, INFINITY = math.nan, math.inf
HI = 'say "hi"'
T0 = 1_790_000_000_000  # 2026-09-21T14:13:20Z
MINUTE = 60_000

RUNS = {
    # name: (metrics, params, tags, datasets as (name, digest, context))
    "alpha": ({"loss": [3.0, 0.5, 1.0], "val loss": [0.2]}, {"lr": "0.1", "model": "ResNet"}, {"stage": "dev"}, []),
    "Beta": ({"loss": [NAN]}, {"lr": "1e-2", "model": "resnet"}, {"stage": "prod"}, [("iris", "d1", "train")]),
    "gamma": (
        {"loss": [INFINITY]}, {"lr": "auto", "model": "a*b?[c]"}, {}, [("iris", "d2", "eval"), ("mnist", "d3", "train")]
    ),
    "delta_1": ({"loss": [-INFINITY, 2.0]}, {"lr": "10", "model": "a\\b"}, {"stage": ""}, [("Iris", "d4", "train")]),
    "delta%2": ({"loss": [0.0, NAN]}, {"lr": " 5 ", "model": "50%_done"}, {"stage": "DEV"}, []),
    "it's": ({"val/acc": [0.9], "loss.min": [7.0]}, {"lr": "1e400", "model": "größe"}, {"note": "x"}, []),
    HI: ({"loss": [0.1, 0.2, 0.3], "a-b": [1.0]}, {"a b": "c d", "model": "ünder_score"}, {"mlflow.user": "me"}, []),
    "nothing": ({}, {}, {}, []),
    "huge": ({"loss": [1e308, 1e308, 1e200], "tiny": [1e-320]}, {"lr": "-" + "9" * 500, "model": "x" * 900}, {}, []),
    "both": ({"loss": [INFINITY, -INFINITY]}, {"lr": "-3", "model": '{"a": 1}'}, {"stage": "5"}, []),
}  # fmt: skip


class World:
    """MLflow's client and our queries on one database with the runs above."""

    def __init__(self, uri: str, root: Path) -> None:
        self.client = MlflowClient(uri)
        self.engine = sa.create_engine(uri)
        tables.metadata.create_all(self.engine)
        self.experiment = self.client.create_experiment("it's an experiment", artifact_location=root.as_uri())
        self.ids = {name: self._run(place, name) for place, name in enumerate(RUNS)}
        self.names = {run: name for name, run in self.ids.items()}
        self.statements: list[str] = []
        sa.event.listen(self.engine, "before_cursor_execute", self._note)

    def _run(self, place: int, name: str) -> str:
        histories, params, tags, inputs = RUNS[name]
        run = self.client.create_run(self.experiment, run_name=name, start_time=T0 + place // 2 * MINUTE).info.run_id
        self.client.log_batch(
            run,
            [Metric(key, v, T0 + i, i) for key, values in histories.items() for i, v in enumerate(values)],
            [Param(*param) for param in params.items()],
            [RunTag(*tag) for tag in tags.items()],
        )
        self.client.log_inputs(
            run,
            [DatasetInput(Dataset(n, d, "local", "{}"), [InputTag("mlflow.data.context", c)]) for n, d, c in inputs],
        )
        if place % 2:
            self.client.set_terminated(run, "FINISHED" if place % 3 else "FAILED", T0 + (place + 5) * MINUTE)
        return run

    def _note(self, _connection, _cursor, statement: str, *_rest) -> None:
        self.statements.append(statement)

    @property
    def dialect(self) -> str:
        return self.engine.dialect.name

    def ours(self, text: str, order: Sequence[str] = (), literal_keys: frozenset[str] | None = None) -> list[str]:
        parsed = parse(text)
        literal = self.literal_keys(ambiguous_keys(parsed, order)) if literal_keys is None else literal_keys
        query = (
            sa.select(runs.c.run_uuid)
            .select_from(runs.join(experiments, experiments.c.experiment_id == runs.c.experiment_id))
            .where(runs.c.experiment_id == int(self.experiment), condition(parsed, self.dialect, literal_keys=literal))
            .order_by(*order_by(order, self.dialect, literal_keys=literal))
        )
        with self.engine.connect() as connection:
            return [self.names[run] for run in connection.execute(query).scalars()]

    def literal_keys(self, keys: frozenset[str]) -> frozenset[str]:
        query = sa.select(latest_metrics.c.key).where(latest_metrics.c.key.in_(keys)).distinct()
        with self.engine.connect() as connection:
            return frozenset(connection.execute(query).scalars())

    def theirs(self, text: str, order: Sequence[str] = ()) -> list[str]:
        found = self.client.search_runs([self.experiment], text, order_by=list(order))
        return [self.names[run.info.run_id] for run in found]

    def alias(self, name: str, alias: str) -> None:
        with self.engine.begin() as connection:
            row = {"workspace": "default", "alias": alias, "run_uuid": self.ids[name], "claimed_at": T0}
            connection.execute(tables.run_aliases.insert().values(row))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("query")
    uri = f"sqlite:///{root}/mlflow.db" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    made = World(uri, root / "artifacts")
    made.alias("alpha", "my-own-id")
    made.client.set_tag(made.ids["alpha"], "mlflow.note.content", "PUBLISH: best")
    made.client.set_tag(made.ids["Beta"], "mlflow.ext.run.dataset_id", "set-7")
    made.client.set_tag(made.ids["Beta"], "mlflow.ext.run.command", "python train.py --lr 0.01")
    yield made
    made.engine.dispose()


MLFLOW = [
    "",
    "metrics.loss < 1",
    "metrics.loss <= 1.0",
    "metric.loss > -1",
    "metrics.loss >= .5",
    "metrics.loss = 0",
    "metrics.loss != 0",
    "metrics.loss != 1.",
    "metrics.loss = 1e308",
    "metrics.loss > 1e300",
    "metrics.loss < 1e400",
    "metrics.loss = 1.7976931348623157e308",
    "metrics.loss<2E0",
    "metrics.`val loss` = 0.2",
    'metrics."val loss" < 1',
    "metrics.'val loss' < 1",
    "metrics.`val/acc` > 0.5",
    "metrics.'a-b' = 1",
    "`metrics`.loss > 0",
    "metrics.loss.min = 7",
    'metrics."loss.min" > 1',
    "metrics.absent != 1",
    "params.lr = '0.1'",
    'params.lr = "0.1"',
    "param.lr != '0.1'",
    "parameters.model LIKE 'res%'",
    "parameter.model LIKE 'ResNet'",
    "params.model like 'Res___'",
    "params.model ILIKE 'RES%'",
    "params.model ilike '%SCORE'",
    "params.model LIKE '%*%'",
    "params.model LIKE '%?[c]'",
    "params.model LIKE '50%_done'",
    "params.model LIKE '%ö%'",
    "params.model LIKE ''",
    "params.model LIKE '%'",
    "params.model LIKE '_ünder%'",
    "params.model LIKE 'ünder%'",
    "params.`a b` = 'c d'",
    "params.'a b' LIKE 'c_d'",
    "params.model = '{\"a\": 1}'",
    "params.model = 'a\\b'",
    "params.lr IS NULL",
    "params.lr IS NOT NULL",
    "params.lr is null and tags.stage is null",
    "tags.stage = 'dev'",
    "tag.stage != 'dev'",
    "tags.stage = ''",
    "tags.stage != ''",
    "tags.stage ILIKE 'D%'",
    "tags.stage LIKE 'D%'",
    "tags.mlflow.user = 'me'",
    "tags.\"mlflow.runName\" = 'alpha'",
    "tags.`mlflow.note.content` LIKE 'PUBLISH%'",
    "tags.stage is not null",
    "attributes.status = 'RUNNING'",
    "status != 'RUNNING'",
    "attr.status LIKE 'F%'",
    "run.status ILIKE 'f%'",
    "status = 'nonsense'",
    "run_name = 'alpha'",
    "attributes.run_name != 'alpha'",
    "attributes.`run name` = 'Beta'",
    "\"Run Name\" LIKE 'delta%'",
    "`Run name` ILIKE 'beta'",
    'run_name = "it\'s"',
    "run_name = 'say \"hi\"'",
    "run_name LIKE 'delta_1'",
    f"start_time > {T0 + MINUTE}",
    f"start_time >= {T0 + MINUTE}",
    f"attributes.start_time = {T0}",
    f"created != {T0}",
    f"Created < {T0 + MINUTE}.5",
    f"attributes.Created <= {T0}",
    f"end_time > {T0 + 7 * MINUTE}",
    f"end_time != {T0}",
    "start_time < 1.5",
    "user_id = 'nobody'",
    "user_id != 'nobody'",
    "artifact_uri LIKE '%artifacts%'",
    "artifact_uri = 'x'",
    "dataset.name = 'iris'",
    "datasets.name != 'iris'",
    "dataset.name LIKE 'I%'",
    "dataset.name ILIKE 'I%'",
    "dataset.digest = 'd2'",
    "dataset.digest IN ('d1', 'd3')",
    "dataset.name NOT IN ('iris')",
    'dataset.name IN ("mnist",)',
    "dataset.context = 'train'",
    "dataset.context != 'train'",
    "dataset.context IN ('eval', 'test')",
    "dataset.context NOT IN ('train')",
    "metrics.loss > 0 AND params.lr = '0.1' and tags.stage = 'dev'",
    "metrics.loss\n<\t2\n  AND status='RUNNING'",
    "metrics.loss < 2 AND metrics.loss > 0 AND metrics.`val loss` < 1 AND run_name LIKE '%a%'",
]


@pytest.mark.parametrize("text", MLFLOW)
def test_a_filter_of_mlflow_s_finds_what_mlflow_finds(world: World, text: str) -> None:
    assert world.ours(text) == world.theirs(text)


def test_run_ids_in_a_list_find_what_mlflow_finds(world: World) -> None:
    ids = [world.ids["alpha"], world.ids["it's"], "0" * 32]
    listed = ", ".join(f"'{run}'" for run in ids)
    for text in (f"run_id IN ({listed})", f"attributes.run_id NOT IN ({listed})", f'run_id = "{ids[0]}"'):
        assert world.ours(text) == world.theirs(text)
        assert world.ours(text)


ORDERS = [
    [],
    ["metrics.loss"],
    ["metrics.loss ASC"],
    ["metrics.loss desc"],
    ["metric.`val loss` DESC"],
    ["metrics.\"val/acc\""],
    ["metrics.absent"],
    ["metrics.loss.min DESC"],
    ["tags.stage"],
    ["tags.stage DESC", "metrics.loss"],
    ["params.model"],
    ["params.model DESC"],
    ["params.`a b`"],
    ["start_time"],
    ["attributes.start_time DESC"],
    ["created", "run_id DESC"],
    ["end_time"],
    ["end_time DESC"],
    ["status", "run_name"],
    ["attribute.run_name DESC"],
    ["user_id"],
    ["artifact_uri"],
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
@pytest.mark.parametrize("text", ["", "metrics.loss < 1"])
def test_an_order_of_mlflow_s_is_mlflow_s_order(world: World, order: list[str], text: str) -> None:
    assert world.ours(text, order) == world.theirs(text, order)


EVEN = {"alpha", "gamma", "delta%2", HI, "huge"}  # still running
LAST = {"alpha", "gamma", "delta_1", HI, "huge", "both"}  # with a last loss that is no NaN
MODELS = set(RUNS) - {"nothing"}

BEYOND = {
    "metrics.loss = NaN": {"Beta", "delta%2"},
    "metrics.loss != nan": LAST,
    "metrics.loss = Infinity": {"gamma"},
    "metrics.loss = -inf": {"both"},
    "metrics.loss < Infinity": LAST - {"gamma"},
    "metrics.loss IN (1, 2, NaN)": {"alpha", "delta_1", "Beta", "delta%2"},
    "metrics.loss NOT IN (1, 2)": {"Beta", "delta%2", "gamma", HI, "huge", "both"},
    "metrics.loss NOT IN (1, NaN)": LAST - {"alpha"},
    "metrics.loss BETWEEN 0 AND 1": {"alpha", HI},
    "metrics.loss NOT BETWEEN 0 AND 1": {"Beta", "gamma", "delta_1", "delta%2", "huge", "both"},
    "metrics.loss IS NULL": {"it's", "nothing"},
    "metrics.loss IS NOT NULL AND NOT metrics.loss != NaN": {"Beta", "delta%2"},
    "metrics.loss.min < 0.2": {"delta_1", "delta%2", HI, "both"},
    "metrics.`loss`.min = NaN": {"Beta"},
    "metrics.loss.min != 0": (LAST | {"Beta"}),
    "metrics.loss.max >= 3": {"alpha", "gamma", "huge", "both"},
    "metrics.loss.mean = 1.5": {"alpha"},
    "metrics.loss.mean < 0.21": {HI, "delta_1", "delta%2"},
    "metrics.loss.mean = NaN": {"Beta", "both"},
    "metrics.loss.mean > 1e100": {"gamma", "huge"},
    "metrics.loss.mean = Infinity": {"gamma"},
    "metrics.loss.count = 2": {"delta_1", "delta%2", "both"},
    "metrics.loss.count < 3": {"Beta", "gamma", "delta_1", "delta%2", "both"},
    "metrics.loss.last = 1": {"alpha"},
    "metrics.loss.min IS NULL": {"it's", "nothing"},
    'metrics."val loss".min <= 0.2': {"alpha"},
    'metrics."loss.min" = 7': {"it's"},
    "metrics.val/acc > 0.5": {"it's"},
    "metrics.a-b = 1": {HI},
    "params.lr < 0.05": {"Beta", "both"},
    "params.lr >= 5": {"delta%2", "delta_1", "it's"},
    "params.lr = 0.10": {"alpha"},
    "params.lr != 0.1": {"Beta", "delta_1", "delta%2", "it's", "both"},
    "params.lr IN (0.01, 10)": {"Beta", "delta_1"},
    "params.lr NOT IN (1e-2, 10)": {"alpha", "delta%2", "it's", "both"},
    "params.lr BETWEEN -5 AND 0.01": {"Beta", "both"},
    "params.model > 0": set(),
    "params.lr IN ('auto', '10')": {"gamma", "delta_1"},
    "params.lr NOT IN ('auto', '10')": MODELS - {"gamma", "delta_1", HI},
    "tags.stage > 4": {"both"},
    "params.model NOT LIKE 'res%'": MODELS - {"Beta"},
    "params.model NOT ILIKE 'res%'": MODELS - {"Beta", "alpha"},
    "NOT params.model ILIKE 'res%'": set(RUNS) - {"Beta", "alpha"},
    "params.model LIKE 'a\\b'": {"delta_1"},
    "params.model LIKE '%\\%'": {"delta_1"},
    "NOT metrics.loss > 0": {"Beta", "delta%2", "it's", "nothing", "both"},
    "metrics.loss = 1 OR metrics.loss = 2 AND run_name = 'x'": {"alpha"},
    "(metrics.loss = 1 or metrics.loss = 2) AND run_name = 'delta_1'": {"delta_1"},
    "NOT status = running AND NOT run_name IN ('Beta')": {"delta_1", "it's", "nothing", "both"},
    "status IN (failed, 'RUNNING')": EVEN | {"delta_1", "both"},
    "end_time IS NULL": EVEN,
    "end_time NOT IN (0)": set(RUNS) - EVEN,
    "NOT end_time > 0": EVEN,
    "duration > 480000": {"nothing", "both"},
    "duration BETWEEN 360000 AND 420000": {"Beta", "delta_1"},
    "duration IS NULL": EVEN,
    "start_time >= '2026-09-21T14:17:20Z'": {"huge", "both"},
    "start_time >= '2026-09-21T16:17:20+02:00'": {"huge", "both"},
    "start_time < '2026-09-21 14:14:20'": {"alpha", "Beta"},
    "start_time BETWEEN '2026-09-21' AND '2026-09-22'": set(RUNS),
    "created > '2026-09-22'": set(),
    "project = \"it's an experiment\" AND name = 'alpha'": {"alpha"},
    "experiment_name LIKE 'it%' AND experiment != 'x' AND run.name = 'alpha'": {"alpha"},
    "experiment_id = 0 OR experiment_id IN ('0')": set(),
    "note LIKE 'PUBLISH%'": {"alpha"},
    "note IS NULL": set(RUNS) - {"alpha"},
    "dataset_id = 'set-7'": {"Beta"},
    "command ILIKE '%TRAIN.py%'": {"Beta"},
    "alias = 'my-own-id'": {"alpha"},
    "attributes.alias IS NOT NULL": {"alpha"},
    "dataset.name IS NULL": set(RUNS) - {"Beta", "gamma", "delta_1"},
    "NOT dataset.name = 'iris'": set(RUNS) - {"Beta", "gamma"},
    "run_name = `it's`": {"it's"},
    "run_name <> 'alpha' AND run_name == 'Beta'": {"Beta"},
    "user = 'nobody' OR name = 'alpha'": {"alpha"},
}  # fmt: skip


@pytest.mark.parametrize("text", BEYOND)
def test_what_goes_beyond_mlflow_finds(world: World, text: str) -> None:
    assert set(world.ours(text, literal_keys=frozenset())) == BEYOND[text]


def test_a_metric_with_the_literal_key_wins_over_the_aggregate(world: World) -> None:
    assert world.ours("metrics.loss.min = 7") == world.theirs("metrics.loss.min = 7") == ["it's"]
    assert world.ours("metrics.loss.min = 7", literal_keys=frozenset()) == []
    assert world.ours("metrics.`loss`.min = 0.5") == ["alpha"]


BEYOND_ORDERS = {
    "metrics.loss.min": ["both", "delta_1", "delta%2", HI, "alpha", "huge", "gamma", "nothing", "it's", "Beta"],
    "metrics.loss.mean DESC": ["gamma", "huge", "alpha", HI, "delta%2", "delta_1", "both", "nothing", "it's", "Beta"],
    "metrics.loss.count desc": ["huge", HI, "alpha", "both", "delta%2", "delta_1", "gamma", "Beta", "nothing", "it's"],
    "metrics.loss": ["both", HI, "alpha", "delta_1", "huge", "gamma", "delta%2", "Beta", "nothing", "it's"],
    "metrics.loss DESC": ["gamma", "huge", "delta_1", "alpha", HI, "both", "delta%2", "Beta", "nothing", "it's"],
    "params.lr": ["both", "Beta", "alpha", "delta%2", "delta_1", "it's", "huge", "gamma"],
    "params.lr DESC": ["it's", "delta_1", "delta%2", "alpha", "Beta", "both", "gamma", "huge"],
    "duration DESC": ["both", "nothing", "it's", "delta_1", "Beta", "huge", HI, "delta%2", "gamma", "alpha"],
    "note": ["alpha"],
    "command DESC": ["Beta"],
    "alias DESC": ["alpha"],
}  # fmt: skip


@pytest.mark.parametrize("order", BEYOND_ORDERS)
def test_an_order_beyond_mlflow_s_puts_what_is_missing_last(world: World, order: str) -> None:
    expected = BEYOND_ORDERS[order]
    assert world.ours("", [order], literal_keys=frozenset())[: len(expected)] == expected


@pytest.mark.parametrize("joint", [" AND ", " OR "])
@pytest.mark.parametrize(
    "predicate", ["metrics.loss < 9e99", "metrics.l.mean<1", "params.lr>=-1", "NOT tags.x=''", "dataset.name LIKE'%'"]
)
def test_as_many_comparisons_as_a_filter_may_hold_run(world: World, predicate: str, joint: str) -> None:
    once = set(world.ours(predicate))
    assert set(world.ours(joint.join([predicate] * MAX_CONDITIONS))) == once


def test_an_aggregate_reads_the_points_of_its_run_alone(world: World) -> None:
    if world.dialect != "sqlite":
        pytest.skip("PostgreSQL's plans follow its statistics, of which so small a table has none")
    query = sa.select(runs.c.run_uuid).where(condition(parse("metrics.loss.mean < 1"), "sqlite"))
    compiled = query.order_by(*order_by(["metrics.loss.min"], "sqlite")).compile(world.engine)
    with world.engine.connect() as connection:
        values = tuple(compiled.params[name] for name in compiled.positiontup or ())
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values).all()
    reads = [row.detail for row in plan if row.detail.startswith("SEARCH metrics")]
    assert len(reads) == 2
    assert all("index_metrics_run_uuid_key_step (run_uuid=? AND key=?" in read for read in reads), reads


def test_a_list_as_long_as_a_filter_may_be_runs(world: World) -> None:
    assert world.ours("metrics.loss IN (" + "1," * 3980 + "2)") == ["delta_1", "alpha"]
    assert world.ours("params.lr IN (" + "1," * 3980 + "10)") == ["delta_1"]


MARK = "zq7x"  # part of every text from the user below, and of no statement of ours
TEXT = st.text(max_size=20) | st.sampled_from(
    [
        "'; DROP TABLE runs; --",
        '" OR 1=1 --',
        "`",
        "\\",
        "%s",
        "%(x)s",
        ":x",
        "?",
        "\0",
        "\ud800",
        "') OR ('1'='1",
        "/*",
        "]",
    ]
)
MARKED = st.tuples(TEXT, TEXT).map(MARK.join)
NUMBERS = st.one_of(st.floats().map(str), st.integers().map(str), st.sampled_from(["1e999", "-0", "5.", "9" * 400]))


def quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, quote * 2) + quote


QUOTED = st.builds(quoted, MARKED, st.sampled_from("'\"`"))
FIELDS = st.one_of(
    st.tuples(st.sampled_from(["metrics", "params", "tags", "attributes", "dataset"]), QUOTED | MARKED).map(".".join),
    st.tuples(QUOTED, st.sampled_from(["min", "max", "mean", "count", "last"])).map(lambda p: f"metrics.{p[0]}.{p[1]}"),
    st.sampled_from(
        ["run_id", "name", "status", "start_time", "duration", "user", "artifact_uri", "experiment_id", "project",
         "note", "alias", "dataset.name", "datasets.context", "params.lr", "tags.stage", "metrics.l.mean"]
    ),
    MARKED,
)  # fmt: skip
VALUES = QUOTED | NUMBERS | st.sampled_from(["NaN", "-Infinity", "'2026-01-01'", "''", "'%_%'"])
COMPARISONS = st.one_of(
    st.builds("{} {} {}".format, FIELDS, st.sampled_from(["=", "!=", "<", "LIKE", "not ilike"]), VALUES),
    st.builds("{} {} ({}, {})".format, FIELDS, st.sampled_from(["IN", "NOT IN"]), VALUES, VALUES),
    st.builds("{} BETWEEN {} AND {}".format, FIELDS, VALUES, VALUES),
    st.builds("{} IS NULL".format, FIELDS),
)
TEXT_FIELDS = st.sampled_from(["run_id", "name", "user", "project", "note", "alias", "dataset.context"]) | st.builds(
    "{}.{}".format, st.sampled_from(["params", "tags"]), QUOTED
)
NUMBER_FIELDS = st.builds(
    "{}.{}{}".format, st.just("metrics"), QUOTED, st.sampled_from(["", ".min", ".mean", ".count"])
)
SOUND = st.one_of(
    st.builds("{} {} {}".format, TEXT_FIELDS, st.sampled_from(["=", "!=", "LIKE", "NOT ILIKE"]), QUOTED),
    st.builds("{} IN ({}, {})".format, TEXT_FIELDS, QUOTED, QUOTED),
    st.builds(
        "{} {} {}".format, NUMBER_FIELDS, st.sampled_from(["<", "!="]), st.integers() | st.floats(allow_nan=False)
    ),
    st.builds("{} IS NULL".format, TEXT_FIELDS | NUMBER_FIELDS),
)
FILTERS = st.one_of(
    MARKED,
    SOUND,
    st.builds("({} OR NOT {}) AND {}".format, SOUND, SOUND, SOUND),
    COMPARISONS,
    st.builds("({} OR NOT {}) AND {}".format, COMPARISONS, COMPARISONS, COMPARISONS),
    st.tuples(COMPARISONS, MARKED).map(" AND ".join),
)
SORT_KEYS = st.one_of(
    NUMBER_FIELDS,
    NUMBER_FIELDS.map("{} DESC".format),
    FIELDS,
    st.tuples(FIELDS, st.sampled_from(["ASC", "desc"]) | MARKED).map(" ".join),
)


def test_whatever_the_text_only_bound_values_reach_the_driver(world: World) -> None:
    def contents() -> dict[str, int]:
        with world.engine.connect() as connection:
            names = sa.inspect(connection).get_table_names()
            return {
                name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
                for name in names
            }

    before = contents()
    ran: list[str] = []

    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(text=FILTERS, order=st.lists(SORT_KEYS, max_size=2))
    @example(text=f"params.`{MARK}` = '{MARK}; DROP TABLE runs; --'", order=[f'metrics."{MARK}" DESC'])
    def check(text: str, order: list[str]) -> None:
        world.statements.clear()
        try:
            world.ours(text, order)
        except FilterError:
            return
        ran.append(text)
        assert world.statements
        assert not [statement for statement in world.statements if MARK in statement.lower()]

    check()
    assert len(ran) > 30
    assert contents() == before
