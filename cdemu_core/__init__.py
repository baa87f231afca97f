"""A virtual optical drive: disc images in, SCSI/MMC drives out."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("cdemu-core")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
