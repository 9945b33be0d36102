"""The demo: small real models on scikit-learn's bundled data, logged as any script would, in a store of their own."""

from __future__ import annotations

from mlflow_ext_server.demo.store import DemoError, DemoStore, default_directory, prepare

__all__ = ["DemoError", "DemoStore", "default_directory", "prepare"]
