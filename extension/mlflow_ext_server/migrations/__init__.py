"""The alembic environment of our own tables."""
