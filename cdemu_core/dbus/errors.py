"""Error classes and their names on the bus."""

from __future__ import annotations

from .. import errors
from .names import ERROR_DAEMON, ERROR_MIRAGE

DBUS_NAME_FOR: dict[type[errors.CdemuError], str] = {
    errors.CdemuError: ERROR_DAEMON + "DaemonError",
    errors.ImageError: ERROR_MIRAGE + "ImageFileError",
    errors.UnknownImage: ERROR_MIRAGE + "ParserError",
    errors.AmbiguousImage: ERROR_MIRAGE + "ParserError",
    errors.CorruptImage: ERROR_MIRAGE + "ImageFileError",
    errors.UnsupportedImage: ERROR_MIRAGE + "ImageFileError",
    errors.MissingFile: ERROR_MIRAGE + "DataFileError",
    errors.PasswordRequired: ERROR_MIRAGE + "EncryptedImage",
    errors.StreamError: ERROR_MIRAGE + "DataFileError",
    errors.AddressOutOfRange: ERROR_MIRAGE + "SectorError",
    errors.UnreadableSector: ERROR_MIRAGE + "SectorError",
    errors.WrongSectorType: ERROR_MIRAGE + "SectorError",
    errors.NoSuchDrive: ERROR_DAEMON + "InvalidArgument",
    errors.AlreadyLoaded: ERROR_DAEMON + "AlreadyLoaded",
    errors.NotLoaded: ERROR_DAEMON + "DaemonError",
    errors.MediumLocked: ERROR_DAEMON + "DeviceLocked",
    errors.InvalidOption: ERROR_DAEMON + "InvalidArgument",
    errors.UnknownWriter: ERROR_MIRAGE + "LibraryError",
    errors.InvalidWriterParameter: ERROR_MIRAGE + "WriterError",
    errors.PortUnavailable: ERROR_DAEMON + "DaemonError",
    errors.PortLost: ERROR_DAEMON + "DaemonError",
    errors.ConfigError: ERROR_DAEMON + "DaemonError",
    errors.PluginBroken: ERROR_MIRAGE + "LibraryError",
    errors.PluginMismatch: ERROR_MIRAGE + "LibraryError",
    errors.DuplicateName: ERROR_MIRAGE + "LibraryError",
}
"""Every leaf of the error tree has a row; a class without one goes by its nearest base."""


def dbus_error(problem: BaseException) -> tuple[str, str]:
    """(name, sentence) for the bus.

    An exception outside the tree tells its class only: no path and no line of code leaks.
    """
    if not isinstance(problem, errors.CdemuError):
        sentence = (
            f"Something unexpected happened ({type(problem).__name__}); the daemon's log has the details."
        )
        return DBUS_NAME_FOR[errors.CdemuError], sentence
    name = next(DBUS_NAME_FOR[base] for base in type(problem).__mro__ if base in DBUS_NAME_FOR)
    cure = getattr(problem, "cure", None)
    return name, f"{problem} {cure}" if cure else str(problem)
