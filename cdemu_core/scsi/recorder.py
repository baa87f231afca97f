"""Recorder: a medium that can be written, as a state machine without files.

Sectors are appended to a :class:`RecordingStore` as they come; the layout grows beside it in the
builders of :mod:`cdemu_core.disc.layout`, so that what is written reads back at once. Closing a session
hands the disc as it is by then to the store, which makes the image.

A CD is written by tracks (TAO) or by sessions (SAO, after a cue sheet); DVD+R and BD-R one sector after
another. A test write goes through the same motions and leaves nothing.
"""

from __future__ import annotations

from copy import copy
from typing import Final, Protocol

from ..disc.cdtext import decode_packs
from ..disc.layout import DiscBuilder, SessionBuilder, TrackBuilder
from ..disc.model import Control, Disc, Fragment, MainChannel, MediumType, Subchannel
from ..disc.rules import MAX_TRACKS, REDBOOK_PREGAP, leadout_length
from ..disc.sector import Span, SubchannelForm
from ..errors import CdemuError
from .blocks import BARE_BLOCKS, DATA_BLOCKS, PLAIN_BLOCK, RAW_BLOCKS, BlockForm, resolved, with_subheader
from .cuesheet import CueRun, CueSheet, parse
from .events import ImageWritten, RecordingFailed
from .leadin import LeadIn
from .profiles import Profile
from .sense import (
    COMMAND_SEQUENCE_ERROR,
    END_OF_USER_AREA,
    ILLEGAL_MODE_FOR_THIS_TRACK,
    INVALID_ADDRESS_FOR_WRITE,
    NO_MORE_TRACK_RESERVATIONS,
    PARAMETER_LIST_LENGTH_ERROR,
    WRITE_ERROR,
    WRITE_PROTECTED,
    Refused,
)
from .writeparams import RAW, SAO, WriteParameters

LEAD_OUT_MARGIN: Final = 2
"""Sectors between the last possible lead-out a CD tells and its end."""


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

    def finish(self, disc: Disc) -> None:
        """Make the image of ``disc``, in place of the one made before."""


