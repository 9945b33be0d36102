"""What stands on the page before the scripts have come: its frame, and the first runs once ``first.js`` knows them."""

from __future__ import annotations

from mlflow_ext_ui.state import TABS


def markup() -> str:
    """HTML in the place of the sidebar and the top bar, which goes when the run list itself is drawn."""
    tabs = "".join(f'<span class="x-tab" data-tab="{tab}">{tab.capitalize()}</span>' for tab in TABS)
    return (
        '<div id="x-early" class="x-shell x-early" aria-hidden="true" inert>'
        '<div class="x-side"><div class="x-experiment"><span class="x-logo"></span>'
        '<span class="x-experiment-text"><span class="x-name"></span><span class="x-kind">Experiment</span></span>'
        "</div>"
        '<div class="x-filters"><div class="x-early-search">Search or filter runs</div></div>'
        '<div class="x-early-head"></div><div class="x-early-runs"></div><div class="x-foot"></div>'
        '<div class="x-files"><div class="x-files-head">Files</div></div></div>'
        f'<div class="x-main"><div class="x-top"><div class="x-tabs">{tabs}</div></div></div>'
        "</div>"
    )
