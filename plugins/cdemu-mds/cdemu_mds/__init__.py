"""Alcohol and DAEMON Tools images (MDS/MDF, XMD, MDX)."""
