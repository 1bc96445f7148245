"""The review page: a work list, a report beside what was read from it, decisions, an overview. ``nodalis review`` serves it."""
