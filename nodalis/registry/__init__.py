"""What a cancer registry takes: a report as an abstract of NAACCR items, written, read, checked and compared."""
