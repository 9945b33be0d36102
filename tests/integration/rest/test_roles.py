"""Every route, Dash callback and DataSource method of ours x every role: each answered as MLflow's own route would.

A route that is not in the table fails the first test: say there what it needs before it ships.
"""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from mlflow_ext.store_format import slug
from mlflow_ext_server.api.operation import OPERATIONS
from mlflow_ext_server.composition import extension_app
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.repositories.catalog import plot_key
from mlflow_ext_server.settings import ServerSettings
from mlflow_ext_ui.app import create_app as create_ui
from mlflow_ext_ui.memory import MemorySource
from mlflow_ext_ui.source import DataSource
from tests.conftest import Server, StartServer, clean_environment

PASSWORD = "correct horse battery staple"
ADMIN = ("admin", PASSWORD)
_GRANTS = {"reader": "READ", "editor": "EDIT", "manager": "MANAGE", "runs_read_only": "MANAGE"}
ROLES = ["none", "reader", "editor", "manager", "by_role", "runs_read_only", "admin"]

Action = Literal[
    "read", "update", "delete", "create_run", "create_experiment", "update_experiment", "delete_experiment", "admin"
]


@dataclass(frozen=True)
class Target:
    """What one request is aimed at; made afresh by the admin for each."""

    experiment: str
    project: str
    run: str
    view: str = ""
    rule: str = ""
    hook: str = ""


@dataclass(frozen=True)
class Case:
    """One route: what it needs, how it is asked, and whether a refusal shows in the status or in what is left out.

    ``named``: by an experiment's name, of which MLflow, too, says to whoever asks that it is taken. ``viewed``: it is
    about a saved view, a rule or a webhook, or an alert.
    """

    action: Action
    ask: Callable[[Target], dict[str, Any]] = lambda target: {}
    path: Callable[[Target], dict[str, str]] = lambda target: {"run_id": target.run}
    lists: bool = False
    archived: bool = False
    named: bool = False
    viewed: bool = False


def _ids(target: Target) -> dict[str, Any]:
    return {"params": {"ids": [target.run]}}


def _runs(target: Target) -> dict[str, Any]:
    return {"params": {"runs": [target.run], "keys": ["loss"]}}


def _body(**fields: Any) -> Callable[[Target], dict[str, Any]]:
    return lambda target: {"json": fields}


def _experiment(target: Target) -> dict[str, str]:
    return {"experiment_id": target.experiment}


def _view(target: Target) -> dict[str, str]:
    return {"view_id": target.view}


def _bulk(action: str, **fields: Any) -> Callable[[Target], dict[str, Any]]:
    return lambda target: {"json": {"action": action, "ids": [target.run], **fields}}


ADDRESS = "https://hooks.example.org/"
_HOOK = {"name": "h", "url": ADDRESS, "secret": "0123456789abcdef"}
_OWN = ("/ext/api/views", "/ext/api/alert-rules", "/ext/api/webhooks")
_SERIES = {"name": "s", "primitive_type": "series", "data": {"index": "i", "fields": {"y": [1.0]}}}

