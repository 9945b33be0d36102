"""Each private name of MLflow that the adapter uses, held against the installed MLflow.

A failure here names what changed; the cure is in ``mlflow_ext_server/mlflow_adapter/`` alone.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import mlflow_ext
import mlflow_ext_server
import mlflow_ext_ui
from mlflow_ext.errors import Conflict, NotFound, ValidationError
from mlflow_ext_server import mlflow_adapter
from mlflow_ext_server.repositories import schema as columns

ADAPTER = Path(mlflow_adapter.__file__).parent


def imports(path: Path) -> list[tuple[str, str]]:
    """Module and name of every import from MLflow in a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mlflow":
            found += [(str(node.module), alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names if alias.name.split(".")[0] == "mlflow"]
    return found


NAMES = sorted({one for module in ADAPTER.glob("*.py") for one in imports(module)})
ATTRIBUTES = [
    ("mlflow.server", "_find_app", ["app_name"]),
    ("mlflow.store.db.utils", "_is_empty_database", ["engine"]),
    ("mlflow.store.db.utils", "_get_schema_version", ["engine"]),
    ("mlflow.store.db.utils", "_get_latest_schema_revision", []),
    ("mlflow.store.db.utils", "_get_alembic_config", ["db_url", "alembic_dir"]),
    ("mlflow.server.auth", "authenticate_request", []),
    ("mlflow.server.auth", "make_basic_auth_response", []),
    ("mlflow.server.auth", "resolve_requirements", ["username", "anchor", "requirements"]),
    (
        "mlflow.server.auth",
        "_authorize_create_in_experiment_as",
        ["username", "experiment_id", "created_type", "extra"],
    ),
    ("mlflow.server.handlers", "_is_servable_proxied_run_artifact_root", ["run_artifact_root"]),
    ("mlflow.server.handlers", "_get_artifact_repository_for_uri", ["artifact_uri"]),
    (
        "mlflow.server.handlers",
        "_get_proxied_run_artifact_destination_path",
        ["proxied_artifact_root", "relative_path"],
    ),
    ("mlflow.server.handlers", "_get_workspace_scoped_repo_path_if_enabled", ["artifact_path"]),
    ("mlflow.server.handlers", "_get_artifact_repo_mlflow_artifacts", []),
    ("mlflow.server.handlers", "_get_tracking_store", ["backend_store_uri", "default_artifact_root"]),
    (
        "mlflow.store.tracking.sqlalchemy_store",
        "SqlAlchemyStore.create_run",
        ["experiment_id", "user_id", "start_time", "tags", "run_name"],
    ),
    ("mlflow.store.tracking.sqlalchemy_store", "SqlAlchemyStore.log_batch", ["run_id", "metrics", "params", "tags"]),
    ("mlflow.store.tracking.sqlalchemy_store", "SqlAlchemyStore.delete_tag", ["run_id", "key"]),
    (
        "mlflow.store.tracking.sqlalchemy_store",
        "SqlAlchemyStore.update_run_info",
        ["run_id", "run_status", "end_time", "run_name"],
    ),
    ("mlflow.store.tracking.sqlalchemy_store", "SqlAlchemyStore.delete_run", ["run_id"]),
    ("mlflow.store.tracking.sqlalchemy_store", "SqlAlchemyStore.restore_run", ["run_id"]),
    ("mlflow.store.tracking.sqlalchemy_store", "SqlAlchemyStore._hard_delete_run", ["run_id"]),
    (
        "mlflow.store.artifact.artifact_repo",
        "StreamUploadMixin.log_artifact_from_stream",
        ["stream", "artifact_file_name", "artifact_path"],
    ),
    ("mlflow.utils.validation", "_validate_tag", ["key", "value"]),
    ("mlflow.utils.validation", "_validate_param", ["key", "value"]),
    ("mlflow.utils.validation", "_validate_metric", ["key", "value", "timestamp", "step"]),
    ("mlflow.server.workspace_helpers", "resolve_workspace_for_request_if_enabled", ["path", "header_value"]),
    ("mlflow.server.security_utils", "is_allowed_host_header", ["allowed_hosts", "host"]),
    ("mlflow.utils.workspace_context", "ServerWorkspaceContext", ["workspace"]),
]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_the_name_is_there(module: str, name: str):
    found = importlib.import_module(module)
    if name and not hasattr(found, name):
        try:
            importlib.import_module(f"{module}.{name}")
        except ModuleNotFoundError:
            pytest.fail(f"MLflow no longer has {module}.{name}")


@pytest.mark.parametrize(("module", "name", "parameters"), ATTRIBUTES)
def test_it_takes_what_the_adapter_gives(module: str, name: str, parameters: list[str]):
    found = functools.reduce(
        lambda one, part: getattr(one, part, None), name.split("."), importlib.import_module(module)
    )
    assert found is not None, f"MLflow no longer has {module}.{name}"
    now = [one for one in inspect.signature(found).parameters if one != "self"]
    assert now[: len(parameters)] == parameters, f"{module}.{name} now takes {now}"


def test_private_names_are_used_in_the_adapter_alone():
    packages = [Path(package.__file__).parent for package in (mlflow_ext, mlflow_ext_ui, mlflow_ext_server)]
    used = [
        f"{path}: {module}.{name}"
        for package in packages
        for path in sorted(package.rglob("*.py"))
        if path.parent != ADAPTER
        for module, name in imports(path)
        if name.startswith("_") or any(part.startswith("_") for part in module.split("."))
    ]
    assert used == []
    beyond = [
        f"{path}: {module}"
        for path in sorted(packages[2].rglob("*.py"))
        if path.parent != ADAPTER
        for module, _ in imports(path)
        if module.startswith(("mlflow.server", "mlflow.store", "mlflow.utils"))
    ]
    assert beyond == []


def test_the_server_command_has_the_parameters_that_we_read():
    names = {param.name for param in mlflow_adapter.server_command().params}
    assert {
        "backend_store_uri",
        "read_replica_backend_store_uri",
        "registry_store_uri",
        "default_artifact_root",
        "serve_artifacts",
        "artifacts_only",
        "artifacts_destination",
        "host",
        "port",
        "workers",
        "static_prefix",
        "gunicorn_opts",
        "waitress_opts",
        "uvicorn_opts",
        "app_name",
        "dev",
        "enable_workspaces",
        "workspace_store_uri",
    } <= names


def test_the_server_command_finds_its_application_through_the_name_that_we_replace():
    import mlflow.server

    source = inspect.getsource(mlflow.server._run_server)
    assert "_find_app(app_name)" in source
    assert 'app_name == "basic-auth"' in source


def test_both_names_of_applications_are_on_offer():
    app_name = next(param for param in mlflow_adapter.server_command().params if param.name == "app_name")
    assert {"basic-auth", "mlflow-ext"} <= set(app_name.type.choices)


def test_the_last_route_is_the_catch_all():
    from starlette.routing import Mount

    assert isinstance(mlflow_adapter.flask_mount(mlflow_adapter.fastapi_app(None)), Mount)


def test_an_application_built_differently_is_refused():
    from fastapi import FastAPI

    app = FastAPI()
    app.mount("/else", FastAPI())
    with pytest.raises(RuntimeError, match="catch-all"):
        mlflow_adapter.flask_mount(app)


TABLES = [table for table in vars(columns).values() if isinstance(table, sa.TableClause)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_columns_that_we_read_are_mlflow_s(table: sa.TableClause):
    from mlflow.store.db.base_sql_model import Base
    from mlflow.store.model_registry.dbmodels import models as registry
    from mlflow.store.tracking.dbmodels import models

    assert models.SqlRun.metadata is registry.SqlModelVersion.metadata is Base.metadata
    theirs = Base.metadata.tables[table.name].columns
    for column in table.columns:
        assert column.name in theirs, f"MLflow's {table.name} has no {column.name} any more"
        assert isinstance(theirs[column.name].type, type(column.type).__mro__[1]), (
            f"{table.name}.{column.name} has another type"
        )


def test_a_fresh_database_is_empty_then_current_then_older_or_newer(tmp_path: Path):
    from mlflow.store.db.utils import _initialize_tables

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert mlflow_adapter.schema_state(engine) == "empty"
    _initialize_tables(engine)
    assert mlflow_adapter.schema_state(engine) == "current"
    for revision, state in (("451aebb31d03", "older"), ("f" * 12, "newer")):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
        assert mlflow_adapter.schema_state(engine) == state
    engine.dispose()


@pytest.fixture
def grants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str, str], None]]:
    """MLflow's permission store with the user bob, who holds nothing; gives the function that grants."""
    from mlflow.server import auth

    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "false")
    auth.store.init_db(f"sqlite:///{tmp_path / 'auth.db'}")
    auth.store.create_user("bob", "a long enough password")
    yield lambda kind, one, level: auth.store.grant_user_resource_permission("bob", kind, one, level)
    auth.store.engine.dispose()


