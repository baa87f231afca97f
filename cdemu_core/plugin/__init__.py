"""How strangers join: hook specifications, descriptors and the host."""
