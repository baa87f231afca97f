"""Finds the file a descriptor names, by one set of rules for all formats.

In order: the name as a path from the descriptor's folder, the same with back-slashes turned, its
last part alone; each first exactly, then equal but for case and Unicode form, then so with the
suffix of an installed filter behind it. Last, with a note: the descriptor's own stem with the
suffix that was named. ``*.ext`` is the descriptor's stem with ``ext``.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

SEPARATORS: Final = re.compile(r"[/\\]")


class Finder:
    """Finds files named by ``descriptor`` (an absolute path).

    ``suffixes``: of filters that can be undone (``.gz``), lower case. ``note``: takes a sentence
    where a file is taken that was not plainly named.
    """

    def __init__(self, descriptor: str, suffixes: Iterable[str], note: Callable[[str], None]) -> None:
        self.descriptor = descriptor
        self.folder = os.path.dirname(descriptor)
        self.suffixes = tuple(sorted(suffixes))
        self.note = note

    def find(self, name: str) -> str | None:
        """Absolute path of the regular file meant by ``name``, or None."""
        if not name or "\0" in name:
            return None
        if name.startswith("*."):
            return self._renamed(name[1:])
        for candidate in _readings(name):
            path = self._locate(candidate)
            if path is not None:
                self._tell_if_outside(name, path)
                return path
        return self._same_stem(name)

    def _locate(self, name: str) -> str | None:
        exact = os.path.normpath(os.path.join(self.folder, name))
        if os.path.isfile(exact):
            return exact
        if exact == "/":
            return None
        *folders, last = [part for part in exact.split("/") if part]
        folder = _resolve_folders(folders)
        return None if folder is None else self._in_folder(folder, last)

    def _in_folder(self, folder: str, name: str) -> str | None:
        """``name`` in ``folder`` but for case and Unicode form, then with a filter's suffix."""
        files = _listing(folder, files=True)
        wanted = fold(name)
        for key in (wanted, *(wanted + suffix for suffix in self.suffixes)):
            if key in files:
                return os.path.join(folder, files[key])
        return None

    def _renamed(self, suffix: str) -> str | None:
        return self._in_folder(self.folder, self._stem() + suffix)

    def _same_stem(self, name: str) -> str | None:
        suffix = os.path.splitext(SEPARATORS.split(name)[-1])[1]
        path = self._renamed(suffix) if suffix else None
        if path is None or os.path.samefile(path, self.descriptor):
            return None
        self.note(f"“{name}” is not there; “{os.path.basename(path)}” is taken for it.")
        return path

    def _stem(self) -> str:
        name = os.path.basename(self.descriptor)
        for suffix in self.suffixes:
            if name.lower().endswith(suffix):
                name = name[: -len(suffix)]
                break
        return os.path.splitext(name)[0]

    def _tell_if_outside(self, name: str, path: str) -> None:
        if not path.startswith(os.path.join(self.folder, "")):
            self.note(f"“{name}” is taken from outside the image's folder: “{path}”.")


def fold(name: str) -> str:
    """``name`` without differences of case and Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _readings(name: str) -> Iterator[str]:
    """What the name may mean, each once."""
    yield from dict.fromkeys((name, name.replace("\\", "/"), SEPARATORS.split(name)[-1] or name))


def _resolve_folders(parts: list[str]) -> str | None:
    """The folder of ``parts`` from the root, case and Unicode form aside where it must be."""
    path = "/"
    for part in parts:
        inner = os.path.join(path, part)
        if not os.path.isdir(inner):
            match = _listing(path, files=False).get(fold(part))
            if match is None:
                return None
            inner = os.path.join(path, match)
        path = inner
    return path


def _listing(folder: str, *, files: bool) -> dict[str, str]:
    """Folded name → name of the regular files (or the folders) in ``folder``; {} if it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if (entry.is_file() if files else entry.is_dir())]
    except OSError:
        return {}
    return {fold(name): name for name in sorted(names, reverse=True)}
