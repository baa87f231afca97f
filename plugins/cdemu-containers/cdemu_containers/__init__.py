"""Compressed containers (ISZ, DMG, CSO, ZSO, DAX, ECM, MacBinary)."""
