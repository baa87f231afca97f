"""Puts files in, all or none; takes them out, those that are still as they were written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import NamedTuple

from ..errors import ConfigError
from .manifest import Manifest, digest, read

TEMPORARY = ".cdemu-new"
FILE_MODE, FOLDER_MODE = 0o644, 0o755


class Action(StrEnum):
    """What becomes of a file."""

    WRITE = "write"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    KEEP_CHANGED = "keep: changed since it was installed"
    KEEP_FOREIGN = "keep: not written by this program"
    REMOVE = "remove"


KEPT = frozenset({Action.KEEP_CHANGED, Action.KEEP_FOREIGN})


class Step(NamedTuple):
    """One file and what becomes of it; the path is without the staging root."""

    path: str
    action: Action


def _content(path: str) -> bytes | None:
    """The bytes of a plain file; None where there is nothing. What is something else has no bytes of ours."""
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isfile(path)):
        return b"\0not a plain file"
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


@contextmanager
def _failures(verb: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        cure = "; run it as root" if isinstance(problem, PermissionError) else ""
        where = problem.filename or "a file"
        raise ConfigError(
            f"{where} cannot be {verb}: {problem.strerror}{cure}. Nothing was changed."
        ) from problem


class Installation:
    """The files of one manifest below a staging ``root`` ("" for the system itself)."""

    def __init__(self, manifest_path: str, root: str = "") -> None:
        self._root = root.rstrip("/")
        self._manifest_path = manifest_path
        self._manifest = read(self.real(manifest_path))

    def real(self, path: str) -> str:
        """``path`` below the staging root."""
        return self._root + path

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders that were made for the files."""
        return self._manifest.folders

    def judge(self, files: Mapping[str, bytes]) -> list[Step]:
        """What an installation of ``files`` would do."""
        with _failures("read"):
            steps = [Step(path, self._action(path, content)) for path, content in files.items()]
            return steps + [step for step in self.judge_removal() if step.path not in files]

    def _action(self, path: str, wanted: bytes) -> Action:
        present = _content(self.real(path))
        if present is None:
            return Action.WRITE
        if present == wanted:
            return Action.UNCHANGED
        if path not in self._manifest.files:
            return Action.KEEP_FOREIGN
        return Action.UPDATE if digest(present) == self._manifest.files[path] else Action.KEEP_CHANGED

    def judge_removal(self) -> list[Step]:
        """What a removal would do; files that are gone already are not mentioned."""
        steps = []
        with _failures("read"):
            for path, written in sorted(self._manifest.files.items()):
                present = _content(self.real(path))
                if present is not None:
                    same = digest(present) == written
                    steps.append(Step(path, Action.REMOVE if same else Action.KEEP_CHANGED))
        return steps

    def install(self, files: Mapping[str, bytes]) -> list[Step]:
        """Write what :meth:`judge` says; on any error nothing has changed. Raises ConfigError."""
        steps = self.judge(files)
        writes = {s.path: files[s.path] for s in steps if s.action in (Action.WRITE, Action.UPDATE)}
        removals = [step.path for step in steps if step.action is Action.REMOVE]
        with _failures("written"), _Transaction(self._root) as transaction:
            for path, content in writes.items():
                transaction.prepare(path, content)
            folders = {*self._manifest.folders, *transaction.folders}
            folders |= set(transaction.make_folders(os.path.dirname(self._manifest_path)))
            listed = Manifest(self._owned(files, steps), tuple(sorted(folders)))
            if listed != self._manifest:
                transaction.prepare(self._manifest_path, listed.encode())
            transaction.commit(removals)
        self._manifest = listed
        return steps

    def _owned(self, files: Mapping[str, bytes], steps: list[Step]) -> dict[str, str]:
        """Digests of what was written by this program, now or earlier: a changed file keeps its old one."""
        owned = {}
        for path, action in steps:
            if action is Action.KEEP_CHANGED:
                owned[path] = self._manifest.files[path]
            elif action not in (Action.KEEP_FOREIGN, Action.REMOVE):
                owned[path] = digest(files[path])
        return owned

    def remove(self) -> list[Step]:
        """Take out what is as it was written, and the list. Raises ConfigError; then nothing has changed."""
        steps = self.judge_removal()
        removals = [step.path for step in steps if step.action is Action.REMOVE]
        if os.path.lexists(self.real(self._manifest_path)):
            removals.append(self._manifest_path)
        with _failures("removed"), _Transaction(self._root) as transaction:
            transaction.commit(removals)
        return steps

    def remove_folders(self) -> None:
        """After :meth:`remove`: take out the folders that were made for the files and are empty."""
        for folder in sorted(self._manifest.folders, key=len, reverse=True):
            with suppress(OSError):  # it is not empty, or gone
                os.rmdir(self.real(folder))
        self._manifest = Manifest({})


class _Transaction:
    """Files that appear and vanish together; leaving it by an error undoes everything."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._ready: list[str] = []
        self._undo: list[tuple[str, bytes | None]] = []
        self.folders: list[str] = []

    def __enter__(self) -> _Transaction:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            return
        for path, content in reversed(self._undo):
            if content is None:
                os.unlink(path)
            else:
                _write(path, content)
        for path in self._ready:
            with suppress(FileNotFoundError):
                os.unlink(path + TEMPORARY)
        for folder in reversed(self.folders):
            with suppress(OSError):  # somebody else put a file there meanwhile
                os.rmdir(self._root + folder)

    def make_folders(self, folder: str) -> list[str]:
        """Make ``folder`` and those above it; returns the new ones."""
        os.makedirs(self._root or "/", exist_ok=True)
        missing = []
        while folder not in ("", "/") and not os.path.isdir(self._root + folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for path in reversed(missing):
            os.mkdir(self._root + path)
            self.folders.append(path)
            os.chmod(self._root + path, FOLDER_MODE)
        return missing

    def prepare(self, path: str, content: bytes) -> None:
        """Write the file under a temporary name."""
        self.make_folders(os.path.dirname(path))
        self._ready.append(self._root + path)
        _write(self._root + path + TEMPORARY, content)

    def commit(self, removals: list[str]) -> None:
        """Rename everything prepared and unlink ``removals``."""
        for path in self._ready:
            before = _content(path)
            os.replace(path + TEMPORARY, path)
            self._undo.append((path, before))
        for name in removals:
            before = _content(self._root + name)
            os.unlink(self._root + name)
            self._undo.append((self._root + name, before))


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, FILE_MODE)
