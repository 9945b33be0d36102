"""Metrics and tags in batches that MLflow takes; what it refuses is found by halving and put aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mlflow_ext.uploader.mirror import MetricRow
from mlflow_ext.uploader.transport import Refused, Transport

BATCH_ENTITIES = 1_000
BATCH_TAGS = 100
BATCH_PARAMS = 100
MAX_PARAM_CHARACTERS = 6_000

Reject = Callable[[str, dict[str, Any], int], None]
"""Puts an item aside: reason, content, and how many metrics, tags or params it is."""


class Target(NamedTuple):
    """Where a batch goes.

    Args:
        transport: the server.
        run_id: the run.
        reject: takes what the server refuses.
        look: raises Refused when the run itself is gone, so that its items need not be tried one by one.
    """

    transport: Transport
    run_id: str
    reject: Reject
    look: Callable[[], object]


def send_metrics(target: Target, rows: list[MetricRow], tags: dict[str, str]) -> None:
    """Send all of ``rows``, then ``tags``, emptying both as they arrive; the last metrics share a request with tags.

    Raises:
        TryAgain, Denied: the rest is still in ``rows`` and ``tags``.
        Refused: the run is gone.
    """
    while rows or tags:
        room = BATCH_ENTITIES - min(len(tags), BATCH_TAGS)
        shared = dict(list(tags.items())[:BATCH_TAGS]) if len(rows) <= room else {}
        batch = rows[: BATCH_ENTITIES - len(shared)]
        _send_batch(target, batch, shared)
        del rows[: len(batch)]
        for key in shared:
            del tags[key]


def _send_batch(target: Target, rows: Sequence[MetricRow], tags: Mapping[str, str]) -> None:
    try:
        target.transport.log(target.run_id, rows, tags)
        return
    except Refused as error:
        target.look()
        if len(rows) + len(tags) == 1:
            target.reject(str(error), {"metrics": [row._asdict() for row in rows], "tags": dict(tags)}, 1)
            return
    if tags and rows:
        _send_batch(target, rows, {})
        _send_batch(target, [], tags)
    elif rows:
        half = len(rows) // 2
        _send_batch(target, rows[:half], {})
        _send_batch(target, rows[half:], {})
    else:
        items = list(tags.items())
        half = len(items) // 2
        _send_batch(target, [], dict(items[:half]))
        _send_batch(target, [], dict(items[half:]))


def send_params(target: Target, params: Mapping[str, str]) -> None:
    """Send the params that the run lacks and that MLflow can hold whole; others stand in config.json alone.

    Raises:
        TryAgain, Denied: some may have arrived; to be called again.
        Refused: the run is gone.
    """
    known = target.transport.run_facts(target.run_id).params
    fresh = [(key, text) for key, text in params.items() if key not in known and len(text) <= MAX_PARAM_CHARACTERS]
    for start in range(0, len(fresh), BATCH_PARAMS):
        _send_param_batch(target, fresh[start : start + BATCH_PARAMS])


def _send_param_batch(target: Target, batch: list[tuple[str, str]]) -> None:
    try:
        target.transport.log_params(target.run_id, dict(batch))
        return
    except Refused as error:
        target.look()
        if len(batch) == 1:
            key, text = batch[0]
            if key not in target.transport.run_facts(target.run_id).params:
                target.reject(str(error), {"params": {key: text}}, 1)
            return
    half = len(batch) // 2
    _send_param_batch(target, batch[:half])
    _send_param_batch(target, batch[half:])
