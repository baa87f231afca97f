"""CloneCD images (CCD/IMG/SUB)."""
