"""ISO 9660, UDF, High Sierra and raw track images."""
