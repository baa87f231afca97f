"""Daemon: the drives and what may be asked of them. All methods run in the event loop's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..audio.sink import SinkMaker
from ..errors import AlreadyLoaded, ConfigError, DriveError, ImageError, NoSuchDrive, TransportError
from ..scsi.drive import Drive
from ..transport.port import DriveThread, EventSink, Road
from ..transport.port import Mapping as DeviceMapping
from ..transport.thread import PortThread
from .blank import BlankRequest, check_request
from .log import DriveLog
from .options import Value, checked_value, find_option
from .remembered import RememberedImages
from .unit import DriveUnit, Listener

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from ..loading.loader import ImageLoader, LoadedImage, LoadRequest
    from ..plugin.host import PluginHost
    from .recording import Recording

LOADERS = 2
"""Images parsed at a time; more wait."""
LOADER_NAME = "cdemu-load"
RETRY_SECONDS = 3.0
"""Between attempts to make the drives that were asked for at start."""


class Daemon:
    """Drives 0 … n−1; only the last one can be removed, so the numbers stay dense."""

    def __init__(
        self,
        host: PluginHost | None,
        find_road: Callable[[], Road],
        logger: FilteringBoundLogger,
        listener: Listener,
        *,
        values: dict[str, Value] | None = None,
        make_sink: SinkMaker | None = None,
    ) -> None:
        """``host``: None for the installed plugins; ``values``: options of new drives.

        ``find_road`` raises PortUnavailable while no road works.
        """
        self._host = host
        self.listener = listener
        self._find_road = find_road
        self._logger = logger
        self._values = values or {}
        self._make_sink = make_sink
        self._remembered = RememberedImages()
        self._road: Road | None = None
        self._units: list[DriveUnit] = []
        self._roster = asyncio.Lock()
        self._pool = ThreadPoolExecutor(LOADERS, LOADER_NAME)
        self._retry: asyncio.Task[None] | None = None
        self._suspended = False

    @cached_property
    def host(self) -> PluginHost:
        """The plugins. Importing what finds and loads waits until the drives are there."""
        from ..plugin.host import PluginHost

        return PluginHost() if self._host is None else self._host

    @cached_property
    def _loader(self) -> ImageLoader:
        from ..loading.loader import ImageLoader

        return ImageLoader(self.host)

    # Drives

    @property
    def number_of_devices(self) -> int:
        """How many drives there are."""
        return len(self._units)

    def unit(self, number: int) -> DriveUnit:
        """A drive. Raises NoSuchDrive."""
        if not 0 <= number < len(self._units):
            raise NoSuchDrive(f"There is no drive {number}; {_how_many(len(self._units))}.")
        return self._units[number]

    async def add_device(self) -> None:
        """Append a drive. Raises PortUnavailable."""
        async with self._roster:
            await self._append(tell=True)

    async def remove_device(self) -> None:
        """Remove the last drive, loaded or not, locked or not. Raises DriveError when there is none."""
        async with self._roster:
            if not self._units:
                raise DriveError("There is no drive to remove.")
            await self._units.pop().stop()
            self.listener.device_removed()

    async def start(self, wanted: int) -> None:
        """Make the first ``wanted`` drives; those that no road serves yet appear when one does."""
        async with self._roster:
            missing = await self._append_some(wanted, tell=False)
        if missing:
            self._retry = asyncio.ensure_future(self._keep_trying(missing))

    async def stop(self) -> None:
        """Remove every drive and close every file."""
        if self._retry is not None:
            self._retry.cancel()
        async with self._roster:
            units, self._units = self._units, []
            await asyncio.gather(*(unit.stop() for unit in units))
            if self._road is not None:
                self._road.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def suspend(self) -> None:
        """Let go of the road before the system sleeps; discs and options stay."""
        self._suspended = True
        await asyncio.gather(*(unit.suspend() for unit in self._units))

    async def resume(self) -> None:
        """Take hold of the road again."""
        self._suspended = False
        await asyncio.gather(*(unit.resume() for unit in self._units))

    async def _append(self, *, tell: bool) -> None:
        if self._road is None:
            self._road = await asyncio.to_thread(self._find_road)
        unit = self._make_unit(len(self._units), self._road)
        try:
            await unit.start()
        except BaseException:
            await unit.stop()
            raise
        self._units.append(unit)
        if tell:
            self.listener.device_added()
        unit.announce()

    def _make_unit(self, number: int, road: Road) -> DriveUnit:
        def make_thread(drive: Drive, on_event: EventSink) -> DriveThread:
            return PortThread(drive, road.port(number), f"cdemu-drive-{number}", on_event)

        def log(mask: Callable[[], int]) -> DriveLog:
            return DriveLog(self._logger, number, mask)

        return DriveUnit(
            number,
            make_thread,
            values=self._values,
            listener=self.listener,
            log=log,
            make_sink=self._make_sink,
        )

    async def _append_some(self, wanted: int, *, tell: bool) -> int:
        """Append up to ``wanted`` drives; how many could not be made."""
        for done in range(wanted):
            try:
                await self._append(tell=tell)
            except TransportError as problem:
                if not tell:
                    cure = getattr(problem, "cure", None)
                    self._logger.warning(f"No drive yet: {problem}" + (f" {cure}" if cure else ""))
                return wanted - done
        return 0

    async def _keep_trying(self, missing: int) -> None:
        while missing:
            await asyncio.sleep(RETRY_SECONDS)
            if self._suspended:
                continue
            async with self._roster:
                missing = await self._append_some(missing, tell=True)
        self._logger.info("The road works now; every drive is there.")

    # Discs

    async def load(self, number: int, filenames: Sequence[str], parameters: Mapping[str, Any]) -> None:
        """Load an image; drives and callers other than this one do not wait for it.

        ``parameters``: texts ``password``, ``encoding``, ``format``; others are the parsers' options. A true
        ``remember`` keeps the drive's options for this image; what was kept is put on the drive otherwise.

        Raises:
            NoSuchDrive, AlreadyLoaded: before anything is read.
            ImageError, StreamError, PluginError: what the loader raises.
        """
        unit = self.unit(number)
        async with unit.lock:
            _check_empty(unit)
            if not filenames:
                raise ImageError("No image file was given.")
            loop = asyncio.get_running_loop()
            request = load_request(filenames, parameters)
            image = await loop.run_in_executor(self._pool, self._loader.load, request)
            if unit.removed:
                image.close()
                raise NoSuchDrive(f"Drive {number} was removed while the image was being read.")
            await self._recall(unit, filenames[0], remember=parameters.get("remember") is True)
            await self._insert(unit, image, filenames)

    async def _recall(self, unit: DriveUnit, filename: str, *, remember: bool) -> None:
        """Keep or bring back the options of an image; without the file of them, it is loaded all the same."""
        try:
            if remember:
                await asyncio.to_thread(self._remembered.remember, filename, dict(unit.values))
                return
            kept = await asyncio.to_thread(self._remembered.options, filename)
        except ConfigError as problem:
            self._logger.bind(device=unit.number).warning(str(problem))
            return
        for name, value in kept.items():
            if unit.values[name] != value:
                await unit.set_option(name, value)

    async def _insert(self, unit: DriveUnit, image: LoadedImage, filenames: Sequence[str]) -> None:
        log = self._logger.bind(device=unit.number)
        for note in image.notes:
            log.warning(note)
        await unit.insert(image, tuple(filenames))
        log.info(f"Loaded {', '.join(filenames)} as {image.format}.")

    async def create_blank(self, number: int, filename: str, parameters: Mapping[str, Any]) -> None:
        """Insert a blank recordable disc.

        Raises:
            NoSuchDrive, AlreadyLoaded, InvalidOption (medium type), UnknownWriter, InvalidWriterParameter.
            DriveError: no writer was named.
            StreamError: nothing can be written to the folder of ``filename``.
        """
        unit = self.unit(number)
        async with unit.lock:
            _check_empty(unit)
            request = check_request(self.host, filename, parameters)
            log = self._logger.bind(device=number)
            recording = await asyncio.to_thread(self._make_recording, request, log.warning)
            await unit.insert(recording, (filename,), recorder=recording.recorder)
            log.info(f"Inserted a blank {request.medium} disc that becomes {filename}.")

    def _make_recording(self, request: BlankRequest, complain: Callable[[str], None]) -> Recording:
        from .recording import Recording

        return Recording(request, self.host, complain)

    async def unload(self, number: int) -> None:
        """Press the eject button. A locked drive keeps its disc until the system lets go: no error."""
        await self.unit(number).request_eject()

    def status(self, number: int) -> tuple[bool, list[str]]:
        """(loaded, file names as they were given)."""
        unit = self.unit(number)
        return unit.loaded, list(unit.filenames)

    def mapping(self, number: int) -> DeviceMapping:
        """Device nodes of a drive; empty while unknown."""
        return self.unit(number).mapping()

    # Options

    def get_option(self, number: int, name: str) -> tuple[str, Value]:
        """(D-Bus type, value). Raises NoSuchDrive, InvalidOption."""
        unit = self.unit(number)
        return find_option(name).signature, unit.values[name]

    async def set_option(self, number: int, name: str, signature: str, value: Any) -> None:
        """Set an option to a value of D-Bus type ``signature``. Raises NoSuchDrive, InvalidOption."""
        unit = self.unit(number)
        await unit.set_option(name, checked_value(name, signature, value))


def load_request(filenames: Sequence[str], parameters: Mapping[str, Any]) -> LoadRequest:
    """A load's parameters by name; values that are no text are as good as not given."""
    from ..loading.loader import LoadRequest

    texts = {key: value for key, value in parameters.items() if isinstance(value, str)}
    return LoadRequest(
        tuple(filenames),
        format=texts.pop("format", None),
        encoding=texts.pop("encoding", None),
        password=texts.pop("password", None),
        options=texts,
    )


def _check_empty(unit: DriveUnit) -> None:
    if unit.loaded:
        raise AlreadyLoaded(f"Drive {unit.number} has a disc in it; unload it first.")


def _how_many(count: int) -> str:
    return {0: "there are no drives", 1: "the only one is 0"}.get(count, f"they are 0 to {count - 1}")
