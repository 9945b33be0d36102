"""The Sweeps tab: which params matter, how sure that is, and what to try next."""
