"""What every format says of a file, before any of them reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs

from ..errors import AmbiguousImage, CdemuError
from ..plugin.descriptors import Evidence
from ..plugin.host import PluginHost
from .contain import contained
from .probe import Verdict, check_unequal, rank_formats
from .source import LoadContext
from .view import StreamView


@attrs.frozen
class FileProbe:
    """One file's row: the ``filters`` undone, every format's verdict by name, who wins.

    ``winner`` is None where nobody claims the file, where two claim it equally (``rivals``), and where
    it could not be looked at (``error``, a sentence; ``verdicts`` is empty then).
    """

    path: str
    filters: tuple[str, ...] = ()
    verdicts: Mapping[str, Verdict] = attrs.field(factory=dict)
    winner: str | None = None
    rivals: tuple[str, ...] = ()
    error: str | None = None

    def claims(self, least: Evidence = Evidence.SUFFIX) -> dict[str, Evidence]:
        """Formats that show ``least`` or more."""
        found = {name: verdict.evidence for name, verdict in self.verdicts.items()}
        return {name: evidence for name, evidence in found.items() if evidence >= least}


def probe_file(host: PluginHost, path: str, password: str | None = None) -> FileProbe:
    """Undo the layers of ``path`` and ask every format of ``host``; whatever is wrong becomes ``error``."""
    context = LoadContext(host, {}, password)
    try:
        opened = context.chain.open(os.path.abspath(path))
        view = StreamView(opened.stream, opened.name)
        with contained(path, "file", None):
            claims, refused = rank_formats(tuple(host.formats.values()), view, 1)
        return _row(path, opened.filters, claims, refused)
    except CdemuError as problem:
        return FileProbe(path, error=str(problem))
    finally:
        context.chain.close()


def _row(path: str, filters: tuple[str, ...], claims: list[Verdict], refused: list[Verdict]) -> FileProbe:
    verdicts = {verdict.descriptor.name: verdict for verdict in (*claims, *refused)}
    winner: str | None = None
    rivals: tuple[str, ...] = ()
    if claims:
        try:
            check_unequal(claims, path)
            winner = claims[0].descriptor.name
        except AmbiguousImage as tie:
            rivals = tie.candidates
    return FileProbe(path, filters, verdicts, winner, rivals)
