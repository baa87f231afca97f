"""Drive: tray, medium, initiators; carries out one command at a time and never waits."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

import attrs

from ..disc.model import Disc
from ..disc.reader import DiscReader
from ..errors import AlreadyLoaded, NotLoaded
from ..units import USER_SECTOR
from .access import Access
from .audio import AudioState, AudioStatus
from .command import MAX_CDB, Command, Completion, Status
from .dataout import DATA_OUT
from .events import InternalError, MediumChanged
from .handlers import recording
from .modepages import ModePages
from .nexus import MediaEvent, Nexuses, NexusState
from .profiles import Profile, profile_of
from .recorder import Recorder
from .region import RegionState
from .sense import (
    INTERNAL_TARGET_FAILURE,
    INVALID_COMMAND_OPERATION_CODE,
    MEDIUM_MAY_HAVE_CHANGED,
    MEDIUM_NOT_PRESENT,
    NO_SENSE,
    POWER_ON_OR_RESET,
    Refused,
    Sense,
    SenseData,
    SenseKey,
    describe,
)
from .table import COMMANDS
from .timing import Timing


@attrs.frozen
class DeviceId:
    """INQUIRY's texts; each is cut or padded to its field (8, 16, 4 and 20 bytes) when sent."""

    vendor: str = "CDEmu"
    product: str = "CD-ROM"
    revision: str = "1.0"
    vendor_specific: str = "cdemu.sf.net"


class Recordable(Protocol):
    """A medium of a profile that its disc does not tell."""

    profile: Profile


