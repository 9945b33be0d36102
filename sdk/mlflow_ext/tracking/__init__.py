"""Runs and experiments of any tracking server or database: one protocol, MLflow's client and our REST API behind it."""
