"""What a name means: within a module, and across the project."""