OF_MLFLOW_S_ALEMBIC_FILE = "ignore:No path_separator found:DeprecationWarning"


@pytest.mark.filterwarnings(OF_MLFLOW_S_ALEMBIC_FILE)
def test_without_grants_mlflow_s_default_answers(grants):
    assert mlflow_adapter.permitted("bob", None, ["1", "2"], "read") == {"1", "2"}  # default_permission = READ
    assert mlflow_adapter.permitted("bob", None, ["1", "2"], "update") == set()
    assert not mlflow_adapter.may_create_run("bob", None, "1")


@pytest.mark.filterwarnings(OF_MLFLOW_S_ALEMBIC_FILE)
@pytest.mark.parametrize(
    ("level", "read", "update", "delete"),
    [
        ("READ", True, False, False),
        ("EDIT", True, True, False),
        ("MANAGE", True, True, True),
        ("DENY", False, False, False),
    ],
)
def test_a_grant_on_an_experiment_says_what_its_runs_allow(grants, level, read, update, delete):
    grants("experiment", "1", level)
    allowed = [mlflow_adapter.permitted("bob", None, ["1", "2"], action) for action in ("read", "update", "delete")]
    assert ["1" in one for one in allowed] == [read, update, delete]
    assert ["2" in one for one in allowed] == [True, False, False]
    assert mlflow_adapter.may_create_run("bob", None, "1") is update


