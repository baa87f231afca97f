"""What cdemu-core costs, each figure beside the physical limit measured in the same run.

``./dev bench`` (``python -m benchmarks``) prints the table; docs/performance.md explains its rows.
"""
