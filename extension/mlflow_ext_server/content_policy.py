"""What our pages may load and run: this server's own files, and of inline scripts only those that Dash itself writes.

Allowed beyond that, and why: inline styles, which Dash and plotly set; ``data:`` and ``blob:`` pictures and
``blob:`` workers for plotly's downloads. Nothing is compiled from text: plotly 7 draws WebGL without it.
"""

from __future__ import annotations

from collections.abc import Iterable

import dash
import flask


def policy(script_hashes: Iterable[str]) -> str:
    """The header's value; ``script_hashes`` as in ``'sha256-...'``, quotes included."""
    parts = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def register(ui: dash.Dash) -> None:
    """Send the policy with every page of the UI; who may frame it is for MLflow's X-Frame-Options to say."""
    value = policy(ui.csp_hashes())

    def add(response: flask.Response) -> flask.Response:
        if response.mimetype == "text/html":
            response.headers["Content-Security-Policy"] = value
        return response

    ui.server.after_request(add)
