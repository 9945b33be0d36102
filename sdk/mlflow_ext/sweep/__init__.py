"""Runs that differ in their params: what varies and how, and what to try next."""

from mlflow_ext.sweep.forecast import Forecast
from mlflow_ext.sweep.inference import inferred
from mlflow_ext.sweep.outcome import Outcome, Target
from mlflow_ext.sweep.parameter import Kind, Parameter, number, on_log_scale, parameter
from mlflow_ext.sweep.space import Dimension, Space, When, edited, space_of
from mlflow_ext.sweep.suggestion import Suggestion, Suggestions, suggestions
from mlflow_ext.sweep.sweep import LEAST_FOR_CORRELATION, NoSweep, Reason, Sweep, sweep

__all__ = [
    "LEAST_FOR_CORRELATION",
    "Dimension",
    "Forecast",
    "Kind",
    "NoSweep",
    "Outcome",
    "Parameter",
    "Reason",
    "Space",
    "Suggestion",
    "Suggestions",
    "Sweep",
    "Target",
    "When",
    "edited",
    "inferred",
    "number",
    "on_log_scale",
    "parameter",
    "space_of",
    "suggestions",
    "sweep",
]
