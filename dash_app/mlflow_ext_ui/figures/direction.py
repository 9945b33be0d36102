"""Whether a metric is better low or high: the SDK's own rule, so that every list ranks alike."""

from __future__ import annotations

from mlflow_ext.direction import HIGHER, LOWER, Direction, better

__all__ = ["HIGHER", "LOWER", "Direction", "better"]
