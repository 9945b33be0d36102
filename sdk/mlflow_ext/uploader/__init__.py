"""Carries what the spool holds to the tracking server, through the ordinary MLflow client."""
