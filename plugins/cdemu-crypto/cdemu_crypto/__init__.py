"""Encrypted containers (DMG, ISZ)."""
