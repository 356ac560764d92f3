"""What we know about the grammar: every async construct of the language reference."""
