"""Grammar files: data only."""
