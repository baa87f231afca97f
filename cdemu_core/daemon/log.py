"""The log: structlog to standard error, the journal or a file, one line per message.

Messages of a drive begin ``cdemuN: ``, the daemon's own ``cdemu: ``. No load parameter is ever logged:
a password may be among them.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import ConfigError

if TYPE_CHECKING:
    from structlog.typing import EventDict, FilteringBoundLogger, Processor


@contextmanager
def absent(*modules: str) -> Iterator[None]:
    """Let ``modules`` that are not imported yet look as if they were not installed."""
    hidden = [module for module in modules if module not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for module in hidden:
            del sys.modules[module]


# structlog would load them for its development renderer, which is not used here: a sixth of a start
with absent("rich", "colorama"):
    import structlog

JOURNAL_PRIORITY = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""Levels of syslog(3), as the journal reads them from the head of a line (sd-daemon(3))."""


def _line(event: EventDict) -> str:
    device = event.get("device")
    prefix = "cdemu" if device is None else f"cdemu{device}"
    level = event.get("level", "info")
    mark = f"{level}: " if level in ("warning", "error", "critical") else ""
    trace = event.get("exception")
    return f"{prefix}: {mark}{event['event']}" + (f"\n{trace}" if trace else "")


def render_text(_logger: Any, _method: str, event: EventDict) -> str:
    """The message as a person reads it."""
    return _line(event)


def render_journal(_logger: Any, _method: str, event: EventDict) -> str:
    """The message with the journal's priority at the head of every line."""
    priority = JOURNAL_PRIORITY.get(str(event.get("level")), 6)
    return "\n".join(f"<{priority}>{line}" for line in _line(event).splitlines())


def render_json(_logger: Any, _method: str, event: EventDict) -> str:
    """The message as one JSON object."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": stamp, **event}, default=str, ensure_ascii=False)


RENDERERS: dict[str, Callable[[Any, str, EventDict], str]] = {
    "text": render_text,
    "journal": render_journal,
    "json": render_json,
}


def choose_format(wanted: str, file: TextIO) -> str:
    """The format ``auto`` means for ``file``: journal where systemd connected it to the journal."""
    if wanted != "auto":
        return wanted
    try:
        state = os.fstat(file.fileno())
    except (OSError, ValueError):
        return "text"
    stream = os.environ.get("JOURNAL_STREAM", "")
    return "journal" if stream == f"{state.st_dev}:{state.st_ino}" else "text"


class _Bridge(logging.Handler):
    """Hands on what libraries and the roads log through the standard library."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        self._log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def _opened(path: str) -> TextIO:
    try:
        return open(path, "w", encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        raise ConfigError(f"The log file {path} cannot be written: {problem.strerror}.") from problem


class Log:
    """An open log; ``logger`` is the daemon's."""

    def __init__(self, path: str | None = None, log_format: str = "auto") -> None:
        """``path``: a file, emptied first; None: standard error.

        Raises:
            ConfigError: the file cannot be written.
        """
        self._file = _opened(path) if path else None
        file = self._file or sys.stderr
        processors: list[Processor] = [
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            RENDERERS[choose_format(log_format, file)],
        ]
        self.logger: FilteringBoundLogger = structlog.wrap_logger(
            structlog.PrintLogger(file),
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
            cache_logger_on_first_use=True,
        ).bind()
        self._bridge = _Bridge(self.logger)
        logging.getLogger().addHandler(self._bridge)

    def close(self) -> None:
        """Close the file, if it is one."""
        logging.getLogger().removeHandler(self._bridge)
        if self._file is not None:
            self._file.close()


class DriveLog:
    """The log of one drive: debug messages appear where its ``daemon-debug-mask`` has their bit."""

    def __init__(self, logger: FilteringBoundLogger, number: int, mask: Callable[[], int]) -> None:
        self._logger = logger.bind(device=number)
        self._mask = mask
        self.warning = self._logger.warning
        self.error = self._logger.error
        self.info = self._logger.info

    def debug(self, bit: int, message: str) -> None:
        """A message of the area ``bit``."""
        if self._mask() & bit:
            self._logger.debug(message)
