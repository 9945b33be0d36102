"""Whatever stands in a filter, an order, a name or an id reaches the database as a value, never as SQL."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import Server, StartServer
from tests.integration.rest.conftest import Api

EXAMPLES = int(os.environ.get("MLFLOW_EXT_FUZZ_EXAMPLES", "4")) * 10
PIECES = [
    "'", '"', "`", ";", "--", "/*", "*/", ")", "(", ",", "=", "<", ">", "%", "_", "\\", "\0", " OR 1=1",
    " UNION SELECT ",
    "DROP TABLE runs", "DELETE FROM experiments", "pg_sleep(9)", "ATTACH 'x' AS y", "$1", ":x", "%s", "{}", "?",
    "::text", "metrics.loss", "params.", "tags.`", " AND ", " IS NULL", " IN ('a')", " NOT ", " LIKE ", "1e999",
    "DESC", "é", "\U0001f4a9",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), min_size=1, max_size=8).map("".join)
FILTERS = st.builds(
    lambda field, sign, value: f"{field} {sign} {value}",
    st.one_of(
        st.sampled_from(["metrics.loss", "attributes.run_name", "start_time"]),
        TEXTS.map(lambda text: f'params."{text}"'),
        TEXTS.map(lambda text: f"tags.`{text}`"),
    ),
    st.sampled_from(["=", "!=", "<", "LIKE", "ILIKE", "IN"]),
    st.one_of(TEXTS.map(lambda text: f"'{text}'"), TEXTS.map(lambda text: f"('{text}')"), TEXTS),
)


def tables(server: Server, uri: str | None) -> dict[str, int]:
    """Every table and its rows."""
    engine = sa.create_engine(uri or f"sqlite:///{server.dir / 'mlflow.db'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: connection.execute(sa.text(f'SELECT COUNT(*) FROM "{name}"')).scalar_one() for name in names}


def attacked(api: Api, uri: str | None) -> None:
    """Ask with texts that would be SQL if anything took them for it."""
    api.post("/runs", {"run_id": "target", "project": "p", "config": {"a": "b"}, "tags": {"a": "b"}}, 201)
    api.post("/runs/target/metrics", {"name": "loss", "value": 1}, 201)
    api.post("/tail", {"target": {}})  # a run that is looked at gets its colour for good
    before = tables(api.server, uri)

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @example(text="a\0b", condition="start_time > 0")  # PostgreSQL refuses NUL wherever it stands
    @given(text=TEXTS, condition=FILTERS)
    def ask(text: str, condition: str) -> None:
        for method, path, options in [
            ("GET", "/runs", {"params": {"filter": text}}),
            ("GET", "/runs", {"params": {"filter": condition}}),
            ("POST", "/runs/search", {"json": {"order_by": [text]}}),
            ("POST", "/runs/search", {"json": {"order_by": [f'metrics."{text}".max DESC']}}),
            ("GET", "/runs", {"params": {"search": text, "dataset_id": text, "command_substring": text}}),
            ("GET", "/runs", {"params": {"project": text, "note_substring": text, "experiment_id": text}}),
            ("GET", "/runs/leaderboard", {"params": {"metric_name": text, "aggregate": "max"}}),
            ("GET", "/experiments", {"params": {"search": text, "tag": f"{text}={text}", "metric_name": text}}),
            ("GET", "/audit", {"params": {"target": text}}),
            ("GET", "/views", {"params": {"experiment_id": text}}),
            ("POST", "/views", {"json": {"experiment_id": text, "name": text, "state": {text: text}}}),
            ("POST", "/runs/compare", {"json": {"ids": [text]}}),
            ("POST", "/metrics/history", {"json": {"runs": [text, "target"], "keys": [text, "loss"]}}),
            ("POST", "/metrics/summary", {"json": {"runs": [text, "target"], "keys": [text, "loss"]}}),
            ("POST", "/data", {"json": {"runs": [text]}}),
            ("POST", "/tail", {"json": {text: {"plots": {text: 1}}, "target": {"plots": {text: 1}}}}),
            ("GET", "/runs/target/data", {"params": {"name": text, "kind": text}}),
            ("POST", "/runs/bulk", {"json": {"action": "archive", "ids": [text]}}),
        ]:
            answer = api.http.request(method, path, **options)
            known = (404, 422) if path == "/views" else (200, 400, 422)
            assert answer.status_code in known, f"{method} {path} {options}: {answer.status_code} {answer.text}"

    ask()
    assert tables(api.server, uri) == before
    assert "Traceback" not in api.server.log_text()

    @settings(
        max_examples=EXAMPLES // 4,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(text=TEXTS)
    def store(text: str) -> None:
        answer = api.http.post(
            "/runs", json={"name": text, "project": text, "tags": {"a": text}, "config": {text: text}}
        )
        assert answer.status_code in (201, 409, 422), answer.text
        if answer.status_code == 201:
            made = api.get(f"/runs/{answer.json()['run_id']}")
            assert (made["name"], made["project"], made["tags"]["a"], made["config"]) == (
                text,
                text,
                text,
                {text: text},
            )
            body = {"experiment_id": made["experiment_id"], "name": text, "state": {text: text}}
            answer = api.http.post("/views", json=body)
            assert answer.status_code in (201, 409, 422), answer.text
            if answer.status_code == 201:
                view = api.get(f"/views/{answer.json()['id']}")
                assert (view["name"], view["state"]) == (text, {text: text})

    store()
    assert tables(api.server, uri).keys() == before.keys()
    assert api.get("/runs/target")["metrics"] == {"loss": 1}
    assert "Traceback" not in api.server.log_text()


def test_on_sqlite(ext_server: StartServer, opened: Callable[[Server], Api]):
    attacked(opened(ext_server()), None)


@pytest.mark.postgres
def test_on_postgresql(ext_server: StartServer, postgres_uri: str, opened: Callable[[Server], Api]):
    attacked(opened(ext_server("--backend-store-uri", postgres_uri)), postgres_uri)
