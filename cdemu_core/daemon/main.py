"""``cdemu-daemon``: settings, log, drives and bus put together, until a signal ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ..audio.sink import SinkMaker, choose_sink
from ..dbus.serve import Service, Signals, SleepHandler
from ..errors import CdemuError, ConfigError
from .config import Settings, load_settings
from .daemon import LOADER_NAME, Daemon
from .log import Log
from .options import signed32
from .roads import road_finder

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from ..plugin.host import PluginHost

STARTED, LOST, FAILED = 0, 1, 255
"""Exit statuses: ended on request; bus or name lost; could not start."""
SWITCH_SECONDS = 50e-6
"""How often threads may take turns: at the default of 5 ms one busy thread starves every drive."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def sink_maker(driver: str, logger: FilteringBoundLogger) -> SinkMaker | None:
    """What makes sinks; None for no sound. A driver that cannot be used is a warning."""
    if driver == "null":
        return None
    try:
        return choose_sink(driver)
    except ConfigError as problem:
        logger.warning(f"{problem} No audio is heard.")
        return None


def banner(settings: Settings, logger: FilteringBoundLogger) -> None:
    """What the daemon was told."""
    exists = "" if settings.config_file is None else f" (exists: {int(settings.config_exists)})"
    for name, value in (
        ("config file", f"{settings.config_file or 'none'}{exists}"),
        ("number of devices", settings.num_devices),
        ("road", f"{settings.road}, control device {settings.ctl_device}"),
        ("audio driver", settings.audio_driver),
        ("bus", settings.bus),
        ("daemon debug mask", f"{settings.default_cdemu_debug_mask:#x}"),
        ("library debug mask", f"{settings.default_mirage_debug_mask:#x}"),
        ("sleep handler", int(settings.system_sleep_handler)),
    ):
        logger.info(f"{name}: {value}")
    for warning in settings.warnings:
        logger.warning(warning)
    if settings.bus == "system":
        logger.warning("On the system bus any user may have this daemon open any file it can read.")


def make_daemon(settings: Settings, signals: Signals, logger: FilteringBoundLogger) -> Daemon:
    """The daemon of ``settings``, without drives yet."""
    return Daemon(
        None,
        road_finder(settings, logger),
        logger,
        signals,
        values={
            "daemon-debug-mask": signed32(settings.default_cdemu_debug_mask),
            "library-debug-mask": signed32(settings.default_mirage_debug_mask),
        },
        make_sink=sink_maker(settings.audio_driver, logger),
    )


def prepare(host: PluginHost) -> None:
    """Find the plugins and import what loads images, so that the first load need not."""
    from ..loading import loader  # noqa: F401 - imported for what follows

    host.list()


async def serve(settings: Settings, logger: FilteringBoundLogger) -> int:
    """Run until a signal or the end of the bus; returns the exit status.

    Raises:
        CdemuError: the daemon could not start.
    """
    stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, _finish, stopped)
    service = await Service.open(settings.bus, logger)
    signals = Signals()
    daemon = make_daemon(settings, signals, logger)
    sleep = SleepHandler(daemon.suspend, daemon.resume, logger)
    try:
        if settings.system_sleep_handler:
            await sleep.start()
        await daemon.start(settings.num_devices)
        await service.publish(daemon, signals)
        logger.info("Ready.")
        await asyncio.to_thread(prepare, daemon.host)
        ends: list[asyncio.Future[Any]] = [stopped, service.lost]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            logger.warning(service.lost.result())
        return STARTED if stopped.done() else LOST
    finally:
        await service.retire()
        await sleep.stop()
        await daemon.stop()
        await service.close()


def _finish(stopped: asyncio.Future[None]) -> None:
    if not stopped.done():
        stopped.set_result(None)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """The program. It ends even while an image is being parsed, whose thread cannot be told to stop."""
    status = main(arguments)
    if any(thread.name.startswith(LOADER_NAME) for thread in threading.enumerate()):
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the daemon; returns its exit status."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        settings = load_settings(sys.argv[1:] if arguments is None else arguments)
        log = Log(settings.logfile, settings.log_format)
    except ConfigError as problem:
        print(f"cdemu-daemon: {problem}", file=sys.stderr)
        return FAILED
    try:
        banner(settings, log.logger)
        return asyncio.run(serve(settings, log.logger))
    except CdemuError as problem:
        log.logger.error(str(problem))
        return FAILED
    finally:
        log.close()


if __name__ == "__main__":
    run()
