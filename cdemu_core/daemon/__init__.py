"""The daemon: drives, roads, options and loading put together."""
