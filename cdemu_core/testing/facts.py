"""What a sample is known to hold, and digests to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import attrs

from ..disc.model import Disc, MediumType
from ..disc.reader import DiscReader
from ..disc.sector import SectorType
from ..units import USER_SECTOR

BATCH = 64
"""Sectors a digest reads at a time."""


@attrs.frozen
class DiscFacts:
    """What a disc must be.

    ``tracks``: per track (session number, sector type, LBA of index 1, sectors from there to the
    track's end). ``sha256``: of :func:`disc_digest`; None leaves the content open. ``mcn``: of the
    first session. ``isrcs``: per track, or None to leave them open.
    """

    tracks: tuple[tuple[int, SectorType, int, int], ...]
    medium: MediumType = MediumType.CD
    sha256: str | None = None
    mcn: str | None = None
    isrcs: tuple[str | None, ...] | None = None

    @classmethod
    def of(cls, disc: Disc) -> DiscFacts:
        """The facts of ``disc``."""
        return cls(
            tracks=tuple(
                (session.number, track.sector_type, track.index1, track.length - track.pregap)
                for session in disc.sessions
                for track in session.tracks
            ),
            medium=disc.medium,
            sha256=disc_digest(disc),
            mcn=disc.sessions[0].mcn,
            isrcs=tuple(track.isrc for track in disc.tracks),
        )

    def check(self, disc: Disc) -> None:
        """Fail, naming the fact, where ``disc`` is something else."""
        found = DiscFacts.of(disc)
        assert found.medium == self.medium
        assert found.tracks == self.tracks
        assert found.mcn == self.mcn
        if self.isrcs is not None:
            assert found.isrcs == self.isrcs
        if self.sha256 is not None:
            assert found.sha256 == self.sha256


@attrs.frozen
class Sample:
    """An image to test with: a file beside the test module, or one that ``make(folder)`` writes.

    ``path``: relative to the test module's folder. ``make``: gets an empty folder, returns the main
    file's path. ``files``: further files to load with it, relative to the main one. ``made_with``:
    the command that made a stored file.
    """

    path: str = ""
    facts: DiscFacts | None = None
    make: Callable[[Path], Path] | None = None
    made_with: str = ""
    encoding: str | None = None
    password: str | None = None
    files: tuple[str, ...] = ()
    name: str = ""

    @property
    def id(self) -> str:
        """The sample's name in test reports."""
        return self.name or self.path or getattr(self.make, "__name__", "sample")


@attrs.frozen
class FilterSample(Sample):
    """A file for a stream filter; ``content``: what it must undo to, or ``sha256`` of that."""

    content: Callable[[], bytes] | None = None
    sha256: str | None = None

    def check(self, data: bytes) -> None:
        """Fail where ``data`` is not what the sample holds."""
        if self.content is not None:
            expected = self.content()
            assert len(data) == len(expected)
            assert data == expected
        if self.sha256 is not None:
            assert hashlib.sha256(data).hexdigest() == self.sha256


def read_range(reader: DiscReader, lba: int, count: int) -> bytes:
    """Frames of a CD, user data of another medium."""
    if reader.disc.medium is MediumType.CD:
        return bytes(reader.read_frames(lba, count))
    data = bytearray(count * USER_SECTOR)
    reader.read_user_data(lba, count, memoryview(data))
    return bytes(data)


def disc_digest(disc: Disc) -> str:
    """SHA-256 of all tracks' sectors in order, pregaps included, as :func:`read_range` gives them."""
    reader, sha = DiscReader(disc), hashlib.sha256()
    for track in disc.tracks:
        for lba in range(track.start, track.end, BATCH):
            sha.update(read_range(reader, lba, min(BATCH, track.end - lba)))
    return sha.hexdigest()
