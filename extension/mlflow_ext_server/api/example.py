"""One request and one answer for each route, for the document and its page; tests send the one and check the other."""

from __future__ import annotations

from typing import Any, NamedTuple

RUN_ID = "my-run-123"
EXPERIMENT_ID = "1"
MLFLOW_ID = "0f3c9d5e8b1a4c7f9e2d6b8a1c4f7e03"
VIEW_ID = "5c7e1f0a9b3d4e6f8a2b4c6d8e0f1a2b"
RULE_ID = "a577fe1fdf6b45559027f870e7aab94d"
WEBHOOK_ID = "0c41f0c2b6fd4c5e8f6f0a4a7d8e9b12"
_START, _END = 1790000000000, 1790000754000

_PRIMITIVE = {"name": "training", "kind": "series", "section": "Training", "points": 3, "fields": ["loss"]}
_RUN: dict[str, Any] = {
    "run_id": MLFLOW_ID,
    "alias": RUN_ID,
    "name": "baseline",
    "project": "my-project",
    "experiment_id": EXPERIMENT_ID,
    "status": "FINISHED",
    "stage": "active",
    "start_time": _START,
    "end_time": _END,
    "duration": _END - _START,
    "params": {"optimizer.name": "adam", "optimizer.lr": "0.001"},
    "config": None,
    "metrics": {"accuracy": 0.92, "loss": 0.3},
    "tags": {"team": "vision"},
    "note": "PUBLISH: best so far",
    "dataset_id": "iris-1",
    "command": "python train.py",
    "artifacts": None,
    "primitives": [_PRIMITIVE],
}
_CONFIG = {"optimizer": {"name": "adam", "lr": 0.001}}
_WHOLE = {**_RUN, "config": _CONFIG, "artifacts": ["config.json"]}
_NEW: dict[str, Any] = {
    **_RUN,
    **{"name": "Experiment 1", "status": "RUNNING", "end_time": None, "duration": None},
    **{"metrics": {}, "note": None, "primitives": []},
}
_EXPERIMENT: dict[str, Any] = {
    "experiment_id": EXPERIMENT_ID,
    "name": "my-project",
    "description": "Risk models",
    "tags": {"team": "health"},
    "stage": "active",
    "runs": 12,
    "creation_time": _START,
    "last_update_time": _END,
    "last_activity": _START,
}
_SUMMARIES = {
    "run_id": [MLFLOW_ID],
    "key": ["loss"],
    "last": [0.3],
    "last_step": [2],
    "min": [0.2],
    "max": [0.5],
    "mean": [0.333],
    "count": [3],
    "nan": [0],
    "direction": ["lower"],
    "best_step": [1],
    "missing": [],
}
_HISTORIES = {
    "histories": [
        {
            "run_id": MLFLOW_ID,
            "key": "loss",
            "step": [0, 1, 2],
            "value": [0.5, 0.2, "NaN"],
            "timestamp": [_START, _START + 1000, _START + 2000],
            "total": 3,
        }
    ],
    "missing": [],
}
_INSIGHTS: dict[str, Any] = {
    "findings": [
        {
            "run_id": MLFLOW_ID,
            "kind": "nonfinite",
            "level": "serious",
            "metrics": ["loss"],
            "start": 2,
            "end": None,
            "time": _START + 2000,
            "evidence": {
                "rule": "A value is NaN or infinite.",
                "measured": 1.0,
                "threshold": 0.0,
                "unit": "values",
                "steps": [0, 1, 2],
                "values": [0.5, 0.2, "NaN"],
            },
            "sentence": "loss is NaN from step 2 to its end. The last number before was 0.2000.",
            "advice": "Look at the learning rate, the data at that step, divisions and logarithms in the loss.",
            "saved": None,
        }
    ],
    "runs": [MLFLOW_ID],
    "left_out": [],
    "untold": 0,
    "unread": [],
    "missing": [],
}
_TREND: dict[str, Any] = {
    "experiment_id": EXPERIMENT_ID,
    "metric": "accuracy",
    "direction": "higher",
    "runs": 1,
    "lacking": 0,
    "left_out": 0,
    "records": [{"run_id": MLFLOW_ID, "place": 0, "value": 0.92}],
    "since": 0,
    "chance": 1.0,
    "records_p": 1.0,
    "drift_p": 1.0,
    "jumps": [],
    "shift": None,
    "sentence": "The best accuracy, 0.9200, is of run 1 of 1; 1 run is too few to see a trend.",
}
_COMPARISON = {
    "metric_keys": ["accuracy", "loss"],
    "param_keys": ["optimizer.lr", "optimizer.name"],
    "runs": [_RUN],
    "missing": ["gone-run"],
}
_SIDE: dict[str, Any] = {
    "run_id": MLFLOW_ID,
    "alias": RUN_ID,
    "name": "baseline",
    "experiment_id": EXPERIMENT_ID,
    "status": "FINISHED",
    "stage": "active",
    "start_time": _START,
    "value": 0.92,
}
_DIFFERENCE = {
    "a": _SIDE,
    "b": {**_SIDE, "run_id": "1f3c9d5e8b1a4c7f9e2d6b8a1c4f7e04", "alias": "my-run-124", "name": "adam", "value": 0.94},
    "metric": "accuracy",
    "direction": "higher",
    "metrics": ["accuracy", "loss"],
    "apart": 0.02,
    "alike": None,
    "alike_pairs": 0,
    "history": 24,
    "sentence": "They differ in 1 thing and by +0.0200 in accuracy; 1 of these the history shows to go the same way. "
    "Two runs prove nothing by themselves: what is not recorded may differ as well. No two runs are alike in all that "
    "is recorded, so how far chance alone puts them apart is not known.",
    "things": [
        {
            "part": "param",
            "name": "optimizer.name",
            "a": "sgd",
            "b": "adam",
            "pairs": 12,
            "alone": 12,
            "together": 0,
            "exact": True,
            "effect": 0.018,
            "low": 0.011,
            "high": 0.025,
            "mean": 0.019,
            "margin": 0.006,
            "p": 0.0005,
            "explains": True,
            "sentence": "In 12 pairs of other runs that differ just so and in nothing else, accuracy changes by "
            "+0.0180 at the median, better (p < 0.001), of +0.0200 between these two.",
        }
    ],
    "texts": [],
    "same": {"param": ["optimizer.lr"]},
    "unknown": [],
    "missing": [],
}
_INDEX = {"runs": {RUN_ID: [_PRIMITIVE]}, "missing": []}
_FIELDS = {"epoch": [1, 2, 3], "loss": [0.5, 0.3, "NaN"]}
_DATA = {
    "run_id": MLFLOW_ID,
    "primitives": [
        {
            "name": "training",
            "kind": "series",
            "section": "Training",
            "step": None,
            "logged_at": _START,
            "data": {"index": "epoch", "index_values": [1, 2, 3], "fields": {"loss": [0.5, 0.3, "NaN"]}},
            "metadata": None,
            "points": 3,
            "shown": 3,
        }
    ],
    "troubles": [],
}
_AUDIT = {
    "id": 7,
    "at": _END,
    "username": "ann",
    "workspace": None,
    "action": "run.note",
    "target": f"run:{MLFLOW_ID}",
    "detail": {"note": "PUBLISH: best so far"},
}
_VIEW: dict[str, Any] = {
    "id": VIEW_ID,
    "experiment_id": EXPERIMENT_ID,
    "name": "Baseline review",
    "version": 1,
    "created_by": "ann",
    "created_at": _END,
    "updated_by": "ann",
    "updated_at": _END,
}
_SHOWN: dict[str, Any] = {"state": {"tab": "plots", "query": "smoothing=0.6", "layout": {}}}
_SAID = {"level": "warning", "title": "Loss is high", "text": "12.5 at step 300"}
_ALERT: dict[str, Any] = {
    "id": "10ac3eed91406a0cca6461fe355da095",
    "experiment_id": EXPERIMENT_ID,
    "run_id": MLFLOW_ID,
    "run_name": "baseline",
    "rule_id": None,
    **_SAID,
    "at": _END,
    "recorded_at": _END,
    "seen": False,
}
_CONDITION = {"kind": "threshold", "metric": "loss", "side": "above", "value": 2.0, "points": 1}
_RULE: dict[str, Any] = {
    "id": RULE_ID,
    "experiment_id": EXPERIMENT_ID,
    "name": "loss above 2",
    "condition": _CONDITION,
    "level": "warning",
    "webhook_id": None,
    "paused": False,
    "since": _START,
    "created_by": "ann",
    "created_at": _START,
    "updated_by": "ann",
    "updated_at": _START,
}
_DELIVERY = {
    "id": "25f99dd1fc02ae2f27e893c8567f63d2",
    "webhook_id": WEBHOOK_ID,
    "alert_id": _ALERT["id"],
    "state": "delivered",
    "created_at": _END,
    "next_at": None,
    "attempts": [
        {"number": 1, "at": _END, "duration": 212, "status": 503, "why": "refused: busy"},
        {"number": 2, "at": _END + 10_800, "duration": 95, "status": 200, "why": "delivered"},
    ],
}
_TEST = {
    **{"id": "7be0b1a4a5f0d1e2c3b4a59687786950", "webhook_id": WEBHOOK_ID, "alert_id": None, "state": "pending"},
    **{"created_at": _END, "next_at": _END, "attempts": []},
}
_HOOK: dict[str, Any] = {
    "id": WEBHOOK_ID,
    "name": "team chat",
    "url": "https://hooks.example.org/services/a1",
    "every_alert": True,
    "experiment_id": None,
    "level": "warning",
    "paused": False,
    "created_by": "admin",
    "created_at": _START,
    "updated_by": "admin",
    "updated_at": _START,
    "last_delivery": _DELIVERY,
}
_NEW_HOOK = {name: _HOOK[name] for name in ("name", "url", "every_alert", "level")}
_NEWS = {
    MLFLOW_ID: {
        "status": "RUNNING",
        "plots": {"m:loss": {"x": [2], "y": [0.25], "time": [_START + 2000], "total": 3, "reset": False}},
        "held": 1,
        "new_plots": False,
        "versions": {},
    }
}

