"""What is said of each route beyond its code: the area it belongs to, a title, and what MLflow must let a caller do.

A route that is not in the table fails a test, as one that is missing from the role matrix does.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Need = Literal[
    "read", "update", "delete", "create_run", "create_experiment", "update_experiment", "delete_experiment", "admin"
]

NEEDS: dict[Need, str] = {
    "read": "READ on the experiment, or on its runs",
    "update": "EDIT on the run or its experiment",
    "delete": "MANAGE to archive, restore or delete",
    "create_run": "EDIT on the experiment",
    "create_experiment": "to make an experiment, USE on the workspace where there are workspaces",
    "update_experiment": "EDIT on the experiment",
    "delete_experiment": "MANAGE on the experiment to archive or restore it",
    "admin": "an administrator",
}
"""Each need in MLflow's own words for permissions; only with authentication on."""

AREAS: dict[str, str] = {
    "Runs": "Find, compare and rank runs, start them, change them, end them.",
    "Metrics": "Values of metrics, written one run at a time and read for many runs as columns.",
    "Insights": "What went wrong in training, and whether runs get better.",
    "Data": "Typed data behind the plots: Series, Distribution, Scatter, Matrix, Curve, BarChart, Table.",
    "Sweeps": "Which params matter to a metric and how sure that is, and what to try next.",
    "Experiments": "Experiments, and the runs in one.",
    "Projects": "Experiments under the name that other tools know; each route does what the one of /experiments does.",
    "Views": "Named views of an experiment, saved for all who may read it.",
    "Alerts": "What happened in runs: alerts that scripts raise, and the rules that raise them.",
    "Webhooks": "Where alerts are sent, and what became of it.",
    "Live": "What is new since a client last looked.",
    "Audit": "Who changed what through this API.",
    "Server": "The server itself.",
}
"""Areas in the order shown, and what each is about."""


class Operation(NamedTuple):
    """One route: area, title, permissions asked for; with ``silent`` what may not be read is left out."""

    area: str
    title: str
    needs: tuple[Need, ...] = ()
    silent: bool = False

    @property
    def permission(self) -> str:
        """The needs in words."""
        words = "; ".join(dict.fromkeys(NEEDS[one] for one in self.needs)) or "nothing"
        left_out = " What you may not read is left out." if self.silent else ""
        return f"{words[0].upper()}{words[1:]}.{left_out}"


