"""Streams: bytes at positions."""
