"""The menu of saved views: the React component of ``assets/js/viewmenu.js``, which asks the REST API itself."""

from __future__ import annotations

from mlflow_ext_ui.own import OwnComponent


class Views(OwnComponent):
    """A button that names the open view, with a menu that opens, saves, renames and deletes views."""
