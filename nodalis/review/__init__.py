"""What a person decides about a report, as data: pure functions, no store, no clock."""
