"""The Tables tab: runs side by side, groups of seeds, summaries of metrics, and the tables that runs logged."""
