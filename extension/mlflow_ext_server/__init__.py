"""What ``ext-server`` runs: MLflow's server with ours beside it."""
