"""Progress of work on a disc, told by the bytes that are read from its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from ..disc.model import Disc, Fragment
from ..stream.base import Stream

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1; what it raises ends the work."""


class WatchedStream(Stream):
    """A stream that tells how many bytes were read from it. It does not own ``stream``."""

    def __init__(self, stream: Stream, tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell = tell
        self.name = stream.name
        self.size = stream.size

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`."""
        data = self._stream.read_at(offset, length)
        self._tell(len(data))
        return data

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`."""
        done = self._stream.readv_at(offset, buffers)
        self._tell(done)
        return done


def watched(disc: Disc, progress: Progress) -> Disc:
    """``disc``, whose main channel tells ``progress`` how much of it has been read, once through."""
    total = sum(_stored(f) for track in disc.tracks for f in track.fragments) or 1
    done = 0

    def tell(size: int) -> None:
        nonlocal done
        done += size
        progress(min(1.0, done / total))

    def watch(fragment: Fragment) -> Fragment:
        if fragment.main is None:
            return fragment
        stream = WatchedStream(fragment.main.stream, tell)
        return attrs.evolve(fragment, main=attrs.evolve(fragment.main, stream=stream))

    sessions = tuple(
        attrs.evolve(
            session,
            tracks=tuple(attrs.evolve(t, fragments=tuple(map(watch, t.fragments))) for t in session.tracks),
        )
        for session in disc.sessions
    )
    return attrs.evolve(disc, sessions=sessions)


def _stored(fragment: Fragment) -> int:
    return fragment.length * fragment.main.stored.length if fragment.main else 0
