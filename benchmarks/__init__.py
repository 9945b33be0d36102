"""How fast and how safe logging is, measured beside MLflow and trackio on this machine. Run: ``make bench``."""
