"""Our revisions, oldest first: each applies whole or can be repeated."""
