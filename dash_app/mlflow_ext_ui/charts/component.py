"""The end of the toolbar of Plots: the React component of ``assets/js/plottools.js``."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class PlotTools(OwnComponent):
    """Whether plots zoom together, the way back from a zoom, and the panel that makes a chart."""
