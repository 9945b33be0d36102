"""The lines to type for a first plot: the React component of ``assets/js/snippet.js``.

The browser writes them, for it alone knows by which address it reached this server.
"""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class Snippet(OwnComponent):
    """Python code that logs a first plot to this server, with a button that copies it.

    Args:
        experiment: the experiment to log to; None leaves out the line that names one.
    """

    def __init__(self, experiment: str | None = None) -> None:
        super().__init__(experiment=experiment)
