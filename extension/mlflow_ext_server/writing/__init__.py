"""Everything that callers change in the store: each function takes a Principal and asks for permission itself."""