_LR: dict[str, Any] = {"name": "lr", "kind": "log", "levels": [], "whole": False, "missing": 0, "distinct": 3}
_MEASURED: dict[str, Any] = {"measure": "spearman", "value": -1.0, "low": None, "high": None, "p": 0.33, "runs": 3}
_PEAK: dict[str, Any] = {"x": [0.001, 0.1], "y": [0.2, 0.5], "low": [0.1, 0.4], "high": [0.3, 0.6], "degree": 1}
_THREE = [MLFLOW_ID, "4f0c2f0e8f1f4c1b9f3d2a6b7c8d9e0f", "5a1d3b1f9a2e4d2c8e4f3b7c6d5e4f3a"]
_SWEEP: dict[str, Any] = {
    "target": "accuracy",
    "aggregation": "max",
    "none": None,
    "runs": _THREE,
    "without": [],
    "params": [{**_LR, "texts": ["0.001", "0.01", "0.1"], "numbers": [0.001, 0.01, 0.1]}],
    "constant": {"epochs": "3"},
    "partial": {},
    "targets": [{"metric": "accuracy", "direction": "higher", "values": [0.9, 0.8, 0.7]}],
    "front": [],
    "measured": {"spearman": [{**_MEASURED, "why": ""}]},
    "metrics": ["accuracy"],
    "matrix": [[{**_MEASURED, "why": ""}]],
    "trends": {"lr": _PEAK},
    "together": [],
    "warnings": ["3 runs: importance needs at least 5."],
    "importance": {
        **{"state": "impossible", "done": 0, "of": 0, "methods": []},
        **{"why": "Importance needs at least 5 runs."},
    },
    "missing": [],
}
_DEPENDENCE: dict[str, Any] = {
    "target": "accuracy",
    "none": None,
    "runs": _THREE,
    "axes": [{"name": "lr", "kind": "log", "numbers": [0.001, 0.01, 0.1], "levels": []}],
    "mean": [[0.88, 0.81, 0.72]],
    "low": [[0.85, 0.78, 0.7]],
    "high": [[0.9, 0.84, 0.75]],
    "near": [[1, 1, 1]],
    "explained": None,
    "missing": [],
}
_SUGGESTED: dict[str, Any] = {
    "items": [
        {
            "params": {"lr": 0.0004},
            "forecasts": [{"metric": "accuracy", "expected": 0.91, "spread": 0.02}],
            "tag": "Exploit",
            "reason": "Your best run with lr 4e-4 instead of 1e-3.",
            "python": "{'lr': 0.0004}",
            "flags": "--lr 4e-4",
            "command": "python train.py --lr 4e-4",
        }
    ],
    "space": {"params": {"lr": {"kind": "number", "low": 0.0003, "high": 0.3, "log": True}}},
    "coverage": [None],
    "notes": [],
    "runs": _THREE,
    "missing": [],
}


