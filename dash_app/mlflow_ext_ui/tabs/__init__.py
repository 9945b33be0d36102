"""The tabs: one module each, and what the tabs that come later will show."""

from __future__ import annotations

from mlflow_ext_ui.state import Tab
from mlflow_ext_ui.tabs import plots

__all__ = ["COMING", "plots"]

COMING: dict[Tab, str] = {
    "tables": "Tables will compare the params, metrics and logged tables of the runs on screen.",
    "sweeps": "Sweeps will show which params matter, and which values to try next.",
    "lineage": "Lineage will draw which runs, datasets, files and models came from which.",
    "artifacts": "Artifacts will preview the files of the runs on screen.",
    "notebooks": "Notebooks will hold notes beside the runs that they are about.",
    "chat": "Chat will answer questions about runs with numbers that can be checked.",
}
