"""What sweeps and histories tell: pure functions, no store and no web."""
