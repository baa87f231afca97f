"""Nero images (NRG)."""