class Recorder:
    """One medium. ``capacity``: sectors, a CD's first pregap included."""

    def __init__(self, profile: Profile, medium: MediumType, capacity: int, store: RecordingStore) -> None:
        self.profile = profile
        self.medium = medium
        self.capacity = capacity
        self.is_cd = medium is MediumType.CD
        self.start = -REDBOOK_PREGAP if self.is_cd else 0
        self.limit = self.start + capacity
        """LBA after the last that can be written."""
        self.complete = False
        self.saved = True
        """Whether the store has made an image of every closed session."""
        self.events: list[object] = []
        self.closed: list[SessionBuilder] = []
        self.open: SessionBuilder | None = None
        self.track: TrackBuilder | None = None
        self.cue: CueSheet | None = None
        self.changed = False
        """The disc is not what it was; whoever looks at :meth:`disc` then takes this back."""
        self._store = store
        self._next = self.start
        self._rehearsing = False
        self._cue_track = 0
        self._lead_in = LeadIn()

    # What there is

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

    def next_address(self, parameters: WriteParameters) -> int:
        """The next writable address for this way of writing."""
        if self.cue is not None:
            return self._cue_address(self.cue)
        if self.track is not None:
            return self._next
        gap = REDBOOK_PREGAP if self.is_cd else 0
        if self.open is not None:
            return self._next + gap
        return self.session_start + (0 if self.is_cd and parameters.write_type == SAO else gap)

    def _cue_address(self, cue: CueSheet) -> int:
        """Where the host goes on: sectors of which it sends nothing are passed over."""
        run = cue.run_at(self._next)
        address = self._next
        while run is not None and not run.form.size:
            address = run.end
            run = cue.run_at(address)
        return address

    def transfer_length(self, parameters: WriteParameters, lba: int, count: int) -> int:
        """Bytes the host sends to write ``count`` sectors from ``lba``."""
        if not self.is_cd:
            return count * PLAIN_BLOCK.size
        if parameters.write_type == SAO and self.cue is not None:
            return self._cue_length(self.cue, lba, count)
        form = DATA_BLOCKS.get(parameters.block_type, PLAIN_BLOCK)
        return count * form.size

    def _cue_length(self, cue: CueSheet, lba: int, count: int) -> int:
        if cue.lead_in is not None and lba < cue.start:
            return count * cue.lead_in.size
        length = 0
        while count:
            run = cue.run_at(lba)
            if run is None:
                return length + count * PLAIN_BLOCK.size
            part = min(count, run.end - lba)
            length, lba, count = length + part * run.form.size, lba + part, count - part
        return length

    # Writing

    def write(self, parameters: WriteParameters, lba: int, count: int, data: bytes | memoryview) -> None:
        """Write ``count`` sectors at ``lba``. Raises Refused."""
        self._require_open()
        length = self.transfer_length(parameters, lba, count)
        if len(data) < length:
            raise Refused(PARAMETER_LIST_LENGTH_ERROR)
        if self.is_cd and parameters.write_type == RAW:
            raise Refused(ILLEGAL_MODE_FOR_THIS_TRACK)
        with_cue = self.is_cd and parameters.write_type == SAO
        if not with_cue and self.open is None:
            self.cue = None
        cue = self.cue
        if with_cue and cue is None:
            raise Refused(COMMAND_SEQUENCE_ERROR)
        if with_cue and cue is not None and cue.lead_in is not None and lba < cue.start:
            self._lead_in.take(data, count, cue.lead_in.size)
            return
        if lba != self.next_address(parameters):
            raise Refused(INVALID_ADDRESS_FOR_WRITE, information=lba)
        if lba + count > self.limit or (cue is not None and lba + count > cue.end):
            raise Refused(END_OF_USER_AREA, information=lba)
        if not count:
            return
        view = memoryview(data)[:length]
        if with_cue and cue is not None:
            self._write_cued(parameters, cue, lba, count, view)
        else:
            self._write_track(parameters, count, view)
        self.changed = True

    def _require_open(self) -> None:
        if self.complete:
            raise Refused(WRITE_PROTECTED)

    def _write_track(self, parameters: WriteParameters, count: int, data: memoryview) -> None:
        """Append to the open track, or begin one."""
        form = self._block_form(parameters, data)
        if self.track is not None and self.track.sector_type is not form.sector_type:
            raise Refused(ILLEGAL_MODE_FOR_THIS_TRACK)
        if self.track is None:
            if self.track_count >= MAX_TRACKS:
                raise Refused(NO_MORE_TRACK_RESERVATIONS)
            self._begin_track(parameters, form)
        if parameters.block_type in BARE_BLOCKS and self.is_cd and any(parameters.subheader):
            form, data = with_subheader(form, data, parameters.subheader)
        self._put(form, count, data)

    def _block_form(self, parameters: WriteParameters, data: memoryview) -> BlockForm:
        if not self.is_cd:
            return PLAIN_BLOCK
        form = DATA_BLOCKS.get(parameters.block_type)
        if form is None:
            raise Refused(ILLEGAL_MODE_FOR_THIS_TRACK)
        if parameters.block_type not in RAW_BLOCKS:
            return form
        is_data = bool(parameters.control & Control.DATA)
        if self.track is not None and is_data:
            return form._replace(sector_type=self.track.sector_type)
        return resolved(form, data, data=is_data)

    def _begin_session(self, parameters: WriteParameters) -> SessionBuilder:
        self._next = self.session_start
        session = SessionBuilder()
        session.type = parameters.session_type
        session.mcn = parameters.mcn
        self._rehearsing = parameters.test
        return session

    def _begin_track(self, parameters: WriteParameters, form: BlockForm) -> None:
        """A track, behind a pregap on a CD, and the session where there is none."""
        first = self.open is None
        if self.open is None:
            self.open = self._begin_session(parameters)
        self._rehearsing = parameters.test
        self.track = TrackBuilder(form.sector_type, parameters.control & ~Control.DATA, parameters.isrc)
        if self.is_cd:
            self._next += REDBOOK_PREGAP
            if not first:  # before the first track of a session the builder puts it
                self.track.add_fragment(Fragment(REDBOOK_PREGAP))
                self.track.pregap = REDBOOK_PREGAP

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

    # Session at once

    def send_cue_sheet(self, parameters: WriteParameters, data: bytes) -> None:
        """Take the layout of the session to be written. Raises Refused."""
        self._require_open()
        if not self.is_cd or parameters.write_type != SAO or self.open is not None:
            raise Refused(COMMAND_SEQUENCE_ERROR)
        cue = parse(data, self.session_start)
        if cue.end > self.limit:
            raise Refused(END_OF_USER_AREA)
        self.cue, self._cue_track, self._next = cue, 0, cue.start
        self._lead_in = LeadIn()

    def _write_cued(
        self, parameters: WriteParameters, cue: CueSheet, lba: int, count: int, data: memoryview
    ) -> None:
        if self.open is None:
            self.open = self._begin_session(parameters)
            self.open.lead_pregap = 0
            self.open.mcn = cue.mcn or parameters.mcn
        end, at = lba + count, 0
        while self._next < end:
            run = cue.run_at(self._next)
            if run is None:
                raise Refused(INVALID_ADDRESS_FOR_WRITE, information=self._next)
            part = min(run.end, end) - self._next
            size = part * run.form.size
            self._put_run(cue, run, part, data[at : at + size])
            at += size
        if self._cue_address(cue) >= cue.end:
            self._pass_over(cue)
            self.close_session(parameters, finalise=not parameters.multisession)

    def _pass_over(self, cue: CueSheet) -> None:
        """Sectors at the end of which the host sends nothing."""
        while (run := cue.run_at(self._next)) is not None:
            self._put_run(cue, run, run.end - self._next, memoryview(b""))

    def _put_run(self, cue: CueSheet, run: CueRun, count: int, data: memoryview) -> None:
        """Sectors of one run; the first of a track begins it, the first of an index marks it."""
        if run.track != self._cue_track:
            self._end_track()
            self._cue_track = run.track
            kind = cue.track_form(run.track).sector_type
            self.track = TrackBuilder(kind, run.control & ~Control.DATA, cue.isrc.get(run.track))
        track = self.track
        if track is not None and run.point > 1 and self._next == run.start:
            track.add_index(run.point, track.length)
        if track is not None and run.point == 0:
            track.pregap += count
        same = track is not None and track.sector_type is run.form.sector_type
        self._put(run.form if same else run.form._replace(stored=None), count, data)

    # Closing

    def sync(self) -> None:
        """SYNCHRONIZE CACHE: what was written is on the disk. Raises Refused."""
        try:
            self._store.sync()
        except CdemuError as problem:
            raise self._failed(problem) from problem

    def close_track(self) -> None:
        """End the open track; without one nothing happens. A session at once ends by itself."""
        if self.cue is None:
            self._end_track()

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

    def close_session(self, parameters: WriteParameters, *, finalise: bool) -> None:
        """End the open session and have the image made; ``finalise``: nothing can follow. Raises Refused.

        Harmless on a medium that is complete or blank. A session written as a test is gone.
        """
        if self.complete:
            return
        self._end_track()
        session, self.open = self.open, None
        lead_in, self._lead_in = self._lead_in, LeadIn()
        self.cue, self._rehearsing, self.changed = None, False, True
        if parameters.test:
            return
        if session is not None and session.tracks:
            session.cdtext = decode_packs(lead_in.packs)
            self.closed.append(session)
            self.saved = False
        if self.closed:
            self.complete = finalise
            self.save()

    def save(self) -> None:
        """Have the image of the closed sessions made, if the last one made is not. Raises Refused."""
        if self.saved:
            return
        try:
            self._store.finish(self.closed_disc())
        except CdemuError as problem:
            raise self._failed(problem) from problem
        self.saved = True
        self.events.append(ImageWritten())

    def keep(self) -> None:
        """The medium leaves the drive: complete tracks stay, an open one and half a session do not."""
        if self.open is not None and self.cue is None and self.open.tracks:
            self.closed.append(self.open)
            self.saved = False
        self.open = self.track = self.cue = None
        self.save()


def _follows(last: Fragment, new: Fragment) -> bool:
    """Whether ``new`` lies right behind ``last``, stored the same way."""
    if last.main is None or new.main is None:
        return last.main is new.main
    if (last.main.stride, last.main.stored) != (new.main.stride, new.main.stored):
        return False
    if (last.sub and last.sub.form) != (new.sub and new.sub.form):
        return False
    return last.main.offset + last.length * last.main.stride == new.main.offset
