"""Names where they are used and imported: what they stand for decides what they are called in the output."""
