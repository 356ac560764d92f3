"""What we know about libraries that a table of names cannot say."""
