"""Set-based reads over MLflow's store: every query bounded by workspace and readable experiments, never one per run."""
