"""Alerts in the background: rules are evaluated, alerts of scripts found, webhooks called."""
