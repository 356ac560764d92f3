"""What we know about async: one construct, one file."""