CASES: dict[tuple[str, str], list[Case]] = {
    ("GET", "/runs"): [Case("read", lambda t: {"params": {"project": t.project}}, lists=True)],
    ("GET", "/runs/search"): [Case("read", lambda t: {"params": {"project": t.project}}, lists=True)],
    ("POST", "/runs/search"): [Case("read", lambda t: {"json": {"project": t.project}}, lists=True)],
    ("GET", "/runs/compare"): [Case("read", _ids, lists=True)],
    ("POST", "/runs/compare"): [Case("read", lambda t: {"json": {"ids": [t.run]}}, lists=True)],
    ("GET", "/diff"): [Case("read", lambda t: {"params": {"ids": [t.run, t.run]}}, lists=True)],
    ("POST", "/diff"): [Case("read", lambda t: {"json": {"ids": [t.run, t.run]}}, lists=True)],
    ("GET", "/runs/leaderboard"): [
        Case("read", lambda t: {"params": {"project": t.project, "metric_name": "loss"}}, lists=True)
    ],
    ("GET", "/runs/{run_id}"): [Case("read")],
    ("PATCH", "/runs/{run_id}"): [Case("update", _body(name="n", tags={"a": "b"})), Case("update", _body(color=3))],
    ("PATCH", "/runs/{run_id}/note"): [Case("update", _body(note="n"))],
    ("POST", "/runs/{run_id}/finish"): [Case("update", _body(status="FAILED"))],
    ("GET", "/runs/{run_id}/data"): [Case("read")],
    ("POST", "/runs/{run_id}/data"): [Case("update", lambda t: {"json": _SERIES})],
    ("POST", "/runs/{run_id}/metrics"): [Case("update", _body(name="a", value=1.0))],
    ("POST", "/runs"): [
        Case("create_run", lambda t: {"json": {"project": t.project}}, named=True),
        Case("create_experiment", lambda t: {"json": {"project": uuid.uuid4().hex}}),
    ],
    ("POST", "/runs/bulk"): [
        Case("update", _bulk("tag", tags={"a": "b"}), lists=True),
        Case("update", _bulk("note", note="n"), lists=True),
        Case("delete", _bulk("archive"), lists=True),
        Case("delete", _bulk("restore"), lists=True, archived=True),
        Case("delete", _bulk("delete", confirm=True), lists=True, archived=True),
    ],
    ("GET", "/metrics/summary"): [Case("read", _runs, lists=True)],
    ("POST", "/metrics/summary"): [Case("read", lambda t: {"json": {"runs": [t.run]}}, lists=True)],
    ("GET", "/metrics/history"): [Case("read", _runs, lists=True)],
    ("POST", "/metrics/history"): [Case("read", lambda t: {"json": {"runs": [t.run]}}, lists=True)],
    ("GET", "/insights"): [Case("read", lambda t: {"params": {"ids": [t.run, t.run]}}, lists=True)],
    ("POST", "/insights"): [Case("read", lambda t: {"json": {"ids": [t.run]}}, lists=True)],
    ("GET", "/insights/trend"): [
        Case("read", lambda t: {"params": {"experiment_id": t.experiment}}, path=lambda t: {})
    ],
    ("GET", "/data"): [Case("read", lambda t: {"params": {"runs": [t.run]}}, lists=True)],
    ("POST", "/data"): [Case("read", lambda t: {"json": {"runs": [t.run]}}, lists=True)],
    ("GET", "/sweeps"): [Case("read", _ids, lists=True)],
    ("POST", "/sweeps"): [Case("read", lambda t: {"json": {"ids": [t.run]}}, lists=True)],
    ("POST", "/sweeps/dependence"): [Case("read", lambda t: {"json": {"ids": [t.run], "of": ["lr"]}}, lists=True)],
    ("POST", "/suggestions"): [Case("read", lambda t: {"json": {"ids": [t.run]}}, lists=True)],
    ("POST", "/tail"): [Case("read", lambda t: {"json": {t.run: {}}}, lists=True)],
    ("GET", "/views"): [Case("read", lambda t: {"params": {"experiment_id": t.experiment}}, path=lambda t: {})],
    ("POST", "/views"): [
        Case(
            "update",
            lambda t: {"json": {"experiment_id": t.experiment, "name": "v", "state": {}}},
            path=lambda t: {},
        )
    ],
    ("GET", "/views/{view_id}"): [Case("read", path=_view, viewed=True)],
    ("PATCH", "/views/{view_id}"): [Case("update", _body(version=1, name="n"), path=_view, viewed=True)],
    ("DELETE", "/views/{view_id}"): [Case("update", lambda t: {"params": {"version": 1}}, path=_view, viewed=True)],
    ("GET", "/alerts"): [Case("read", lambda t: {"params": {"experiment_id": t.experiment}}, lists=True, viewed=True)],
    ("POST", "/alerts"): [Case("update", lambda t: {"json": {"run_id": t.run, "title": "t"}}, path=lambda t: {})],
    ("PATCH", "/alerts"): [
        Case("read", lambda t: {"json": {"experiment_id": t.experiment, "until": 1}}, path=lambda t: {})
    ],
    ("GET", "/alert-rules"): [Case("read", lambda t: {"params": {"experiment_id": t.experiment}}, path=lambda t: {})],
    ("POST", "/alert-rules"): [
        Case(
            "update",
            lambda t: {"json": {"experiment_id": t.experiment, "condition": {"kind": "run_failed"}}},
            path=lambda t: {},
        )
    ],
    ("PATCH", "/alert-rules/{rule_id}"): [
        Case("update", _body(paused=True), path=lambda t: {"rule_id": t.rule}, viewed=True)
    ],
    ("DELETE", "/alert-rules/{rule_id}"): [Case("update", path=lambda t: {"rule_id": t.rule}, viewed=True)],
    ("GET", "/webhooks"): [Case("admin", path=lambda t: {})],
    ("POST", "/webhooks"): [Case("admin", lambda t: {"json": _HOOK}, path=lambda t: {})],
    ("PATCH", "/webhooks/{webhook_id}"): [
        Case("admin", _body(paused=True), path=lambda t: {"webhook_id": t.hook}, viewed=True)
    ],
    ("DELETE", "/webhooks/{webhook_id}"): [Case("admin", path=lambda t: {"webhook_id": t.hook}, viewed=True)],
    ("POST", "/webhooks/{webhook_id}/test"): [Case("admin", path=lambda t: {"webhook_id": t.hook}, viewed=True)],
    ("GET", "/deliveries"): [Case("admin", path=lambda t: {})],
    ("GET", "/audit"): [Case("admin", path=lambda t: {})],
}
for word in ("experiments", "projects"):
    CASES |= {
        ("GET", f"/{word}"): [Case("read", lambda t: {"params": {"search": t.project}}, lists=True)],
        ("GET", f"/{word}/search"): [Case("read", lambda t: {"params": {"search": t.project}}, lists=True)],
        ("POST", f"/{word}"): [Case("create_experiment", lambda t: {"json": {"name": uuid.uuid4().hex}})],
        ("GET", f"/{word}/{{experiment_id}}"): [Case("read", path=_experiment)],
        ("PATCH", f"/{word}/{{experiment_id}}"): [
            Case("update_experiment", _body(tags={"a": "b"}), path=_experiment),
            Case("update_experiment", lambda t: {"json": {"name": uuid.uuid4().hex}}, path=_experiment),
            Case("delete_experiment", _body(stage="archived"), path=_experiment),
        ],
        ("DELETE", f"/{word}/{{experiment_id}}"): [Case("delete_experiment", path=_experiment)],
        ("GET", f"/{word}/{{experiment_id}}/runs"): [Case("read", path=_experiment)],
        ("POST", f"/{word}/{{experiment_id}}/runs"): [Case("create_run", _body(name="n"), path=_experiment)],
    }


