"""DriveUnit: a drive, its thread, its options and the image in it.

All methods run in the event loop's thread. What touches the drive is posted to the drive's thread, and
the drive's events come back in order before the answer does, so a signal always precedes its reply.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..audio.player import Player, Silence
from ..audio.sink import SinkMaker
from ..scsi.drive import DeviceId, Drive
from ..scsi.events import (
    AudioChanged,
    ImageWritten,
    InternalError,
    MediumChanged,
    RecordingFailed,
    VolumeChanged,
)
from ..transport.port import DriveThread, EventSink, Mapping, PortLost, PortOpened
from .log import DriveLog
from .mapping import known, wait_for_mapping
from .options import DEBUG_AUDIO, DEBUG_DEVICE, DEBUG_KERNEL_IO, DEBUG_RECORDING, OPTIONS, Value
from .trace import Trace

if TYPE_CHECKING:
    from ..disc.model import Disc
    from ..scsi.recorder import Recorder


Result = TypeVar("Result")


class Listener(Protocol):
    """Who wants to know what happens to drives. Called in the event loop's thread."""

    def status_changed(self, number: int) -> None:
        """A disc went in or out."""

    def option_changed(self, number: int, option: str) -> None:
        """An option was set."""

    def mapping_ready(self, number: int) -> None:
        """The device nodes are known, or not to be expected any more."""

    def device_added(self) -> None:
        """A drive was appended."""

    def device_removed(self) -> None:
        """The last drive is gone."""


class DiscFiles(Protocol):
    """What a disc in the drive is read from: a loaded image, or a recording."""

    @property
    def disc(self) -> Disc:
        """The disc."""

    def close(self) -> None:
        """The disc has left."""


