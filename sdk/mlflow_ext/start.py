"""Starting a run, and the one that is active: ``init``, ``get_run``, ``finish``."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from typing import Any

import mlflow
from mlflow.exceptions import MlflowException

from mlflow_ext import shutdown
from mlflow_ext.config import checked_config
from mlflow_ext.errors import ValidationError
from mlflow_ext.foreign import describe, read, storable
from mlflow_ext.run import Run
from mlflow_ext.runtime import Address, Runtime, is_local, runtime
from mlflow_ext.spool.header import bare_uri
from mlflow_ext.store_format import check_name, is_reserved

_TAG_KEY = re.compile(r"[/\w.\- :]+")
_TAG_CHARACTERS = 8_000
_log = logging.getLogger("mlflow_ext")


def init(
    project: str | None = None,
    name: str | None = None,
    config: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    *,
    system_metrics: bool = True,
) -> Run:
    """Start a run that is MLflow's active run as well; it finishes by itself when the process ends.

    Outside a ``with`` block it is FAILED when the main thread ends by an exception or by ``sys.exit`` with a code
    other than 0; the code of a bare ``raise SystemExit`` can't be seen, and counts as success.

    With the server away, or refusing, the run is kept in the local spool and made on the server later, as of now. A run
    of an earlier ``init`` is finished first.

    Args:
        project: the experiment's name, made when there is none; None for MLflow's active one.
        name: of the run; None lets MLflow make one up.
        config: as for ``log_config``.
        tags: text keys, values that become text.
        system_metrics: let MLflow log the use of processor, memory and GPU.

    Raises:
        ValidationError: an argument is wrong, or a run that ``mlflow.start_run`` began is still active.
        SpoolError: the local disk can't take it.

    Example:
        >>> import mlflow_ext as ext
        >>> with ext.init(project="digits", config={"lr": 3e-4}, system_metrics=False) as run:
        ...     run.log("training", {"epoch": 1, "loss": 0.5})
    """
    facts = _checked_facts(project, name, tags)
    plain = None if config is None else checked_config(config)
    state = runtime()
    if state.current is not None:
        state.current.finish()
    active = mlflow.active_run()
    if active is not None:
        raise ValidationError(
            f"Run {active.info.run_id} is active already; end it with mlflow.end_run(), or log to it with ext.log.",
            field="run",
        )
    shutdown.watch_exit_status()
    address, given = _begin(state, facts, system_metrics)
    run = state.current = Run(address, name=name or given, project=project)
    state.forget_binding()
    state.open(address)
    if plain is not None:
        run._record_config(plain)
    return run


def _checked_facts(project: Any, name: Any, tags: Any) -> dict[str, Any]:
    if project is not None:
        check_name(project, "project")
    if name is not None:
        check_name(name)
    if tags is not None and not isinstance(tags, Mapping):
        raise ValidationError(f"tags is {describe(tags)}, but takes a dict.", field="tags")
    texts: dict[str, str] = {}
    given: dict[Any, Any] = read("tags", dict, {} if tags is None else tags)
    for key, value in given.items():
        if not isinstance(key, str) or not _TAG_KEY.fullmatch(key) or os.path.normpath(key) != key or len(key) > 250:
            message = f"tags has the key {describe(key)}; MLflow takes letters, digits, spaces and _ - . : / in it."
            raise ValidationError(message, field="tags")
        if is_reserved(key):
            message = f"tags.{key} is a tag that mlflow-ext alone writes and reads; choose another key."
            raise ValidationError(message, field=f"tags.{key}")
        texts[key] = read(f"tags.{key}", str, value)
        if "\0" in texts[key] or not storable(texts[key]):
            what = "a NUL character" if "\0" in texts[key] else "a lone surrogate"
            raise ValidationError(f"tags.{key} holds {what}, which can't be stored.", field=f"tags.{key}")
        if len(texts[key]) > _TAG_CHARACTERS:
            message = f"tags.{key} has {len(texts[key])} characters; MLflow keeps {_TAG_CHARACTERS}."
            raise ValidationError(message, field=f"tags.{key}")
    return {"experiment": project, "run_name": name, "tags": texts}


def _begin(state: Runtime, facts: Mapping[str, Any], system_metrics: bool | None) -> tuple[Address, str | None]:
    """Start the run on the server, or else in the spool."""
    uri = mlflow.get_tracking_uri()
    if _reachable(state, uri):
        try:
            return _begin_at_server(uri, facts, system_metrics)
        except Exception as error:  # noqa: BLE001 - trouble of the store, of whatever class, never stops a training
            _log.warning(
                "%s could not start a run (%s: %s); it is kept in the spool until then.",
                bare_uri(uri),
                type(error).__name__,
                error,
            )
    return state.new_local({**_active_experiment(), **{key: value for key, value in facts.items() if value}}), None


def _begin_at_server(uri: str, facts: Mapping[str, Any], system_metrics: bool | None) -> tuple[Address, str | None]:
    experiment_id = None
    if facts["experiment"] is not None:
        client = mlflow.MlflowClient(uri)
        known = client.get_experiment_by_name(facts["experiment"])
        experiment_id = known.experiment_id if known is not None else _make_experiment(client, facts["experiment"])
    active = mlflow.start_run(
        experiment_id=experiment_id,
        run_name=facts["run_name"],
        tags=facts["tags"] or None,
        log_system_metrics=system_metrics,
    )
    return Address(active.info.run_id, uri), active.info.run_name


def _make_experiment(client: Any, name: str) -> str:
    try:
        return str(client.create_experiment(name))
    except MlflowException:
        known = client.get_experiment_by_name(name)  # another process may have been faster
        if known is None:
            raise
        return str(known.experiment_id)


def _reachable(state: Runtime, uri: str) -> bool:
    from mlflow_ext.uploader.client import server_answers

    if state.settings.offline:
        return False
    if server_answers(uri):
        return True
    _log.warning("The tracking server %s gives no answer; the run is kept in the spool until it does.", bare_uri(uri))
    return False


def _active_experiment() -> dict[str, str]:
    name, number = os.environ.get("MLFLOW_EXPERIMENT_NAME"), os.environ.get("MLFLOW_EXPERIMENT_ID")
    if number:
        return {"experiment_id": number}
    return {"experiment": name} if name else {}


def start_fluent(state: Runtime) -> Address:
    """Start a run as MLflow's fluent API does when none is active; in the spool when the server is away."""
    resumed = os.environ.get("MLFLOW_RUN_ID")
    if resumed and state.settings.offline:
        return Address(resumed, mlflow.get_tracking_uri())
    address, _ = _begin(state, {"experiment": None, "run_name": None, "tags": None}, None)
    if is_local(address.run_key):
        state.current = Run(address)
    return address


def get_run() -> Run | None:
    """The run that ``log`` goes to now: of ``init``, or the active one of MLflow; None when there is none.

    Example:
        >>> import mlflow_ext as ext
        >>> with ext.init(system_metrics=False) as run:
        ...     ext.get_run().id == run.id
        True
    """
    state = runtime()
    active = mlflow.active_run()
    current: Run | None = state.current
    if active is None:
        return Run(state.inherited) if current is None and state.inherited is not None else current
    if current is not None and current.address.run_key == active.info.run_id:
        return current
    return Run(Address(active.info.run_id, mlflow.get_tracking_uri()), name=active.info.run_name)


def finish(status: str = "FINISHED") -> None:
    """Finish the run that ``log`` goes to now; nothing happens when there is none.

    Args:
        status: "FINISHED", "FAILED" or "KILLED".

    Raises:
        ValidationError: another status.
        SpoolError: the local disk can't take it.

    Example:
        >>> import mlflow_ext as ext
        >>> _ = ext.init(system_metrics=False)
        >>> ext.finish()
    """
    run = get_run()
    if run is not None:
        run.finish(status)
