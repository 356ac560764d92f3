"""What we know about types: awaitables, async iterators and generators in annotations."""
