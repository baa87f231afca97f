"""The command line: ``cdemu``."""
