"""What chaos is made of: an outside that keeps books, an installation, faults and invariants."""
