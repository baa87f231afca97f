"""Files written together: all of them appear, or none does."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from ..errors import StreamError


class OutputFile:
    """A file in the making, under a temporary name beside ``path``."""

    def __init__(self, path: str) -> None:
        self.path = path
        folder, name = os.path.split(path)
        self.temporary = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.part")
        with _told(path):
            descriptor = os.open(self.temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
            self._file: BinaryIO = os.fdopen(descriptor, "w+b")

    @property
    def position(self) -> int:
        """Bytes written so far, or where :meth:`seek` went."""
        return self._file.tell()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append ``data``.

        Raises:
            StreamError: the system refuses it, as on a full disk.
        """
        with _told(self.path):
            self._file.write(data)

    def write_all(self, pieces: Iterable[bytes | bytearray | memoryview]) -> None:
        """Append every piece."""
        for piece in pieces:
            self.write(piece)

    def seek(self, position: int) -> None:
        """Continue at byte ``position``, to fill in a header."""
        with _told(self.path):
            self._file.seek(position)

    def finish(self) -> None:
        """Everything is on the disk, still under the temporary name."""
        with _told(self.path):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def discard(self) -> None:
        """Close and remove it."""
        with suppress(OSError):
            self._file.close()
        with suppress(FileNotFoundError):
            os.unlink(self.temporary)


class Output:
    """A context in which files are made by :meth:`create`; leaving it without an exception gives them
    their names, the last one first (so a descriptor created first appears when its data is there);
    leaving it with one removes them.

    A file that has a wanted name already is replaced. ``paths`` lists the files in the order of creation.
    """

    def __init__(self) -> None:
        self._files: list[OutputFile] = []

    @property
    def paths(self) -> list[str]:
        """Final paths of all files."""
        return [file.path for file in self._files]

    def create(self, path: str) -> OutputFile:
        """A new file that will be ``path``."""
        file = OutputFile(os.path.abspath(path))
        self._files.append(file)
        return file

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                for file in self._files:
                    file.finish()
                self._name()
        finally:
            for file in self._files:
                file.discard()

    def _name(self) -> None:
        """Rename all; where one fails, those that are new are removed again."""
        fresh: list[str] = []
        try:
            for file in reversed(self._files):
                existed = os.path.lexists(file.path)
                with _told(file.path):
                    os.replace(file.temporary, file.path)
                if not existed:
                    fresh.append(file.path)
        except BaseException:
            for path in fresh:
                os.unlink(path)
            raise


class _told:  # noqa: N801 - reads as a word in a with statement
    """Turns the system's refusal into a sentence about ``path``."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(value, OSError) and not isinstance(value, StreamError):
            name, reason = os.path.basename(self._path), value.strerror or value
            raise StreamError(f"“{name}” cannot be written: {reason}; nothing was left behind.") from value