_READ: tuple[Need, ...] = ("read",)
_UPDATE: tuple[Need, ...] = ("update",)

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/api/runs"): Operation("Runs", "List runs", _READ, True),
    ("POST", "/api/runs"): Operation("Runs", "Start a run", ("create_run", "create_experiment")),
    ("GET", "/api/runs/search"): Operation("Runs", "Search runs", _READ, True),
    ("POST", "/api/runs/search"): Operation("Runs", "Search runs by a body", _READ, True),
    ("GET", "/api/runs/compare"): Operation("Runs", "Compare runs", _READ, True),
    ("POST", "/api/runs/compare"): Operation("Runs", "Compare many runs", _READ, True),
    ("GET", "/api/runs/leaderboard"): Operation("Runs", "Rank runs", _READ, True),
    ("GET", "/api/diff"): Operation("Runs", "Tell why two runs differ", _READ, True),
    ("POST", "/api/diff"): Operation("Runs", "Tell why two runs differ, by a body", _READ, True),
    ("GET", "/api/runs/{run_id}"): Operation("Runs", "Read a run", _READ),
    ("PATCH", "/api/runs/{run_id}"): Operation("Runs", "Change a run", _UPDATE),
    ("PATCH", "/api/runs/{run_id}/note"): Operation("Runs", "Note a run", _UPDATE),
    ("POST", "/api/runs/{run_id}/finish"): Operation("Runs", "End a run", _UPDATE),
    ("POST", "/api/runs/bulk"): Operation("Runs", "Change many runs", ("update", "delete")),
    ("POST", "/api/runs/{run_id}/metrics"): Operation("Metrics", "Log metrics", _UPDATE),
    ("GET", "/api/metrics/summary"): Operation("Metrics", "Summarise metrics", _READ, True),
    ("POST", "/api/metrics/summary"): Operation("Metrics", "Summarise many runs", _READ, True),
    ("GET", "/api/metrics/history"): Operation("Metrics", "Read histories", _READ, True),
    ("POST", "/api/metrics/history"): Operation("Metrics", "Read many histories", _READ, True),
    ("GET", "/api/insights"): Operation("Insights", "Find what went wrong", _READ, True),
    ("POST", "/api/insights"): Operation("Insights", "Find what went wrong in many runs", _READ, True),
    ("GET", "/api/insights/trend"): Operation("Insights", "Read a trend", _READ),
    ("POST", "/api/runs/{run_id}/data"): Operation("Data", "Log typed data", _UPDATE),
    ("GET", "/api/runs/{run_id}/data"): Operation("Data", "Read typed data", _READ),
    ("GET", "/api/data"): Operation("Data", "Index typed data", _READ, True),
    ("POST", "/api/data"): Operation("Data", "Index many runs", _READ, True),
    ("GET", "/api/sweeps"): Operation("Sweeps", "Analyse a sweep", _READ, True),
    ("POST", "/api/sweeps"): Operation("Sweeps", "Analyse many runs", _READ, True),
    ("POST", "/api/sweeps/dependence"): Operation("Sweeps", "See what a metric depends on", _READ, True),
    ("POST", "/api/suggestions"): Operation("Sweeps", "Choose what to try next", _READ, True),
    ("POST", "/api/tail"): Operation("Live", "Read what is new", _READ, True),
    ("POST", "/api/views"): Operation("Views", "Save a view", _UPDATE),
    ("GET", "/api/views"): Operation("Views", "List views", _READ),
    ("GET", "/api/views/{view_id}"): Operation("Views", "Read a view", _READ),
    ("PATCH", "/api/views/{view_id}"): Operation("Views", "Change a view", _UPDATE),
    ("DELETE", "/api/views/{view_id}"): Operation("Views", "Delete a view", _UPDATE),
    ("GET", "/api/alerts"): Operation("Alerts", "List alerts", _READ, True),
    ("POST", "/api/alerts"): Operation("Alerts", "Raise an alert", _UPDATE),
    ("PATCH", "/api/alerts"): Operation("Alerts", "Mark alerts as seen", _READ),
    ("GET", "/api/alert-rules"): Operation("Alerts", "List alert rules", _READ),
    ("POST", "/api/alert-rules"): Operation("Alerts", "Add an alert rule", _UPDATE),
    ("PATCH", "/api/alert-rules/{rule_id}"): Operation("Alerts", "Change an alert rule", _UPDATE),
    ("DELETE", "/api/alert-rules/{rule_id}"): Operation("Alerts", "Delete an alert rule", _UPDATE),
    ("GET", "/api/webhooks"): Operation("Webhooks", "List webhooks", ("admin",)),
    ("POST", "/api/webhooks"): Operation("Webhooks", "Add a webhook", ("admin",)),
    ("PATCH", "/api/webhooks/{webhook_id}"): Operation("Webhooks", "Change a webhook", ("admin",)),
    ("DELETE", "/api/webhooks/{webhook_id}"): Operation("Webhooks", "Delete a webhook", ("admin",)),
    ("POST", "/api/webhooks/{webhook_id}/test"): Operation("Webhooks", "Send a test", ("admin",)),
    ("GET", "/api/deliveries"): Operation("Webhooks", "List deliveries", ("admin",)),
    ("GET", "/api/audit"): Operation("Audit", "List changes", ("admin",)),
    ("GET", "/health"): Operation("Server", "Check health"),
}

_EXPERIMENTS: dict[tuple[str, str], Operation] = {
    ("GET", ""): Operation("", "List {}s", _READ, True),
    ("POST", ""): Operation("", "Make {a}", ("create_experiment",)),
    ("GET", "/search"): Operation("", "Search {}s", _READ, True),
    ("GET", "/{experiment_id}"): Operation("", "Read {a}", _READ),
    ("PATCH", "/{experiment_id}"): Operation("", "Change {a}", ("update_experiment", "delete_experiment")),
    ("DELETE", "/{experiment_id}"): Operation("", "Archive {a}", ("delete_experiment",)),
    ("GET", "/{experiment_id}/runs"): Operation("", "List runs of {a}", _READ),
    ("POST", "/{experiment_id}/runs"): Operation("", "Start a run in {a}", ("create_run",)),
}
for _area, _word, _a in (("Experiments", "experiment", "an experiment"), ("Projects", "project", "a project")):
    OPERATIONS |= {
        (method, f"/api/{_word}s{path}"): one._replace(area=_area, title=one.title.format(_word, a=_a))
        for (method, path), one in _EXPERIMENTS.items()
    }