METHODS = {
    "experiments", "runs", "fields", "outcomes", "detail", "runs_by_id", "plots", "drawings", "params", "summaries",
    "steps", "history", "sweep", "dependence", "suggestions",
    "difference",
    "insights", "trend",
    "alerts",
}  # fmt: skip


class World:
    """An authenticated server, its users, and MLflow's own answers."""

    def __init__(self, server: Server, config: Path) -> None:
        self.server = server
        self.config = config
        self.http = httpx.Client(base_url=server.url, trust_env=False, timeout=60)
        self._known: dict[tuple[str, Action], bool] = {}
        self._targets: dict[str, Target] = {}
        for role in ROLES[:-1]:
            self.admin("/api/2.0/mlflow/users/create", {"username": role, "password": PASSWORD})
        made = self.admin("/api/3.0/mlflow/roles/create", {"name": "runs", "workspace": "default"})["role"]["id"]
        grant = {"resource_type": "run", "resource_pattern": "*", "permission": "READ"}
        self.admin("/api/3.0/mlflow/roles/permissions/add", {"role_id": made, **grant})
        self.admin("/api/3.0/mlflow/roles/assign", {"role_id": made, "username": "runs_read_only"})

    def admin(self, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        answer = self.http.request(method, path, json=body, auth=self.who("admin"))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def target(self, role: str, archived: bool = False, viewed: bool = False) -> Target:
        """A fresh experiment with one run, and the role's grant on it."""
        name = uuid.uuid4().hex
        experiment = self.admin("/api/2.0/mlflow/experiments/create", {"name": name})["experiment_id"]
        if role in _GRANTS:
            grant = {"resource_type": "experiment", "resource_id": experiment, "permission": _GRANTS[role]}
            self.admin("/api/3.0/mlflow/users/permissions/grant", {"username": role, **grant})
        if role == "by_role":
            made = self.admin("/api/3.0/mlflow/roles/create", {"name": name, "workspace": "default"})["role"]["id"]
            grant = {"resource_type": "experiment", "resource_pattern": experiment, "permission": "EDIT"}
            self.admin("/api/3.0/mlflow/roles/permissions/add", {"role_id": made, **grant})
            self.admin("/api/3.0/mlflow/roles/assign", {"role_id": made, "username": "by_role"})
        run = self.admin("/api/2.0/mlflow/runs/create", {"experiment_id": experiment})["run"]["info"]["run_id"]
        self.admin("/api/2.0/mlflow/runs/log-metric", {"run_id": run, "key": "loss", "value": 1.0, "timestamp": 1})
        if archived:
            self.admin("/api/2.0/mlflow/runs/delete", {"run_id": run})
        if not viewed:
            return Target(experiment, name, run)
        view = {"experiment_id": experiment, "name": "the admin's", "state": {}}
        rule = {"experiment_id": experiment, "condition": {"kind": "run_failed"}}
        made = [self.admin(path, body)["id"] for path, body in zip(_OWN, (view, rule, _HOOK), strict=True)]
        self.admin("/ext/api/alerts", {"run_id": run, "title": "t"})
        return Target(experiment, name, run, *made)

    def to_read(self, role: str) -> Target:
        """One that stays as it is, made once for each role."""
        if role not in self._targets:
            self._targets[role] = self.target(role, viewed=True)
        return self._targets[role]

    def mlflow_lets(self, role: str, action: Action) -> bool:
        """Whether MLflow's own route for the action answers this user, asked once."""
        if (role, action) not in self._known:
            self._known[role, action] = self._asked(role, action)
        return self._known[role, action]

    def _asked(self, role: str, action: Action) -> bool:
        if action == "admin":
            return role == "admin"
        target = self.target(role)
        fresh = uuid.uuid4().hex
        method, path, body = {
            "read": ("GET", f"/api/2.0/mlflow/runs/get?run_id={target.run}", None),
            "update": ("POST", "/api/2.0/mlflow/runs/set-tag", {"run_id": target.run, "key": "a", "value": "b"}),
            "delete": ("POST", "/api/2.0/mlflow/runs/delete", {"run_id": target.run}),
            "create_run": ("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": target.experiment}),
            "create_experiment": ("POST", "/api/2.0/mlflow/experiments/create", {"name": fresh}),
            "update_experiment": (
                "POST",
                "/api/2.0/mlflow/experiments/set-experiment-tag",
                {"experiment_id": target.experiment, "key": "a", "value": "b"},
            ),
            "delete_experiment": ("POST", "/api/2.0/mlflow/experiments/delete", {"experiment_id": target.experiment}),
        }[action]
        status = self.http.request(method, path, json=body, auth=self.who(role)).status_code
        assert status in (200, 403), status
        return status == 200

    def who(self, role: str) -> tuple[str, str] | httpx.Auth:
        """How a user says who it is."""
        return (role, PASSWORD)


