"""What we know about asynchronous tests."""
