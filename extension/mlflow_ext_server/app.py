"""What uvicorn serves: MLflow's own application, with ours under ``{static prefix}/ext``."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from mlflow_ext_server.settings import ServerSettings


def create_app() -> FastAPI:
    """The ``mlflow.app`` entry point, called in each worker.

    Raises:
        RuntimeError: MLflow is built differently from what this version knows.
        DatabaseTooNew: a newer mlflow-ext has changed our tables.
    """
    gc.disable()  # all that is loaded now stays for good: a search for garbage in it, now or amid a request, is in vain
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else MLflow waits for the internet at its start
    from mlflow_ext_server.alerting.worker import AlertWorker
    from mlflow_ext_server.composition import compose
    from mlflow_ext_server.mlflow_backend import MlflowBackend
    from mlflow_ext_server.settings import ServerSettings

    settings: ServerSettings = ServerSettings.from_environment(os.environ)
    app = compose(settings)
    AlertWorker(MlflowBackend(auth=False), settings).start()  # it asks for nobody, so nobody needs to be asked about
    gc.freeze()
    gc.enable()
    return app