class DriveUnit:
    """Drive ``number``; ``make_thread(drive, on_event)`` attaches it to a road."""

    def __init__(
        self,
        number: int,
        make_thread: Callable[[Drive, EventSink], DriveThread],
        *,
        values: dict[str, Value],
        listener: Listener,
        log: Callable[[Callable[[], int]], DriveLog],
        make_sink: SinkMaker | None = None,
    ) -> None:
        """``values``: options that differ from their defaults. Raises PortUnavailable."""
        self.number = number
        self.lock = asyncio.Lock()
        self.removed = False
        self.image: DiscFiles | None = None
        self.filenames: tuple[str, ...] = ()
        self.values = {name: option.default for name, option in OPTIONS.items()} | values
        self._listener = listener
        self._log = log(lambda: int(self.values["daemon-debug-mask"]))  # type: ignore[arg-type]
        self._loop = asyncio.get_running_loop()
        self._announced = False
        self._asleep = False
        self._mapping: asyncio.Task[None] | None = None
        self._told: Mapping | None = None
        self._closing: set[asyncio.Future[None]] = set()
        self._drive = Drive(serial=f"{number:03}")
        self._trace = Trace(self._drive, self._log)
        for name, value in self.values.items():
            self._apply(name, value)
        self._thread = make_thread(self._drive, self._post_event)
        complain = self._audio_failed
        self._player = None if make_sink is None else Player(make_sink, complain, f"cdemu-audio-{number}")

    # Life

    @property
    def loaded(self) -> bool:
        """Whether a disc is in the drive."""
        return self.image is not None

    async def start(self) -> None:
        """Make the drive appear. Raises PortUnavailable."""
        await asyncio.to_thread(self._thread.start)

    def announce(self) -> None:
        """From now on tell the listener about the mapping."""
        self._announced = True
        self._watch_mapping()

    async def stop(self) -> None:
        """Make the drive disappear with its disc, and wait until its files are closed."""
        self.removed = True
        if self._mapping is not None:
            self._mapping.cancel()
        await asyncio.to_thread(self._thread.stop)
        self._drive.remove()
        for event in self._drive.take_events():
            self._on_event(event)
        if self._player is not None:
            self._keep(self._loop.run_in_executor(None, _wait, self._player.halt()))
        if self._closing:
            await asyncio.wait(self._closing)

    async def suspend(self) -> None:
        """Let go of the road; the disc stays."""
        self._asleep = True
        if self._mapping is not None:
            self._mapping.cancel()
        await asyncio.to_thread(self._thread.suspend)

    async def resume(self) -> None:
        """Take hold of the road again; the mapping is established anew."""
        self._asleep = False
        await asyncio.to_thread(self._thread.resume)

    def mapping(self) -> Mapping:
        """Where the drive is now."""
        return self._thread.mapping()

    # Verbs

    async def insert(
        self, image: DiscFiles, filenames: tuple[str, ...], *, recorder: Recorder | None = None
    ) -> None:
        """Put a disc in; the unit closes the image when it leaves, and if this fails."""
        self.image, self.filenames = image, filenames
        try:
            await self._do(lambda: self._drive.insert(image.disc, recordable=recorder))
        except BaseException:
            if self.image is image:
                self.image, self.filenames = None, ()
            image.close()
            raise

    async def request_eject(self) -> None:
        """Press the eject button; a locked drive keeps its disc for now. A recorded image is complete."""
        await self._do(self._drive.request_eject)
        if self._closing:
            await asyncio.wait(self._closing)

    async def set_option(self, name: str, value: Value) -> None:
        """Set a checked option; under a new identity the drive appears anew."""
        changed = self.values[name] != value
        self.values[name] = value
        await self._do(lambda: self._apply(name, value))
        self._listener.option_changed(self.number, name)
        if changed and name == "device-id" and self._announced:
            await self._appear_anew()

    async def _appear_anew(self) -> None:
        """Let go of the road and take hold again: systems read INQUIRY data only when a drive appears.

        The disc stays. A drive that the system has locked is left alone, as a file system may be mounted.
        The mapping is told only if it is another one afterwards.
        """
        if self._asleep:
            return
        if await self._do(lambda: self._drive.locked):
            self._log.warning("The disc is in use: the system sees the device-id when the drive reappears.")
            return
        self._told = self.mapping()
        await self.suspend()
        if not self.removed:
            await self.resume()

    def _apply(self, name: str, value: Value) -> None:
        """Give the drive an option that concerns it; of the masks, only what traces its commands."""
        if name == "device-id":
            self._drive.identity = DeviceId(*value)  # type: ignore[misc]
        elif name == "daemon-debug-mask":
            self._trace.follow(int(value))  # type: ignore[arg-type]
        elif name != "library-debug-mask":
            setattr(self._drive, OPTIONS[name].field, value)

    async def _do(self, work: Callable[[], Result]) -> Result:
        """Run ``work`` in the drive's thread; its events are handled here before it returns."""

        def step() -> Result:
            try:
                return work()
            finally:
                for event in self._drive.take_events():
                    self._post_event(event)

        return await asyncio.wrap_future(self._thread.post(step))

    # Events

    def _post_event(self, event: object) -> None:
        """Called in the drive's thread."""
        self._loop.call_soon_threadsafe(self._on_event, event)

    def _on_event(self, event: object) -> None:
        if isinstance(event, MediumChanged):
            self._medium_changed(event)
        elif isinstance(event, ImageWritten):
            self._log.debug(DEBUG_RECORDING, "A session was closed; the image is complete.")
            self._listener.status_changed(self.number)
        elif isinstance(event, RecordingFailed):
            self._log.warning(f"Recording failed: {event.reason}")
        elif isinstance(event, AudioChanged):
            self._audio_changed(event)
        elif isinstance(event, VolumeChanged):
            if self._player is not None:
                self._player.ports = event.ports
        elif isinstance(event, InternalError):
            self._log.error(
                f"Command {event.opcode:#04x} failed unexpectedly; the drive goes on.", exc_info=event.error
            )
        elif isinstance(event, PortLost):
            self._log.warning(f"The road broke and is being reopened: {event.reason}")
        elif isinstance(event, PortOpened):
            self._log.debug(DEBUG_KERNEL_IO, "The road is open.")
            if self._announced:
                self._watch_mapping()

    def _medium_changed(self, event: MediumChanged) -> None:
        self._log.debug(DEBUG_DEVICE, "Disc in." if event.loaded else "Disc out.")
        if not event.loaded:
            if self.image is None:
                return
            silence = Silence(None) if self._player is None else self._player.halt()
            self._keep(self._loop.run_in_executor(None, _close, silence, self.image))
            self.image, self.filenames = None, ()
        self._listener.status_changed(self.number)

    def _keep(self, work: asyncio.Future[None]) -> None:
        self._closing.add(work)
        work.add_done_callback(self._closing.discard)

    # Audio

    def _audio_changed(self, event: AudioChanged) -> None:
        self._log.debug(DEBUG_AUDIO, f"Audio {event.status}, sectors {event.start} to {event.end}.")
        if self._player is None:
            return
        if event.status == "playing" and self.image is not None:
            self._player.play(self.image.disc, event.start, event.end)
        else:
            self._player.halt()

    def _audio_failed(self, sentence: str) -> None:
        """Called in the player's thread: the drive reports it as audio status 14h."""
        self._log.warning(sentence)
        self._thread.post(lambda: self._drive.audio.fail(time.monotonic()))

    # Mapping

    def _watch_mapping(self) -> None:
        if self._mapping is not None:
            self._mapping.cancel()
        self._mapping = asyncio.ensure_future(self._report_mapping())

    async def _report_mapping(self) -> None:
        mapping = await wait_for_mapping(self.mapping)
        told, self._told = self._told, None
        if mapping == told:
            return
        if known(mapping):
            self._log.info(f"Mapped to {mapping.url or f'{mapping.sr} and {mapping.sg}'}.")
        else:
            self._log.warning(
                "No device node appeared; the sr and sg drivers may be missing: modprobe sr_mod sg."
            )
        self._listener.mapping_ready(self.number)


def _close(silence: Silence, image: DiscFiles) -> None:
    silence.wait()
    image.close()


def _wait(silence: Silence) -> None:
    silence.wait()
