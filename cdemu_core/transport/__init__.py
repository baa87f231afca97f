"""Roads: how commands reach a drive."""