@pytest.mark.filterwarnings(OF_MLFLOW_S_ALEMBIC_FILE)
def test_runs_may_be_withheld_as_a_whole(grants):
    grants("experiment", "1", "MANAGE")
    grants("run", "*", "DENY")
    assert mlflow_adapter.permitted("bob", None, ["1", "2"], "read") == set()
    assert not mlflow_adapter.may_create_run("bob", None, "1")


@pytest.mark.filterwarnings(OF_MLFLOW_S_ALEMBIC_FILE)
def test_an_experiment_is_seen_where_its_runs_or_models_are_withheld(grants):
    grants("experiment", "2", "DENY")
    assert mlflow_adapter.visible_experiments("bob", None, ["1", "2"]) == {"1"}
    assert mlflow_adapter.permitted("bob", None, ["1", "2"], "read", "logged_model") == {"1"}
    grants("logged_model", "*", "DENY")
    assert mlflow_adapter.permitted("bob", None, ["1"], "read", "logged_model") == set()
    assert mlflow_adapter.permitted("bob", None, ["1"], "read") == {"1"}
    grants("run", "*", "DENY")
    assert mlflow_adapter.permitted("bob", None, ["1"], "read") == set()
    assert mlflow_adapter.visible_experiments("bob", None, ["1", "2"]) == {"1"}
    assert mlflow_adapter.visible_experiments("bob", None, []) == set()


@pytest.mark.filterwarnings(OF_MLFLOW_S_ALEMBIC_FILE)
def test_a_registered_model_is_read_by_its_own_grant(grants):
    assert mlflow_adapter.readable_models("bob", None, ["one", "two"]) == {"one", "two"}
    grants("registered_model", "one", "DENY")
    assert mlflow_adapter.readable_models("bob", None, ["one", "two"]) == {"two"}
    grants("registered_model_version", "*", "DENY")
    assert mlflow_adapter.readable_models("bob", None, ["one", "two"]) == set()


@pytest.mark.filterwarnings(OF_MLFLOW_S_ALEMBIC_FILE)
def test_many_experiments_cost_one_look_at_the_grants(grants, monkeypatch):
    from mlflow.server import auth

    calls: list[int] = []
    original = auth.store.list_grants
    monkeypatch.setattr(auth.store, "list_grants", lambda *given: calls.append(1) or original(*given))
    assert len(mlflow_adapter.permitted("bob", None, [str(one) for one in range(500)], "read")) == 500
    assert len(calls) == 1


def test_the_workspace_context_is_seen_by_mlflow():
    from mlflow.utils.workspace_context import get_request_workspace

    with mlflow_adapter.in_workspace("team"):
        assert get_request_workspace() == "team"
    assert get_request_workspace() is None


@pytest.mark.timeout(60)
def test_an_artifact_is_read_when_it_is_a_regular_file(tmp_path: Path):
    (tmp_path / "part.json").write_bytes(b"{}")
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    assert mlflow_adapter.artifact(tmp_path.as_uri(), "part.json") == b"{}"
    for name in ("pipe.json", "folder.json"):
        with pytest.raises(ValidationError, match="no regular file"):
            mlflow_adapter.artifact(tmp_path.as_uri(), name)
    with pytest.raises(NotFound):
        mlflow_adapter.artifact(tmp_path.as_uri(), "none.json")


def test_an_artifact_is_written_over_an_older_one_in_one_step(tmp_path: Path):
    for data in (b"older and longer", b"newer"):
        mlflow_adapter.write_artifact(tmp_path.as_uri(), "ext/series/a/b-0.json", data)
        assert (tmp_path / "ext/series/a/b-0.json").read_bytes() == data
    assert [one.name for one in (tmp_path / "ext/series/a").iterdir()] == ["b-0.json"]


RUN = "a" * 32


def _filled(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "file").write_text("x")
    return folder


