"""The descriptor's text: sections of KEY=VALUE lines, as CloneCD and its imitators write them."""

from __future__ import annotations

import re

from cdemu_core.api import CorruptImage

Section = dict[str, str]

_SECTION = re.compile(r"\[\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"\s*([^=]+?)\s*=\s*(.*?)\s*$")


def looks_like_ccd(head: bytes) -> bool:
    """Whether the first section is ``[CloneCD]``, in any of the encodings text descriptors come in."""
    text = head[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return text[:9].lower() == b"[clonecd]"


def sections(text: str) -> dict[str, Section]:
    """Sections by lower-case name, keys upper-case, single blanks inside; repeated sections merge."""
    found: dict[str, Section] = {}
    current: Section = {}
    for line in text.split("\n"):
        if header := _SECTION.match(line.strip()):
            current = found.setdefault(" ".join(header[1].lower().split()), {})
        elif pair := _KEY.match(line):
            current[" ".join(pair[1].upper().split())] = pair[2]
    return found


def number(section: Section, key: str, default: int | None = None) -> int:
    """An integer value, decimal or 0x; ``default`` None makes the key mandatory.

    Raises:
        CorruptImage: the key is missing or is no number.
    """
    text = section.get(key)
    if text is None:
        if default is None:
            raise CorruptImage(f"The CCD file lacks the key {key}; it is damaged or cut off.", structure=key)
        return default
    try:
        return int(text, 16) if text.lower().lstrip("-").startswith("0x") else int(text)
    except ValueError:
        raise CorruptImage(f"{key}={text} in the CCD file is not a number.", structure=key) from None
