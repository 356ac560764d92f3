"""From a finished tree to text: imports, positions, stubs, source maps."""
