"""Every id of the page, in one place."""

from __future__ import annotations

URL = "x-url"  # Store: {"path", "search", "refresh"}, written by assets/js/view.js only
VIEW = "x-view"  # Store: what the URL means for this person, as page.ScreenView
LISTING = "x-listing"  # Store: the run list, as page.Listing
EXPERIMENTS = "x-experiments"
EXPERIMENT_SEARCH = "x-experiment-search"
EXPERIMENT_SWITCH = "x-experiment-switch"
RUN_SEARCH = "x-run-search"
RUN_GRID = "x-run-grid"
RUN_GRID_BOX = "x-run-grid-box"
RUN_EMPTY = "x-run-empty"
ON_SCREEN = "x-on-screen"
RUNNING = "x-running"
MLFLOW = "x-mlflow"
PLOT_FILTER = "x-plot-filter"
SMOOTHING = "x-smoothing"
SMOOTHING_VALUE = "x-smoothing-value"
X_AXIS = "x-axis"
LOG_Y = "x-log-y"
CLIP = "x-clip"
TOOLBAR = "x-toolbar"
BOARD = "x-board"
TABLES = "x-tables"
SWEEPS = "x-sweeps"
MESSAGE = "x-message"
MISSING = "x-missing"
GROUPED = "x-grouped"
GROUPED_BY = "x-grouped-by"
BAND = "x-band"
