"""The bus: the service other programs know, and its client."""
