"""keypin."""
