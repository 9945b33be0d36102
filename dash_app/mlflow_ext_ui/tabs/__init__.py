"""The tabs: one module each, and what those that are not built yet are for."""

from __future__ import annotations

from mlflow_ext_ui.state import Tab
from mlflow_ext_ui.tabs import overview, plots, run

__all__ = ["COMING", "overview", "plots", "run"]

COMING: dict[Tab, str] = {
    "lineage": "This tab is not built yet. It is for seeing which runs, datasets, files and models came from which.",
    "artifacts": "This tab is not built yet. It is for looking into the files of the runs on screen.",
    "notebooks": "This tab is not built yet. It is for notes beside the runs that they are about.",
    "chat": "This tab is not built yet. It is for asking about runs, with numbers that can be checked.",
}