class Drive:
    """One logical unit: a :class:`~cdemu_core.scsi.command.Target` for transports.

    Every method is called from the one thread that owns the drive. Options are plain attributes:
    ``identity``, ``bad_sector_emulation``, ``dpm_emulation``, ``tr_emulation``, ``dvd_report_css``.
    ``serial``: printable ASCII, unique on the machine. ``power_on_attention``: every initiator's
    first command reports POWER ON; leave it off where a running system takes the drive over.
    """

    def __init__(
        self, identity: DeviceId = DeviceId(), serial: str = "000", *, power_on_attention: bool = False
    ) -> None:
        self.identity = identity
        self.serial = serial
        self.bad_sector_emulation = False
        self.dpm_emulation = False
        self.tr_emulation = False
        self.dvd_report_css = False
        self.reader: DiscReader | None = None
        self.recordable: Recorder | None = None
        self.profile = Profile.NONE
        self.address = 0
        self.ready_at = 0.0
        self.commands = COMMANDS
        self.modes = ModePages()
        self.nexuses = Nexuses(POWER_ON_OR_RESET if power_on_attention else None)
        self.region = RegionState()
        self.timing = Timing()
        self.echo_buffer = bytearray()
        self._events: list[object] = []
        self.audio = AudioState(self._events)
        self.access = Access()

    # The medium

    @property
    def disc(self) -> Disc | None:
        """The disc in the drive."""
        return None if self.reader is None else self.reader.disc

    @property
    def medium(self) -> DiscReader:
        """The reader of the disc; NotLoaded if the drive is empty."""
        if self.reader is None:
            raise NotLoaded("There is no disc in the drive.")
        return self.reader

    @property
    def locked(self) -> bool:
        """Whether an initiator prevents the medium's removal."""
        return self.access.locked

    def insert(self, disc: Disc, *, recordable: Recordable | None = None) -> None:
        """Put ``disc`` in and close the tray. Raises AlreadyLoaded.

        ``recordable`` says the profile; if it is a Recorder, ``disc`` is what it holds and can be written on.
        """
        if self.reader is not None:
            raise AlreadyLoaded("The drive has a disc in it; unload it first.")
        self.reader = DiscReader(disc)
        self.recordable = recordable if isinstance(recordable, Recorder) else None
        self.address = 0
        self._set_profile(profile_of(disc) if recordable is None else recordable.profile)
        self.nexuses.attend(MEDIUM_MAY_HAVE_CHANGED)
        self.nexuses.notify(MediaEvent.NEW_MEDIA)
        self._events.append(MediumChanged(loaded=True))

    def remove(self) -> None:
        """Take the disc out, locked or not; harmless on an empty drive."""
        if self.reader is None:
            return
        self.audio.clear()
        self.reader = None
        self.recordable = None
        self.address = 0
        self._set_profile(Profile.NONE)
        self.nexuses.notify(MediaEvent.MEDIA_REMOVAL)
        self._events.append(MediumChanged(loaded=False))

    def request_eject(self) -> bool:
        """Press the eject button; return whether the drive is empty now.

        A locked drive keeps its disc and shows the request to whoever polls for media events; the
        system then unlocks and ejects. Only this method makes that event: one made by START STOP UNIT
        would be answered by another eject, without end.
        """
        self.nexuses.notify(MediaEvent.EJECT_REQUEST)
        if not self.locked:
            self.remove()
        return self.reader is None

    def _set_profile(self, profile: Profile) -> None:
        self.profile = profile
        self.modes.set_profile(profile)
        for state in self.nexuses:
            state.operational_change = True

    # Initiators

    def prevent(self, nexus: Hashable, *, prevent: bool, persistent: bool) -> None:
        """PREVENT ALLOW MEDIUM REMOVAL of one initiator, shown in mode page 2A."""
        self.access.prevent(nexus, prevent=prevent, persistent=persistent)
        self.modes.set_locked(self.locked)

    def forget(self, nexus: Hashable) -> None:
        """An initiator's session ended: its lock, reservation and attentions go with it."""
        self.access.forget(nexus)
        self.modes.set_locked(self.locked)
        self.nexuses.forget(nexus)

    # Commands

    def execute(self, command: Command, now: float) -> Completion:
        """Carry out ``command``; the only place where an error becomes sense data."""
        state = self.nexuses.get(command.nexus)
        if state is None:
            state = self.nexuses.meet(command.nexus)
        try:
            spec = self.commands[command.cdb[0]]
            if spec is None:
                raise Refused(INVALID_COMMAND_OPERATION_CODE)
            if len(command.cdb) < spec.length:
                command.cdb = bytes(command.cdb).ljust(MAX_CDB, b"\0")
            if self.access.reserved and not (spec.allow_reserved or self.access.holds(command.nexus)):
                return Completion(Status.RESERVATION_CONFLICT)
            if state.attentions and not spec.allow_ua:
                return self._report(state, self.attention(state))
            if self.reader is None and spec.needs_medium:
                raise Refused(MEDIUM_NOT_PRESENT)
            if spec.stops_audio and self.audio.active:
                self.stop_audio(now)
            if self.recordable is not None and self.recordable.changed:
                self.recordable.changed = False
                self.reader = DiscReader(self.recordable.disc())
            self.ready_at = 0.0
            length = spec.handler(self, command, now)
            state.sense = None
            return Completion(Status.GOOD, length, b"", self.ready_at)
        except Exception as error:
            return self._fail(command, state, error)

    def _fail(self, command: Command, state: NexusState, error: Exception) -> Completion:
        data = describe(error)
        if data is None:
            data = SenseData(INTERNAL_TARGET_FAILURE)
            self._events.append(InternalError(command.cdb[0] if len(command.cdb) else -1, error))
        return self._report(state, data)

    def _report(self, state: NexusState, data: SenseData) -> Completion:
        state.sense = data
        encoded = data.descriptor() if self.modes.descriptor_sense else data.fixed()
        return Completion(Status.CHECK_CONDITION, 0, encoded, 0.0)

    @staticmethod
    def attention(state: NexusState) -> SenseData:
        """The oldest pending unit attention, which is thereby reported."""
        return SenseData(state.attentions.popleft())

    def data_out_length(self, cdb: bytes | memoryview) -> int:
        """Bytes the initiator sends with ``cdb``; 0 for other directions and unknown commands."""
        length = DATA_OUT.get(cdb[0]) if len(cdb) else None
        if length is None:
            return 0
        whole = bytes(cdb).ljust(MAX_CDB, b"\0")
        if self.recordable is not None and cdb[0] in recording.WRITES:
            return recording.transfer_length(self, whole)
        return length(whole, USER_SECTOR)

    def last_sense(self, nexus: Hashable = None) -> bytes:
        """Fixed format sense data of the last command of ``nexus``; NO SENSE if it ended well.

        For roads that do not carry sense data with the status.
        """
        state = self.nexuses.get(nexus)
        data = state.sense if state is not None else None
        return (data or SenseData(NO_SENSE)).fixed()

    def idle_sense(self, now: float) -> SenseData:
        """NO SENSE, the qualifier being the audio status (MMC-3, REQUEST SENSE)."""
        return SenseData(Sense(SenseKey.NO_SENSE, 0, self.audio_status(now)))

    def reset(self, nexus: Hashable = None) -> None:
        """A logical unit or target reset: everything an initiator set up is gone, the disc stays."""
        self.audio.clear()
        self.modes = ModePages()
        self.modes.set_profile(self.profile)
        self.audio.set_ports(self.modes.audio_ports)
        self.access = Access()
        for state in self.nexuses:
            state.sense = None
            state.attentions.clear()
        self.nexuses.attend(POWER_ON_OR_RESET)

    def tell(self, event: object) -> None:
        """Add an event for the drive's owner."""
        self._events.append(event)

    def take_events(self) -> list[object]:
        """Events since the last call, oldest first."""
        events = self._events[:]
        self._events.clear()
        return events

    # Where the head is

    def current_address(self, now: float) -> int:
        """LBA under the head: audio playback's while it lasts, else the last one read."""
        if self.audio.active:
            self.address = self.audio.position(now)
        return self.address

    def audio_status(self, now: float) -> AudioStatus:
        """What audio playback does at ``now``; where it has ended, the head stays."""
        self.current_address(now)
        return self.audio.status(now)

    def stop_audio(self, now: float) -> None:
        """End audio playback where it is."""
        self.current_address(now)
        self.audio.stop(now)
