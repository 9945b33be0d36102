"""What our filter language says that MLflow's client would read as something else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlflow_ext.errors import ValidationError

_AGGREGATES = ("last", "min", "max", "mean", "count")
_METRIC = re.compile(
    r"""\bmetrics?\.(?P<key>`[^`]*`|"[^"]*"|[\w./:-]+)(?P<after>\.\w+)?|'[^']*'|"[^"]*"|`[^`]*`""", re.IGNORECASE
)


def check_aggregates(text: str, field: str, uri: str) -> None:
    """Refuse ``metrics.loss.min``: MLflow takes it for a metric of the name "loss.min", and silently finds nothing.

    Args:
        text: a filter or a sort key.
        field: the argument that it was given as.
        uri: the address without credentials.

    Raises:
        ValidationError: names the metric, and how to mean one of that very name.
    """
    for key, aggregate in _aggregated(text):
        raise ValidationError(
            f"{field}: the {aggregate} of the metric {key!r} over a run needs an ext-server, which {uri} is not: it "
            f"knows the last value only, metrics.{key if key.isidentifier() else f'`{key}`'}. A metric whose name is "
            f"'{key}.{aggregate}' is written metrics.`{key}.{aggregate}`.",
            field=field,
        )


def _aggregated(text: str) -> Iterable[tuple[str, str]]:
    for found in _METRIC.finditer(text):
        key, after = found["key"], (found["after"] or "")[1:].lower()
        if key is None:
            continue
        if key[0] not in '`"':
            key, _, after = key.rpartition(".")
        if key and after.lower() in _AGGREGATES:
            yield key.strip('`"'), after
