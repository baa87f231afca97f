"""MIME types of disc images: which the desktop file claims, and XML for those that systems do not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

KNOWN = frozenset(
    {
        "application/x-cd-image",
        "application/x-cdrdao-toc",
        "application/x-cue",
        "application/x-compressed-iso",
        "application/x-apple-diskimage",
        "application/x-mame-chd",
        "application/x-discjuggler-cd-image",
        "application/x-gd-rom-cue",
        "application/x-macbinary",
        "application/gzip",
        "application/x-gzip",
        "application/x-xz",
    }
)
"""Types of shared-mime-info that image formats use."""
GENERAL = frozenset({"application/gzip", "application/x-gzip", "application/x-xz", "application/x-macbinary"})
"""Types of files that are seldom discs: read, but not claimed."""
SHORTEST_MAGIC = 3


class FileType(NamedTuple):
    """One format or filter as the desktop sees it; ``signatures`` are (offset, bytes) each."""

    title: str
    mime_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    signatures: tuple[tuple[int, bytes], ...] = ()


def claimed(types: Sequence[FileType]) -> list[str]:
    """MIME types a file manager should offer the drive for."""
    found = {mime for row in types for mime in row.mime_types if mime.startswith("application/")}
    return sorted(found - GENERAL)


def named_suffix(mime: str) -> str:
    """``application/x-mds`` → ``.mds``."""
    return "." + mime.partition("/")[2].removeprefix("x-")


def _value(signature: bytes) -> str:
    """Bytes in the escapes of a match's string value."""
    return "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte != 0x5C else f"\\x{byte:02x}" for byte in signature
    )


def _entry(mime: str, row: FileType, suffixes: Sequence[str]) -> str:
    matches = "".join(
        f'      <match type="string" offset="{offset}" value={quoteattr(_value(signature))}/>\n'
        for offset, signature in row.signatures
        if offset >= 0 and len(signature) >= SHORTEST_MAGIC
    )
    magic = f'    <magic priority="50">\n{matches}    </magic>\n' if matches else ""
    globs = "".join(f"    <glob pattern={quoteattr('*' + suffix)}/>\n" for suffix in suffixes)
    return (
        f"  <mime-type type={quoteattr(mime)}>\n    <comment>{escape(row.title)}</comment>\n"
        f"{magic}{globs}  </mime-type>\n"
    )


def package(types: Sequence[FileType]) -> str:
    """The XML of the claimed types that shared-mime-info lacks.

    A suffix belongs to the type that bears its name, else to the first type of the first format that has it.
    """
    own = [(mime, row) for row in types for mime in row.mime_types if mime in claimed(types)]
    names = {named_suffix(mime) for mime, _ in own}
    entries: dict[str, str] = {}
    taken: set[str] = set()
    for mime, row in own:
        if mime in KNOWN:
            continue
        wanted = [s for s in row.suffixes if s == named_suffix(mime) or s not in names]
        free = [s for s in wanted if s not in taken]
        if mime not in entries and free:
            entries[mime] = _entry(mime, row, free)
            taken.update(free)
    body = "".join(entries[mime] for mime in sorted(entries))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">\n{body}</mime-info>\n'
    )
