"""Changes under basic-auth, with and without workspaces: MLflow's own routes judge, and grant what they grant."""

from __future__ import annotations

import base64
import multiprocessing
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlflow_ext.errors import MlflowExtError
from mlflow_ext.rest import BulkRequest, ExperimentChange, MetricPoint, NewData, NewExperiment, NewRun, NoteChange
from mlflow_ext_server import mlflow_adapter, schema
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.writing import audit, bulk, data, experiment, run
from mlflow_ext_ui.source import Principal

ADMIN = ("admin", "correct horse battery staple")
BOB = ("bob", "another long password")
EVE = ("eve", "a third long password")


def headers(user: tuple[str, str]) -> dict[str, str]:
    token = base64.b64encode(":".join(user).encode()).decode()
    return {"authorization": f"Basic {token}", "host": "127.0.0.1", "content-length": "7"}


def asking(user: tuple[str, str], workspace: str | None = None) -> Principal:
    return Principal(user[0], is_admin=user is ADMIN, workspace=workspace)


def word(change: Callable[[], Any]) -> str:
    """The name of the error that a change raises, or ok."""
    try:
        change()
    except MlflowExtError as error:
        return type(error).__name__
    return "ok"


def opened(folder: Path, *, workspaces: bool, default: str) -> MlflowBackend:
    """A server's store with basic-auth and three users, in this process."""
    from mlflow.server import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR

    config = folder / "auth.ini"
    config.write_text(
        f"[mlflow]\ndefault_permission = {default}\ndatabase_uri = sqlite:///{folder / 'auth.db'}\n"
        f"admin_username = {ADMIN[0]}\nadmin_password = {ADMIN[1]}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    os.environ.update(
        {
            BACKEND_STORE_URI_ENV_VAR: f"sqlite:///{folder / 'mlflow.db'}",
            ARTIFACT_ROOT_ENV_VAR: (folder / "artifacts").as_uri(),
            "MLFLOW_AUTH_CONFIG_PATH": str(config),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "s" * 32,
            "MLFLOW_ENABLE_WORKSPACES": "true" if workspaces else "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
    )
    schema.ensure(mlflow_adapter.tracking_engine())
    mlflow_adapter.check_auth()
    mlflow_adapter.fastapi_app(mlflow_adapter.BASIC_AUTH)
    from mlflow.server import auth

    for user in (BOB, EVE):
        auth.store.create_user(*user)
    return MlflowBackend(auth=True)


def grants(folder: Path) -> dict[str, Any]:
    """Who may do what after bob made an experiment through us, with READ as everybody's default."""
    store = opened(folder, workspaces=False, default="READ")
    bob, eve, admin = asking(BOB), asking(EVE), asking(ADMIN)
    found = experiment.create(store, bob, NewExperiment(name="bob's"), headers=headers(BOB))
    own = run.create(store, bob, NewRun(project="bob's", run_id="mine"), headers=headers(BOB))
    values = NewData(name="d", primitive_type="distribution", data={"values": [1, 2]})
    changes: dict[str, Callable[[Principal, tuple[str, str]], Any]] = {
        "note": lambda who, _: run.note(store, who, "mine", NoteChange(note="x")),
        "metric": lambda who, _: run.log_metrics(store, who, own, [MetricPoint(name="m", value=1)]),
        "data": lambda who, _: data.log_data(store, who, own, values),
        "create": lambda who, user: run.create(store, who, NewRun(project="bob's"), headers=headers(user)),
        "tag": lambda who, user: experiment.change(
            store, who, found, ExperimentChange(tags={"a": "b"}), headers=headers(user)
        ),
        "audit": lambda who, _: audit.entries(store, who),
        "archive": lambda who, user: experiment.archive(store, who, found, headers=headers(user)),
    }
    answers = {
        f"{label} {who.username}": word(lambda change=change, who=who, user=user: change(who, user))  # type: ignore[misc]
        for label, change in changes.items()
        for who, user in ((eve, EVE), (admin, ADMIN), (bob, BOB))
    }
    bulk_of = {
        who.username: bulk.bulk(store, who, BulkRequest(action="restore", ids=[own])).results[0].error
        for who in (eve, bob)
    }
    wrong = headers((BOB[0], "not his password"))
    return {
        "answers": answers,
        "bulk": bulk_of,
        "wrong password": word(lambda: experiment.create(store, bob, NewExperiment(name="x"), headers=wrong)),
        "editable": sorted(store.editable(bob, [found])) == [found],
    }


def spaces(folder: Path) -> dict[str, Any]:
    """The same names in two workspaces."""
    from mlflow.entities import Workspace
    from mlflow.server.handlers import _get_tracking_store
    from mlflow.server.workspace_helpers import _get_workspace_store

    store = opened(folder, workspaces=True, default="NO_PERMISSIONS")
    made = {}
    for workspace in ("team-a", "team-b"):
        _get_workspace_store().create_workspace(Workspace(name=workspace))
        with mlflow_adapter.in_workspace(workspace):
            who = asking(ADMIN, workspace)
            new = NewRun(project="shared name", run_id="same-alias", config={"a": 1})
            made[workspace] = run.create(store, who, new, headers=headers(ADMIN))
            data.log_data(
                store, who, "same-alias", NewData(name="d", primitive_type="distribution", data={"values": [1]})
            )
    with mlflow_adapter.in_workspace("team-a"):
        who = asking(ADMIN, "team-a")
        run.note(store, who, "same-alias", NoteChange(note="GOOD"))
        foreign = word(lambda: run.note(store, who, made["team-b"], NoteChange(note="x")))
        noted = _get_tracking_store().get_run(made["team-a"]).data.tags.get("mlflow.note.content")
        stranger = word(lambda: run.note(store, asking(BOB, "team-a"), "same-alias", NoteChange(note="x")))
        outside = word(
            lambda: experiment.create(store, asking(BOB, "team-a"), NewExperiment(name="x"), headers=headers(BOB))
        )
        seen = {one.workspace for one in audit.entries(store, who)[0]}
    return {
        "different": made["team-a"] != made["team-b"],
        "noted": noted,
        "foreign": foreign,
        "stranger": stranger,
        "outside": outside,
        "seen": sorted(seen),
    }


def _child(work: Callable[[Path], dict[str, Any]], folder: Path, queue: Any) -> None:
    try:
        queue.put(work(folder))
    except BaseException:
        queue.put({"trouble": traceback.format_exc()})
        raise


def in_a_process(work: Callable[[Path], dict[str, Any]], folder: Path) -> dict[str, Any]:
    """What ``work`` finds in a process of its own, since MLflow keeps its settings in the process."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=_child, args=(work, folder, queue))
    child.start()
    found = queue.get(timeout=240)
    child.join()
    assert "trouble" not in found, found["trouble"]
    return dict(found)


def test_who_makes_an_experiment_through_us_owns_it(tmp_path: Path) -> None:
    found = in_a_process(grants, tmp_path)
    assert found["editable"]
    assert found["answers"] == {
        f"{label} {who}": "PermissionDenied" if who == "eve" or (label, who) == ("audit", "bob") else answer
        for label in ("note", "metric", "data", "create", "tag", "audit", "archive")
        for who, answer in (("eve", "ok"), ("admin", "ok"), ("bob", "ok"))
    }
    assert found["bulk"] == {"eve": "PermissionDenied", "bob": None}
    assert found["wrong password"] == "PermissionDenied"


@pytest.mark.timeout(400)
def test_workspaces_are_kept_apart(tmp_path: Path) -> None:
    assert in_a_process(spaces, tmp_path) == {
        "different": True,
        "noted": "GOOD",
        "foreign": "NotFound",
        "stranger": "NotFound",
        "outside": "PermissionDenied",
        "seen": ["team-a"],
    }
