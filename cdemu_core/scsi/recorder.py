"""Recorder: a medium that can be written, as a state machine without files.

The layout grows with every sector (:mod:`cdemu_core.scsi.growing`). Closing a session hands the disc as it
is by then to the store, which makes the image.

A CD is written by tracks (TAO) or by sessions (SAO, after a cue sheet); DVD+R and BD-R one sector after
another. A test write goes through the same motions and leaves nothing.
"""

from __future__ import annotations

from typing import Final

from ..disc.cdtext import decode_packs
from ..disc.layout import SessionBuilder, TrackBuilder
from ..disc.model import Control, Fragment, MediumType
from ..disc.rules import MAX_TRACKS, REDBOOK_PREGAP
from ..errors import CdemuError
from .blocks import BARE_BLOCKS, DATA_BLOCKS, PLAIN_BLOCK, RAW_BLOCKS, BlockForm, resolved, with_subheader
from .cuesheet import CueRun, CueSheet, parse
from .events import ImageWritten
from .growing import GrowingDisc, RecordingStore
from .leadin import LeadIn
from .profiles import Profile
from .sense import (
    COMMAND_SEQUENCE_ERROR,
    END_OF_USER_AREA,
    ILLEGAL_MODE_FOR_THIS_TRACK,
    INVALID_ADDRESS_FOR_WRITE,
    NO_MORE_TRACK_RESERVATIONS,
    PARAMETER_LIST_LENGTH_ERROR,
    WRITE_PROTECTED,
    Refused,
)
from .writeparams import SAO, WriteParameters

LEAD_OUT_MARGIN: Final = 2
"""Sectors between the last possible lead-out a CD tells and its end."""


class Recorder(GrowingDisc):
    """One medium, and what a host may do with it."""

    def __init__(self, profile: Profile, medium: MediumType, capacity: int, store: RecordingStore) -> None:
        super().__init__(profile, medium, capacity, store)
        self.complete = False
        self.saved = True
        """Whether the store has made an image of every closed session."""
        self._cue_track = 0
        self._lead_in = LeadIn()

    # Addresses

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

    def erase(self) -> None:
        """Make a rewritable medium blank. Raises Refused."""
        if not self.erasable:
            raise Refused(WRITE_PROTECTED)
        self.closed.clear()
        self.open = self.track = self.cue = None
        self.complete, self._rehearsing = False, False
        self.saved = self.changed = True
        try:
            self._store.clear()
        except CdemuError as problem:
            raise self._failed(problem) from problem

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
