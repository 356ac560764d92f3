"""Programs that a strategy writes, run as they are and converted."""
