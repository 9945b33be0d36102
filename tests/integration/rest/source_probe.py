"""Asks each method of the server's DataSource as each user; prints who is shown the run. Runs as its own process."""

from __future__ import annotations

import json
import os
import sys

from mlflow.server.handlers import initialize_backend_stores

from mlflow_ext.rest import DependenceRequest, SuggestionRequest, SweepRequest
from mlflow_ext_server.mlflow_backend import MlflowBackend
from mlflow_ext_server.repositories.store import Store
from mlflow_ext_server.source import StoreSource
from mlflow_ext_ui.source import Principal


def main() -> None:
    """Read the question from the command line."""
    asked = json.loads(sys.argv[1])
    initialize_backend_stores(os.environ["MLFLOW_BACKEND_STORE_URI"])
    from mlflow.server.auth import auth_config, store

    store.init_db(auth_config.database_uri)
    source = StoreSource(Store(MlflowBackend(auth=True)))
    found = {}
    for one in asked:
        who = Principal(one["user"], is_admin=one["user"] == "admin")
        found[one["user"]] = {
            "experiments": one["experiment"] in [known.id for known in source.experiments(who, limit=10_000)],
            "runs": bool(source.runs(who, one["experiment"]).runs),
            "fields": bool(source.fields(who, one["experiment"])),
            "outcomes": bool(source.outcomes(who, one["experiment"]).runs),
            "detail": source.detail(who, one["run"]) is not None,
            "runs_by_id": bool(source.runs_by_id(who, [one["run"]])),
            "difference": source.difference(who, (one["run"], one["run"])).a is not None,
            "plots": bool(source.plots(who, [one["run"]])),
            "drawings": bool(source.drawings(who, [one["run"]], ["m:loss"])),
            "params": bool(source.params(who, [one["run"]])),
            "summaries": bool(source.summaries(who, [one["run"]])),
            "steps": bool(source.steps(who, [one["run"]], one["table"])),
            "insights": source.insights(who, [one["run"]]).runs == [one["run"]],
            "trend": source.trend(who, one["experiment"]) is not None,
            "alerts": source.alerts(who, one["experiment"]) is not None,
            "history": source.history(who, [one["run"]], one["table"], most=2) is not None,
            "sweep": bool(source.sweep(who, SweepRequest(ids=[one["run"]])).runs),
            "dependence": bool(source.dependence(who, DependenceRequest(ids=[one["run"]], of=["lr"])).runs),
            "suggestions": bool(source.suggestions(who, SuggestionRequest(ids=[one["run"]])).runs),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
