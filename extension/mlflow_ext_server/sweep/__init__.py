"""What is answered about sweeps: from runs as they are stored, over the pure analyses, to the models of REST."""

from mlflow_ext_server.sweep.reader import SweepReader

__all__ = ["SweepReader"]