@pytest.fixture(scope="module")
def world(ext_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("roles")
    config = folder / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\nauth_cache_ttl_seconds = 600\n"
        f"database_uri = sqlite:///{folder / 'auth.db'}\nadmin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
    )
    env = {"MLFLOW_AUTH_CONFIG_PATH": str(config), "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32}
    env |= {"MLFLOW_EXT_WEBHOOK_ALLOW": ADDRESS, "MLFLOW_EXT_ALERT_SECONDS": "3600"}  # nothing is sent there
    world = World(ext_server("--app-name", "basic-auth", env=env, directory=folder), config)
    yield world
    world.http.close()


def test_every_route_has_its_place_in_the_table() -> None:
    paths = extension_app(MlflowBackend(auth=True), "", ServerSettings()).openapi()["paths"]
    found = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert found == {(method, "/api" + path) for method, path in CASES} | {("GET", "/health")}


def test_the_permissions_that_the_document_names_are_those_that_hold() -> None:
    named = {route: set(one.needs) for route, one in OPERATIONS.items() if route != ("GET", "/health")}
    assert named == {(method, "/api" + path): {one.action for one in cases} for (method, path), cases in CASES.items()}
    silent = {route for route, one in OPERATIONS.items() if one.silent}
    reads = {(method, "/api" + path) for (method, path), cases in CASES.items() if cases[0].lists}
    assert silent == reads - {("POST", "/api/runs/bulk")}


def test_every_callback_and_route_of_the_page_is_known() -> None:
    ui = create_ui(MemorySource())
    assert {key for key, one in ui.callback_map.items() if "callback" in one} == set(CALLBACKS)
    own = {rule.rule for rule in ui.server.url_map.iter_rules() if rule.rule.startswith("/_")}
    dash = {"/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_favicon.ico", "/_dash-update-component"}
    dash.add("/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>")
    assert own - dash == {page.partition("?")[0] for page in PAGES}


def test_every_method_of_the_data_source_is_known() -> None:
    methods = {name for name in vars(DataSource) if not name.startswith("_")}
    assert methods == METHODS, "say in source_probe.py how it is asked"


EACH = pytest.mark.parametrize(
    ("method", "path", "case"),
    [(method, path, case) for (method, path), cases in CASES.items() for case in cases],
    ids=[f"{method} {path} {i}" for (method, path), cases in CASES.items() for i in range(len(cases))],
)


@pytest.mark.parametrize("role", ROLES)
@EACH
def test_a_route_answers_as_mlflow_s_own_does(world: World, role: str, method: str, path: str, case: Case) -> None:
    check(world, role, method, path, case)


def check(world: World, role: str, method: str, path: str, case: Case) -> None:
    """Ask one route as a user of this role, and compare with what MLflow lets it do."""
    stays = case.action == "read" or (case.action == "admin" and not case.viewed)
    target = world.to_read(role) if stays else world.target(role, case.archived, case.viewed)
    allowed = world.mlflow_lets(role, case.action)
    address = "/ext/api" + path.format(**case.path(target))
    answer = world.http.request(method, address, auth=world.who(role), **case.ask(target))
    if case.lists:
        assert answer.status_code == 200, answer.text
        assert shows(answer.json(), target) is allowed
    elif allowed:
        assert answer.is_success, answer.text
    else:
        readable = case.action != "read" and world.mlflow_lets(role, "read")
        free = case.named or case.action in ("create_experiment", "admin")
        assert answer.status_code == (403 if readable or free else 404), answer.text


def shows(body: Any, target: Target) -> bool:
    """Whether an answer about many tells of the target, or did what was asked to it."""
    if isinstance(body, dict) and "results" in body:
        return bool(body["results"][0]["ok"])
    if isinstance(body, dict):
        body = {key: value for key, value in body.items() if key != "missing"}
    return target.run in json.dumps(body) or target.project in json.dumps(body)


def test_nobody_is_answered_without_a_password(world: World) -> None:
    for method, path in CASES:
        answer = world.http.request(method, "/ext/api" + path.replace("{", "").replace("}", ""), json={})
        assert answer.status_code == 401, path


def _callback(output: str, inputs: list[tuple[str, str, Any]], view: dict[str, Any]) -> dict[str, Any]:
    name, _, prop = output.rpartition(".")
    return {
        "output": output,
        "outputs": {"id": name, "property": prop},
        "inputs": [{"id": id_, "property": prop, "value": value} for id_, prop, value in inputs],
        "state": [{"id": "x-view", "property": "data", "value": view}],
        "changedPropIds": [f"{inputs[-1][0]}.{inputs[-1][1]}"],
    }


CALLBACKS: dict[str, Callable[[Target, dict[str, Any]], dict[str, Any]]] = {
    "x-run-grid.getRowsResponse": lambda t, view: _callback(
        "x-run-grid.getRowsResponse", [("x-run-grid", "getRowsRequest", {"startRow": 0, "endRow": 50})], view
    ),
    "x-experiments.children": lambda t, view: _callback(
        "x-experiments.children",
        [("x-experiment-search", "value", t.project), ("x-experiment-switch", "opened", True)],
        view,
    ),
}

PAGES: dict[str, Callable[[Target], tuple[str, str, dict[str, Any]]]] = {
    "/_page": lambda t: ("POST", "/_page", {"url": {"path": "/ext/plots", "search": f"?runs={t.run}"}}),
    "/_pictures": lambda t: ("POST", "/_pictures", {"runs": [t.run], "keys": ["m:loss"]}),
    "/_pictures?charts": lambda t: (
        "POST",
        "/_pictures",
        {"runs": [t.run], "keys": ["o:a"], "charts": ["bar~a~last~~loss"]},
    ),
    "/_values?chart": lambda t: ("GET", f"/_values?runs={t.run}&chart=line~a~last~~loss", {}),
    "/_fields": lambda t: ("GET", f"/_fields?experiment={t.experiment}", {}),
    "/_pick": lambda t: ("POST", "/_pick", {"experiment": t.experiment, "what": "latest"}),
    "/_steps": lambda t: ("POST", "/_steps", {"runs": [t.run], "key": plot_key(slug("table", "at a step"))}),
    "/_values": lambda t: ("GET", f"/_values?runs={t.run}&plot=m:loss", {}),
    "/_insights": lambda t: ("POST", "/_insights", {"runs": [t.run]}),
    "/_trend": lambda t: ("POST", "/_trend", {"experiment": t.experiment}),
    "/_sweep": lambda t: ("POST", "/_sweep", {"part": "report", "experiment": t.experiment}),
    "/_sweep?among=screen": lambda t: (
        "POST",
        "/_sweep",
        {"part": "report", "search": "?among=screen", "runs": [t.run]},
    ),
    "/_dependence": lambda t: ("POST", "/_dependence", {"experiment": t.experiment, "of": ["lr"]}),
    "/_suggest": lambda t: ("POST", "/_suggest", {"experiment": t.experiment}),
    "/_tables": lambda t: ("POST", "/_tables", {"part": "metrics", "runs": [t.run]}),
    "/_tables?part=difference": lambda t: ("POST", "/_tables", {"part": "difference", "runs": [t.run, t.run]}),
    "/_tables?part=metrics": lambda t: ("GET", f"/_tables?part=metrics&runs={t.run}", {}),
    "/_tables?part=groups": lambda t: ("POST", "/_tables", {"part": "groups", "experiment": t.experiment}),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("output", CALLBACKS)
def test_a_callback_shows_what_mlflowshows(world: World, role: str, output: str) -> None:
    target = world.to_read(role)
    view = {"experiment": {"id": target.experiment, "name": target.project}, "search": "", "runs": []}
    body = CALLBACKS[output](target, view)
    answer = world.http.post("/ext/_dash-update-component", json=body, auth=world.who(role))
    assert answer.status_code in (200, 204), answer.text
    shown = target.run in answer.text or target.project in answer.text
    assert shown is world.mlflow_lets(role, "read")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", PAGES)
def test_a_route_of_the_page_shows_what_mlflowshows(world: World, role: str, route: str) -> None:
    target = world.to_read(role)
    method, path, body = PAGES[route](target)
    if route == "/_steps":
        table = {"columns": [{"name": "a", "type": "number"}], "data": [[1]]}
        logged = {"name": "at a step", "primitive_type": "table", "data": table, "step": 4711}
        world.admin(f"/ext/api/runs/{target.run}/data", logged)
    answer = world.http.request(method, "/ext" + path, json=body or None, auth=world.who(role))
    assert answer.status_code == 200, answer.text
    tells = {
        "/_page": target.project,
        "/_pictures": '"figure":{',
        "/_steps": "[4711]",
        "/_values": ",1.0",
        "/_fields": "metrics.loss",
        "/_pick": target.run,
        "/_insights": '"looked":1',
        "/_trend": '"metric":"loss"',
        "/_tables": '"last":"1"',
    }
    tells |= {"/_tables?part=difference": '"missing":[]'}
    tells |= {"/_tables?part=metrics": "loss,", "/_tables?part=groups": '"looked_at":1'}
    tells |= {
        "/_sweep": '"of":1',
        "/_sweep?among=screen": '"of":1',
        "/_dependence": "sentence",
        "/_suggest": "fed with 1 run",
    }
    tells |= {"/_pictures?charts": '"figure":{', "/_values?chart": ",1,"}
    assert (tells[route] in answer.text) is world.mlflow_lets(role, "read"), answer.text[:2000]


def test_the_data_source_shows_what_mlflowshows(world: World) -> None:
    table = {
        "name": "t",
        "primitive_type": "table",
        "data": {"columns": [{"name": "a", "type": "number"}], "data": [[1]]},
    }
    asked = []
    for role in ROLES:
        target = world.to_read(role)
        world.admin(f"/ext/api/runs/{target.run}/data", table)
        asked.append(
            {"user": role, "experiment": target.experiment, "run": target.run, "table": plot_key(slug("table", "t"))}
        )
    env = {
        "MLFLOW_AUTH_CONFIG_PATH": str(world.config),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32,
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{world.server.dir / 'mlflow.db'}",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": str(world.server.dir / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }
    probe = Path(__file__).with_name("source_probe.py")
    done = subprocess.run(
        [sys.executable, str(probe), json.dumps(asked)],
        env=clean_environment(env), capture_output=True, text=True, timeout=120, check=False, cwd=world.server.dir,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == set(ROLES)
    for role, methods in found.items():
        assert set(methods) == METHODS
        assert set(methods.values()) == {world.mlflow_lets(role, "read")}, role
