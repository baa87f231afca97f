"""Whether a text is a CUE sheet."""

from __future__ import annotations

import re
from typing import Final

from cdemu_core.api import Evidence, ProbeView

MAX_SIZE: Final = 1 << 20
FILE: Final = re.compile(rb"^\s*FILE\s+\S", re.IGNORECASE | re.MULTILINE)
TRACK: Final = re.compile(rb"^\s*TRACK\s+\d+\s+\w", re.IGNORECASE | re.MULTILINE)


def recognise(view: ProbeView) -> Evidence:
    """TEXT where the statements stand that every sheet has (one will do in a .cue file), else the suffix."""
    if view.size <= MAX_SIZE:
        # Without its NULs and marks, UTF-16 of these keywords is ASCII.
        text = view.head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf").replace(b"\r", b"\n")
        found = (FILE.search(text) is not None) + (TRACK.search(text) is not None)
        if found == 2 or (found and view.suffix == ".cue"):
            return Evidence.TEXT
    return Evidence.SUFFIX if view.suffix == ".cue" else Evidence.NONE
