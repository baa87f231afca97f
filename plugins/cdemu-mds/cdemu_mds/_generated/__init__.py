"""Modules written by kaitai/build.py."""
