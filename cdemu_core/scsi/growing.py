"""What is being written: sessions and tracks in the making, and where their sectors lie.

Sectors are appended to a :class:`RecordingStore` as they come; the layout grows beside it in the
builders of :mod:`cdemu_core.disc.layout`, so that what is written reads back at once.
"""

from __future__ import annotations

from copy import copy
from typing import Protocol

from ..disc.layout import DiscBuilder, SessionBuilder, TrackBuilder
from ..disc.model import Disc, Fragment, MainChannel, MediumType, Subchannel
from ..disc.rules import REDBOOK_PREGAP, leadout_length
from ..disc.sector import Span, SubchannelForm
from ..errors import CdemuError
from .blocks import BlockForm
from .cuesheet import CueSheet
from .events import RecordingFailed
from .profiles import Profile
from .sense import COMMAND_SEQUENCE_ERROR, WRITE_ERROR, Refused


class RecordingStore(Protocol):
    """Where written sectors go. Every method may raise a CdemuError: then the command fails."""

    def append(self, data: bytes | memoryview) -> int:
        """Keep ``data``; return the byte offset at which it lies."""

    def main(self, offset: int, stride: int, stored: Span) -> MainChannel:
        """Kept bytes as a main channel."""

    def sub(self, offset: int, stride: int, form: SubchannelForm) -> Subchannel:
        """Kept bytes as a sub-channel."""

    def sync(self) -> None:
        """What was appended is on the disk."""

    def clear(self) -> None:
        """Forget what was appended; the image made before stays until another is made."""

    def finish(self, disc: Disc) -> None:
        """Make the image of ``disc``, in place of the one made before."""


class GrowingDisc:
    """One medium. ``capacity``: sectors, a CD's first pregap included."""

    def __init__(self, profile: Profile, medium: MediumType, capacity: int, store: RecordingStore) -> None:
        self.profile = profile
        self.medium = medium
        self.capacity = capacity
        self.is_cd = medium is MediumType.CD
        self.start = -REDBOOK_PREGAP if self.is_cd else 0
        self.erasable = profile is Profile.CD_RW
        self.limit = self.start + capacity
        """LBA after the last that can be written."""
        self.events: list[object] = []
        self.closed: list[SessionBuilder] = []
        self.open: SessionBuilder | None = None
        self.track: TrackBuilder | None = None
        self.cue: CueSheet | None = None
        """The sheet of the session being written at once; None while it is written by tracks."""
        self.changed = False
        """The disc is not what it was; whoever looks at :meth:`disc` then takes this back."""
        self._store = store
        self._next = self.start
        self._rehearsing = False

    def disc(self) -> Disc:
        """The medium as far as it is written; without any session while it is blank."""
        return self._build([*self.closed, *self._open_session()])

    def closed_disc(self) -> Disc:
        """The medium without the session that is open."""
        return self._build(self.closed)

    def _build(self, sessions: list[SessionBuilder]) -> Disc:
        if not sessions:
            return Disc(self.medium, self.start, 0, ())
        builder = DiscBuilder(self.medium)
        builder.sessions = sessions
        return builder.build()

    def _open_session(self) -> list[SessionBuilder]:
        """The open session and its open track, as one that can be built."""
        if self.open is None:
            return []
        tracks = [*self.open.tracks]
        if self.track is not None and not self._rehearsing and self.track.length > self.track.pregap:
            tracks.append(self.track)
        if not tracks:
            return []
        session = copy(self.open)
        session.tracks = tracks
        return [session]

    @property
    def blank(self) -> bool:
        """Nothing has been written."""
        return not self.closed and self.open is None

    @property
    def track_count(self) -> int:
        """Complete tracks."""
        sessions = [*self.closed, *([] if self.open is None else [self.open])]
        return sum(len(session.tracks) for session in sessions)

    @property
    def session_start(self) -> int:
        """LBA at which the session that is open, or the next one, begins."""
        if not self.closed:
            return self.start
        disc = self.closed_disc()
        return disc.sessions[-1].leadout + leadout_length(len(self.closed) - 1, len(self.closed) + 1)

    def _put(self, form: BlockForm, count: int, data: memoryview) -> None:
        """Append sectors to the open track, in the fragment before where they lie behind it."""
        track = self.track
        if track is None:
            raise Refused(COMMAND_SEQUENCE_ERROR)
        fragment = Fragment(count)
        if form.stored is not None and not self._rehearsing:
            fragment = self._stored(form, count, data)
        if track.fragments and _follows(track.fragments[-1], fragment):
            last = track.fragments.pop()
            fragment = Fragment(last.length + count, last.main, last.sub)
        track.add_fragment(fragment)
        self._next += count

    def _stored(self, form: BlockForm, count: int, data: memoryview) -> Fragment:
        try:
            offset = self._store.append(data)
            main = self._store.main(offset + form.skip, form.size, form.stored or Span(0, 0))
            if form.sub is None:
                return Fragment(count, main)
            at = offset + form.size - form.sub.size
            return Fragment(count, main, self._store.sub(at, form.size, form.sub))
        except CdemuError as problem:
            raise self._failed(problem) from problem

    def _failed(self, problem: CdemuError) -> Refused:
        self.events.append(RecordingFailed(str(problem)))
        return Refused(WRITE_ERROR)

    def _end_track(self) -> None:
        track, self.track = self.track, None
        if track is None or self.open is None:
            return
        self.changed = True
        if not self._rehearsing:
            self.open.tracks.append(track)
        if self.cue is None:
            self._rehearsing = False
            self._next = self._session_end(self.open)
            if not self.open.tracks:
                self.open = None

    def _session_end(self, session: SessionBuilder) -> int:
        """LBA after the complete tracks of a session written by tracks."""
        lead = REDBOOK_PREGAP if self.is_cd else 0
        return self.session_start + lead + sum(track.length for track in session.tracks)


def _follows(last: Fragment, new: Fragment) -> bool:
    """Whether ``new`` lies right behind ``last``, stored the same way."""
    if last.main is None or new.main is None:
        return last.main is new.main
    if (last.main.stride, last.main.stored) != (new.main.stride, new.main.stored):
        return False
    if (last.sub and last.sub.form) != (new.sub and new.sub.form):
        return False
    return last.main.offset + last.length * last.main.stride == new.main.offset
