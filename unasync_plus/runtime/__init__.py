"""What generated code imports, or has copied beside it: the standard library only."""