class Example(NamedTuple):
    """What is asked and what comes back: ``query`` in the address, ``body`` as JSON."""

    answer: Any
    query: dict[str, Any] = {}  # noqa: RUF012 - never changed
    body: Any = None


# In an order in which each finds what those before it made.
EXAMPLES: dict[tuple[str, str], Example] = {
    ("POST", "/api/runs"): Example(
        _NEW,
        body={
            **{"run_id": RUN_ID, "project": "my-project", "name": "Experiment 1", "config": _CONFIG},
            **{"tags": {"team": "vision"}, "dataset_id": "iris-1", "command": "python train.py"},
        },
    ),
    ("POST", "/api/runs/{run_id}/metrics"): Example({"stored": 1}, body={"name": "loss", "value": 0.3, "step": 10}),
    ("POST", "/api/runs/{run_id}/data"): Example(
        {"stored": 3},
        body={
            **{"name": "training", "primitive_type": "Series", "section": "Training"},
            **{"data": {"index": "epoch", "fields": _FIELDS}},
        },
    ),
    ("PATCH", "/api/runs/{run_id}"): Example(_RUN, body={"name": "baseline", "tags": {"seed": "7", "draft": None}}),
    ("PATCH", "/api/runs/{run_id}/note"): Example(_RUN, body={"note": "PUBLISH: best so far"}),
    ("POST", "/api/runs/{run_id}/finish"): Example(_RUN, body={"status": "FINISHED"}),
    ("GET", "/api/runs"): Example(
        [_RUN], {"project": "my-project", "filter": "metrics.loss.min < 0.4", "order_by": "metrics.loss.min ASC"}
    ),
    ("GET", "/api/runs/search"): Example([_RUN], {"metric_name": "loss", "metric_max": 0.9, "limit": 10}),
    ("POST", "/api/runs/search"): Example([_RUN], body={"filter": "tags.team = 'vision' OR params.lr <= 0.01"}),
    ("GET", "/api/runs/compare"): Example(_COMPARISON, {"ids": [RUN_ID, "gone-run"]}),
    ("POST", "/api/runs/compare"): Example(_COMPARISON, body={"ids": [RUN_ID, "gone-run"]}),
    ("GET", "/api/runs/leaderboard"): Example(
        [{**_RUN, "rank": 1, "value": 0.2}], {"metric_name": "loss", "top_k": 5, "aggregate": "min"}
    ),
    ("GET", "/api/runs/{run_id}"): Example(_WHOLE),
    ("GET", "/api/runs/{run_id}/data"): Example(_DATA, {"kind": "series", "max_points": 1000}),
    ("GET", "/api/diff"): Example(_DIFFERENCE, {"ids": [RUN_ID, "my-run-124"], "metric": "accuracy"}),
    ("POST", "/api/diff"): Example(_DIFFERENCE, body={"ids": [RUN_ID, "my-run-124"], "metric": "accuracy"}),
    ("GET", "/api/metrics/summary"): Example(_SUMMARIES, {"runs": [RUN_ID], "keys": ["loss"]}),
    ("POST", "/api/metrics/summary"): Example(_SUMMARIES, body={"runs": [RUN_ID], "keys": ["loss"]}),
    ("GET", "/api/metrics/history"): Example(_HISTORIES, {"runs": [RUN_ID], "keys": ["loss"], "max_points": 500}),
    ("POST", "/api/metrics/history"): Example(_HISTORIES, body={"runs": [RUN_ID], "keys": ["loss"]}),
    ("GET", "/api/insights"): Example(_INSIGHTS, {"ids": [RUN_ID], "metrics": ["loss"]}),
    ("POST", "/api/insights"): Example(_INSIGHTS, body={"ids": [RUN_ID]}),
    ("GET", "/api/insights/trend"): Example(_TREND, {"experiment_id": EXPERIMENT_ID, "metric": "accuracy"}),
    ("GET", "/api/data"): Example(_INDEX, {"runs": [RUN_ID]}),
    ("POST", "/api/data"): Example(_INDEX, body={"runs": [RUN_ID]}),
    ("GET", "/api/sweeps"): Example(_SWEEP, {"ids": [RUN_ID], "target": "accuracy", "aggregation": "max"}),
    ("POST", "/api/sweeps"): Example(_SWEEP, body={"ids": [RUN_ID], "target": "accuracy", "aggregation": "max"}),
    ("POST", "/api/sweeps/dependence"): Example(
        _DEPENDENCE, body={"ids": [RUN_ID], "target": "accuracy", "of": ["lr"]}
    ),
    ("POST", "/api/suggestions"): Example(_SUGGESTED, body={"ids": [RUN_ID], "target": "accuracy", "n": 1}),
    ("POST", "/api/tail"): Example(_NEWS, body={MLFLOW_ID: {"plots": {"m:loss": 2}, "status": "RUNNING"}}),
    ("POST", "/api/views"): Example(
        {**_VIEW, **_SHOWN}, body={"experiment_id": EXPERIMENT_ID, "name": "Baseline review", **_SHOWN}
    ),
    ("GET", "/api/views"): Example({"views": [_VIEW], "editable": True}, {"experiment_id": EXPERIMENT_ID}),
    ("GET", "/api/views/{view_id}"): Example({**_VIEW, **_SHOWN}),
    ("PATCH", "/api/views/{view_id}"): Example(
        {**_VIEW, **_SHOWN, "name": "Review", "version": 2}, body={"version": 1, "name": "Review"}
    ),
    ("DELETE", "/api/views/{view_id}"): Example({**_VIEW, **_SHOWN, "name": "Review", "version": 2}, {"version": 2}),
    ("POST", "/api/webhooks"): Example(
        {**_HOOK, "last_delivery": None}, body={**_NEW_HOOK, "secret": "at least 16 characters"}
    ),
    ("POST", "/api/alerts"): Example(_ALERT, body={"run_id": RUN_ID, **_SAID}),
    ("GET", "/api/alerts"): Example([_ALERT], {"experiment_id": EXPERIMENT_ID, "level": ["warning", "error"]}),
    ("PATCH", "/api/alerts"): Example(
        {"unseen": 0, "latest": _END}, body={"experiment_id": EXPERIMENT_ID, "until": _END}
    ),
    ("POST", "/api/alert-rules"): Example(_RULE, body={"experiment_id": EXPERIMENT_ID, "condition": _CONDITION}),
    ("GET", "/api/alert-rules"): Example(
        {"rules": [_RULE], "editable": True, "webhooks": [{"id": WEBHOOK_ID, "name": "team chat"}]},
        {"experiment_id": EXPERIMENT_ID},
    ),
    ("PATCH", "/api/alert-rules/{rule_id}"): Example({**_RULE, "paused": True}, body={"paused": True}),
    ("DELETE", "/api/alert-rules/{rule_id}"): Example({**_RULE, "paused": True}),
    ("GET", "/api/webhooks"): Example([_HOOK]),
    ("POST", "/api/webhooks/{webhook_id}/test"): Example(_TEST),
    ("GET", "/api/deliveries"): Example([_DELIVERY], {"webhook_id": WEBHOOK_ID, "limit": 20}),
    ("PATCH", "/api/webhooks/{webhook_id}"): Example({**_HOOK, "paused": True}, body={"paused": True}),
    ("DELETE", "/api/webhooks/{webhook_id}"): Example({**_HOOK, "paused": True}),
    ("GET", "/api/audit"): Example([_AUDIT], {"limit": 20}),
    ("POST", "/api/runs/bulk"): Example(
        {"results": [{"run_id": RUN_ID, "ok": True, "error": None, "detail": None}]},
        body={"action": "tag", "ids": [RUN_ID], "tags": {"reviewed": "yes"}},
    ),
    ("GET", "/health"): Example(
        {"status": "healthy", "database_connected": True, "version": "0.1.0", "mlflow_version": "3.17.0"}
    ),
}

for _word in ("experiments", "projects"):
    EXAMPLES |= {
        ("POST", f"/api/{_word}"): Example(
            _EXPERIMENT, body={"name": f"risk {_word}", "description": "Risk models", "tags": {"team": "health"}}
        ),
        ("GET", f"/api/{_word}"): Example([_EXPERIMENT], {"limit": 5}),
        ("GET", f"/api/{_word}/search"): Example([_EXPERIMENT], {"search": "risk", "tag": "team=health"}),
        ("GET", f"/api/{_word}/{{experiment_id}}"): Example(_EXPERIMENT),
        ("PATCH", f"/api/{_word}/{{experiment_id}}"): Example(_EXPERIMENT, body={"tags": {"team": "health"}}),
        ("POST", f"/api/{_word}/{{experiment_id}}/runs"): Example(_NEW, body={"name": "Experiment 1"}),
        ("GET", f"/api/{_word}/{{experiment_id}}/runs"): Example([_RUN], {"limit": 10}),
        ("DELETE", f"/api/{_word}/{{experiment_id}}"): Example({**_EXPERIMENT, "stage": "archived"}),
    }
