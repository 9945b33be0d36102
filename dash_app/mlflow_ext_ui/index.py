"""The HTML that starts the page: what it loads, and in which order."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import dash
import plotly
from dash.fingerprint import build_fingerprint

from mlflow_ext_ui import early
from mlflow_ext_ui.static import ASSETS

NOT_LISTED = r"."  # Dash names none of our files by itself: they come joined
SCRIPTS, STYLES = "/assets/js/all.js", "/assets/css/all.css"
# Dash names its own component packages in every page, of two of which we use nothing, and what browsers before 2020
# lack, which costs those since then a tenth of the page's start.
_UNUSED = re.compile(r'<script src="[^"]*/dash/(?:dcc/|dash_table/|deps/polyfill@)[^"]*"></script>\s*')

_PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="@icon">
<script src="@first" data-prefix="@prefix" data-flat="@flat" data-whole="@whole"></script>
<link rel="preload" as="font" type="font/woff2" href="@font" crossorigin>
<link rel="stylesheet" href="@styles">
<link rel="preload" as="script" href="@grid">
<link rel="preload" as="fetch" href="@prefix_dash-layout" crossorigin>
<link rel="preload" as="fetch" href="@prefix_dash-dependencies" crossorigin>
</head>
<body>
<noscript>This page draws in the browser and needs JavaScript.</noscript>
@early
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


class IndexedDash(dash.Dash):  # type: ignore[misc]  # Dash has no types
    """Dash without those of its scripts that the page has no use for."""

    def interpolate_index(self, **parts: Any) -> str:
        """See ``dash.Dash.interpolate_index``."""
        return str(super().interpolate_index(**parts | {"scripts": _UNUSED.sub("", parts["scripts"])}))


def joined() -> dict[str, bytes]:
    """Our scripts and our styles as one file each, by path: every file by itself costs the first visit a request."""
    return {SCRIPTS: _join("js"), STYLES: _join("css")}


def _join(suffix: str) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted((ASSETS / suffix).glob(f"*.{suffix}")))


def scripts_url(prefix: str) -> str:
    """The address of our scripts, which changes with their content."""
    return _address(prefix, SCRIPTS, joined()[SCRIPTS])


def index_page(prefix: str) -> str:
    """Dash's index template, with the theme set before the first paint."""
    addresses = {
        "@prefix": prefix,
        "@early": early.markup(),
        "@styles": _address(prefix, STYLES, joined()[STYLES]),
        "@first": _asset(prefix, "first.js"),
        "@flat": _asset(prefix, "plotly-flat.min.js"),
        "@icon": _asset(prefix, "favicon.svg"),
        "@font": f"{prefix}assets/fonts/inter-latin-wght-normal.woff2",
        "@grid": f"{prefix}_dash-component-suites/dash_ag_grid/async-community.js",
        "@whole": _whole_plotly(prefix),
    }
    return re.sub("@[a-z]+", lambda found: addresses[found[0]], _PAGE)


def _asset(prefix: str, name: str) -> str:
    return _address(prefix, f"/assets/{name}", (ASSETS / name).read_bytes())


def _address(prefix: str, path: str, content: bytes) -> str:
    return f"{prefix}{path[1:]}?m={hashlib.sha256(content).hexdigest()[:12]}"


def _whole_plotly(prefix: str) -> str:
    modified = int((Path(plotly.__file__).parent / "package_data" / "plotly.min.js").stat().st_mtime)
    name = build_fingerprint("package_data/plotly.min.js", plotly.__version__, modified)
    return f"{prefix}_dash-component-suites/plotly/{name}"
