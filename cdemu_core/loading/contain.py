"""Turns whatever a plugin raises into the errors of the house."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..errors import CdemuError, CorruptImage, PluginBroken, StreamError
from ..plugin.host import PluginRecord

DECODING: Final = (EOFError, UnicodeError, struct.error)
"""Raised by a parser that reads a damaged file, besides Kaitai's own."""
DECODING_BY_MODULE: Final = (("kaitaistruct", "KaitaiStructError"), ("zlib", "error"), ("lzma", "LZMAError"))
"""The same of modules that are asked only where a plugin has loaded them."""


def shown(path: str) -> str:
    """The file name of ``path`` for a message, always valid text."""
    return os.path.basename(path).encode("utf-8", "replace").decode("utf-8")


@contextmanager
def contained(path: str, what: str, record: PluginRecord | None) -> Iterator[None]:
    """Run plugin code on the file ``path``; ``what`` names the format or filter in messages.

    Raises:
        CorruptImage: for Kaitai, EOF and decoding errors.
        StreamError: for errors of the system.
        PluginBroken: for anything else that is not a CdemuError.
    """
    try:
        yield
    except CdemuError:
        raise
    except Exception as cause:
        raise _translated(cause, path, what, record) from cause


def _translated(cause: Exception, path: str, what: str, record: PluginRecord | None) -> CdemuError:
    if isinstance(cause, _decoding_errors()):
        reason = str(cause) or type(cause).__name__
        return CorruptImage(
            f"“{shown(path)}” is damaged or is no {what}: {reason}.",
            path=path,
            structure=getattr(cause, "src_path", None),
        )
    if isinstance(cause, OSError):
        return StreamError(f"“{shown(path)}” cannot be read: {cause.strerror or cause}.")
    owner = f"The plugin {record.owner}" if record else "The plugin"
    return PluginBroken(
        f"{owner} failed on “{shown(path)}” ({what}): {type(cause).__name__}: {cause}. "
        "Please report this to its author.",
        dist=record.dist if record else None,
        name=record.name if record else None,
        cause=cause,
    )


def _decoding_errors() -> tuple[type[Exception], ...]:
    loaded = [(sys.modules.get(module), name) for module, name in DECODING_BY_MODULE]
    return (*DECODING, *(getattr(module, name) for module, name in loaded if module is not None))
