"""Who asks: what the Guard found out, as a FastAPI dependency."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from mlflow_ext_ui.source import Principal


def _principal(request: Request) -> Principal:
    found = request.scope["mlflow_ext.principal"]  # a missing one is a hole in the Guard: fail, don't guess
    if not isinstance(found, Principal):
        raise TypeError(f"the Guard left a {type(found).__name__} where a Principal belongs")
    return found


Asking = Annotated[Principal, Depends(_principal)]
