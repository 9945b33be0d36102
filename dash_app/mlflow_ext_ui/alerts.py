"""The bell: the React component of ``assets/js/bell.js``, which asks the REST API itself."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class Alerts(OwnComponent):
    """A button that counts the alerts not seen yet, with a panel that lists them and the rules that raise them."""
