"""Every error raised on purpose, in one tree.

::

    CdemuError                    str() is one full sentence that says what to do
    ├─ ImageError                 about the files the user gave              .path
    │   ├─ UnknownImage           no format claims the file                  .tried
    │   ├─ AmbiguousImage         two formats claim it equally               .candidates
    │   ├─ CorruptImage           the file breaks its own format             .offset .structure
    │   ├─ UnsupportedImage       valid, but uses what we cannot do          .feature
    │   ├─ MissingFile            a file named by a descriptor is not there  .wanted_by
    │   └─ PasswordRequired       no password, or a wrong one
    ├─ StreamError                bytes could not be read                    .offset
    ├─ MediumError                raised by the disc reader
    │   ├─ AddressOutOfRange      .lba
    │   ├─ UnreadableSector       .lba
    │   └─ WrongSectorType        .lba .found
    ├─ DriveError
    │   ├─ NoSuchDrive
    │   ├─ AlreadyLoaded
    │   ├─ NotLoaded
    │   ├─ MediumLocked
    │   ├─ InvalidOption
    │   ├─ UnknownWriter
    │   └─ InvalidWriterParameter
    ├─ TransportError
    │   ├─ PortUnavailable        the road does not work on this machine     .cure
    │   └─ PortLost               it did, and went away
    ├─ ConfigError                configuration file or option
    └─ PluginError
        ├─ PluginBroken           .dist .name .cause
        ├─ PluginMismatch         .wants .has
        └─ DuplicateName          .name .owners

An error knows what went wrong, never how a floor above says it: sense codes,
D-Bus names and exit codes are tables of those floors.
"""

from __future__ import annotations


class CdemuError(Exception):
    """Base of every error raised on purpose."""


class ImageError(CdemuError):
    """Something is wrong with the files the user gave."""

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class UnknownImage(ImageError):
    """No registered format claims the file; ``tried`` is (format, evidence, reason) each."""

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        tried: tuple[tuple[str, str, str], ...] = (),
    ) -> None:
        super().__init__(message, path=path)
        self.tried = tried


class AmbiguousImage(ImageError):
    """Several formats claim the file with equal evidence."""

    def __init__(self, message: str, *, path: str | None = None, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message, path=path)
        self.candidates = candidates


class CorruptImage(ImageError):
    """The file contradicts its own format at ``offset`` (bytes) in ``structure``."""

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        offset: int | None = None,
        structure: str | None = None,
    ) -> None:
        super().__init__(message, path=path)
        self.offset = offset
        self.structure = structure


class UnsupportedImage(ImageError):
    """The file is valid and uses a ``feature`` that is not implemented."""

    def __init__(self, message: str, *, path: str | None = None, feature: str | None = None) -> None:
        super().__init__(message, path=path)
        self.feature = feature


class MissingFile(ImageError, FileNotFoundError):
    """A file is not there; ``wanted_by`` names the descriptor that asked for it."""

    def __init__(self, message: str, *, path: str | None = None, wanted_by: str | None = None) -> None:
        super().__init__(message, path=path)
        self.wanted_by = wanted_by

    def __str__(self) -> str:
        return str(self.args[0])


class PasswordRequired(ImageError):
    """The image is encrypted and no password, or a wrong one, was given."""


class StreamError(CdemuError, OSError):
    """Bytes at ``offset`` could not be read or decoded."""

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset

    def __str__(self) -> str:
        return str(self.args[0])


class MediumError(CdemuError):
    """A sector address cannot be served from the disc."""

    def __init__(self, message: str, *, lba: int) -> None:
        super().__init__(message)
        self.lba = lba


class AddressOutOfRange(MediumError):
    """``lba`` is not on the disc."""

    def __init__(self, lba: int) -> None:
        super().__init__(f"Sector {lba} is not on this disc.", lba=lba)


class UnreadableSector(MediumError):
    """``lba`` is on the disc, but its data is damaged."""

    def __init__(self, lba: int) -> None:
        super().__init__(f"Sector {lba} cannot be read without errors.", lba=lba)


class WrongSectorType(MediumError):
    """``lba`` holds a sector of type ``found``, which the request does not admit."""

    def __init__(self, lba: int, found: str) -> None:
        super().__init__(f"Sector {lba} is a {found} sector, not of the type asked for.", lba=lba)
        self.found = found


class DriveError(CdemuError):
    """A drive cannot do what it was asked for."""


class NoSuchDrive(DriveError):
    """There is no drive of this number."""


class AlreadyLoaded(DriveError):
    """The drive has a disc in it."""


class NotLoaded(DriveError):
    """The drive has no disc in it."""


class MediumLocked(DriveError):
    """The tray is locked by the system that uses the disc."""


class InvalidOption(DriveError):
    """A drive option's name, type or value is not known."""


class UnknownWriter(DriveError):
    """No image writer of this name is installed."""


class InvalidWriterParameter(DriveError):
    """An image writer's parameter has a wrong type or value."""


class TransportError(CdemuError):
    """A road between the kernel (or an initiator) and a drive failed."""


class PortUnavailable(TransportError):
    """The road does not work on this machine; ``cure`` is the command or step that helps."""

    def __init__(self, message: str, *, cure: str | None = None) -> None:
        super().__init__(message)
        self.cure = cure


class PortLost(TransportError):
    """The road worked and went away."""


class ConfigError(CdemuError):
    """A configuration file or command-line value is unusable."""


class PluginError(CdemuError):
    """A plugin cannot be used."""


class PluginBroken(PluginError):
    """A plugin raised what it must not raise; ``cause`` is that exception."""

    def __init__(
        self,
        message: str,
        *,
        dist: str | None = None,
        name: str | None = None,
        cause: BaseException | None = None,
    ) -> None:
        super().__init__(message)
        self.dist = dist
        self.name = name
        self.cause = cause


class PluginMismatch(PluginError):
    """A plugin was made for another version of the hooks."""

    def __init__(self, message: str, *, wants: str, has: str) -> None:
        super().__init__(message)
        self.wants = wants
        self.has = has


class DuplicateName(PluginError):
    """Two plugins register the same ``name``; both are refused."""

    def __init__(self, message: str, *, name: str, owners: tuple[str, ...]) -> None:
        super().__init__(message)
        self.name = name
        self.owners = owners
