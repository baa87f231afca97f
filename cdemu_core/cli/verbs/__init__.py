"""One module per family of verbs; each lists its verbs in ``VERBS``."""
