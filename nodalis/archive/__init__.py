"""Archives of any size: worker processes, a ledger that survives a kill, files that appear whole."""
