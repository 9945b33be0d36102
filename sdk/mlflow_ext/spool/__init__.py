"""The local spool: append-only files that hold every record until the tracking server has it."""
