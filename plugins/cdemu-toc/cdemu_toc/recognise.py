"""Whether a text is a cdrdao TOC file."""

from __future__ import annotations

import re
from typing import Final

from cdemu_core.api import Evidence, ProbeView

MAX_SIZE: Final = 1 << 20
TRACK: Final = re.compile(rb"^\s*TRACK\s+(AUDIO|MODE[012](_RAW|_FORM[12]|_FORM_MIX)?)\b", re.MULTILINE)
KIND: Final = re.compile(rb"^\s*(CD_DA|CD_ROM|CD_ROM_XA|CD_I)\s*(//.*)?$", re.MULTILINE)


def recognise(view: ProbeView) -> Evidence:
    """TEXT where a TRACK of cdrdao's stands (or, in a .toc file, a session type), else the suffix."""
    if view.size <= MAX_SIZE:
        # Without its NULs and marks, UTF-16 of these keywords is ASCII.
        text = view.head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf").replace(b"\r", b"\n")
        if TRACK.search(text) or (view.suffix == ".toc" and KIND.search(text)):
            return Evidence.TEXT
    return Evidence.SUFFIX if view.suffix == ".toc" else Evidence.NONE
