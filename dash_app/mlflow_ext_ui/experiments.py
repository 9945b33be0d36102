"""All experiments, to find and to manage: the React component of ``assets/js/experiments.js``."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class Experiments(OwnComponent):
    """Asks the REST API itself; what is looked for stands in the address."""