def test_artifacts_of_one_run_are_deleted_and_no_others(tmp_path: Path):
    mine, other = _filled(tmp_path / RUN / "artifacts"), _filled(tmp_path / ("b" * 32) / "artifacts")
    outside = _filled(tmp_path / "outside")
    (mine / "link").symlink_to(outside)
    mlflow_adapter.delete_artifacts(mine.as_uri(), RUN)
    assert not mine.exists()
    assert (other / "file").exists()
    assert (outside / "file").exists()
    mlflow_adapter.delete_artifacts(mine.as_uri(), RUN)  # gone already


@pytest.mark.parametrize("linked", [RUN, f"{RUN}/artifacts"])
def test_artifacts_behind_a_symbolic_link_are_left_alone(tmp_path: Path, linked: str):
    outside = _filled(tmp_path / "outside")
    (tmp_path / linked).parent.mkdir(exist_ok=True)
    (tmp_path / linked).symlink_to(outside)
    with pytest.raises(Conflict, match="symbolic link"):
        mlflow_adapter.delete_artifacts((tmp_path / RUN / "artifacts").as_uri(), RUN)
    assert (outside / "file").exists()


def test_a_root_that_does_not_name_the_run_is_left_alone(tmp_path: Path):
    with pytest.raises(Conflict, match="not the run's own"):
        mlflow_adapter.delete_artifacts(_filled(tmp_path / "shared").as_uri(), RUN)
    assert (tmp_path / "shared" / "file").exists()


@pytest.fixture
def proxied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder behind ``mlflow-artifacts:`` of a server that serves artifacts."""
    from mlflow.server import ARTIFACTS_DESTINATION_ENV_VAR, SERVE_ARTIFACTS_ENV_VAR, handlers

    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "false")
    monkeypatch.setenv(SERVE_ARTIFACTS_ENV_VAR, "true")
    monkeypatch.setenv(ARTIFACTS_DESTINATION_ENV_VAR, str(tmp_path / "root"))
    monkeypatch.setattr(handlers, "_artifact_repo", None)
    return tmp_path / "root"


def test_artifacts_that_the_server_proxies_are_written_read_and_deleted_where_it_keeps_them(proxied: Path):
    uri = f"mlflow-artifacts:/7/{RUN}/artifacts"
    mlflow_adapter.write_artifact(uri, "config.json", b"{}")
    assert (proxied / "7" / RUN / "artifacts" / "config.json").read_bytes() == b"{}"
    assert mlflow_adapter.artifact(uri, "config.json") == b"{}"
    kept = _filled(proxied / "7" / ("b" * 32))
    mlflow_adapter.delete_artifacts(uri, RUN)
    assert not (proxied / "7" / RUN / "artifacts").exists()
    assert (kept / "file").exists()


def test_proxied_artifacts_behind_a_symbolic_link_are_left_alone(proxied: Path, tmp_path: Path):
    outside = _filled(tmp_path / "outside" / RUN / "artifacts")
    proxied.mkdir()
    (proxied / "7").symlink_to(tmp_path / "outside")
    with pytest.raises(Conflict, match="symbolic link"):
        mlflow_adapter.delete_artifacts(f"mlflow-artifacts:/7/{RUN}/artifacts", RUN)
    for root in (f"mlflow-artifacts:/{RUN}/../..", f"mlflow-artifacts:/{RUN}/.."):
        with pytest.raises(Conflict):
            mlflow_adapter.delete_artifacts(root, RUN)
    assert (outside / "file").exists()


@pytest.mark.parametrize("key", ["a#b", "a//b", "../a", "x" * 251])
def test_keys_that_mlflow_refuses_are_refused_by_name(key: str):
    with pytest.raises(ValidationError) as tag:
        mlflow_adapter.check_tag(key, "v", "tags.it")
    with pytest.raises(ValidationError) as metric:
        mlflow_adapter.check_metric_key(key, "metrics[3].name")
    assert (tag.value.field, metric.value.field) == ("tags.it", "metrics[3].name")
    assert not mlflow_adapter.takes_param(key, "v")


def test_values_that_mlflow_would_cut_are_refused():
    mlflow_adapter.check_tag("note", "x" * 8000, "note")
    with pytest.raises(ValidationError, match="8001 characters"):
        mlflow_adapter.check_tag("note", "x" * 8001, "note")
    assert mlflow_adapter.takes_param("p", "x" * 6000)
    assert not mlflow_adapter.takes_param("p", "x" * 6001)


def test_mlflow_s_sessions_wait_long_for_a_locked_sqlite(tmp_path: Path):
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path.as_uri())
    with store.ManagedSessionMaker(read_only=False) as session:
        assert session.execute(sa.text("PRAGMA busy_timeout")).scalar_one() >= 20_000
