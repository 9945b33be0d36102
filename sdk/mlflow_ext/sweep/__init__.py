"""Runs that differ in their params: what varies and how."""

from mlflow_ext.sweep.parameter import Kind, Parameter, number, on_log_scale, parameter
from mlflow_ext.sweep.sweep import LEAST_FOR_CORRELATION, NoSweep, Reason, Sweep, sweep

__all__ = [
    "LEAST_FOR_CORRELATION",
    "Kind",
    "NoSweep",
    "Parameter",
    "Reason",
    "Sweep",
    "number",
    "on_log_scale",
    "parameter",
    "sweep",
]
