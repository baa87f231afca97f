"""Options that belong to an image: kept in the user's settings, put on the drive at the image's next load."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError, InvalidOption
from .options import OPTIONS, Value, checked_value

KEPT = ("dpm-emulation", "tr-emulation", "bad-sector-emulation", "dvd-report-css")
"""What an image may want of its drive; names and debug masks are the drive's own."""


def default_path() -> Path:
    """``images.json`` in the user's settings."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "cdemu" / "images.json"


class RememberedImages:
    """The file: image → options.

    An image is its absolute path and its size, so a replaced file is another one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def options(self, filename: str) -> dict[str, Value]:
        """What was remembered for an image; entries that are no options any more are left out.

        Raises:
            ConfigError: the file cannot be read.
        """
        entry = self._read().get(_key(filename))
        return _valid(entry) if isinstance(entry, dict) else {}

    def remember(self, filename: str, values: Mapping[str, Value]) -> None:
        """Keep the options of an image that its drive has now.

        Raises:
            ConfigError: the file cannot be read or written.
        """
        images = self._read()
        images[_key(filename)] = {name: values[name] for name in KEPT}
        path = self._path or default_path()
        draft = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(images, indent=2, sort_keys=True) + "\n", "utf-8")
            os.replace(draft, path)
        except OSError as problem:
            raise ConfigError(
                f"The image's options cannot be kept in {path}: {problem.strerror}."
            ) from problem

    def _read(self) -> dict[str, Any]:
        path = self._path or default_path()
        try:
            images = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as problem:
            raise ConfigError(f"{path} cannot be read: {problem}. Repair or remove it.") from problem
        if not isinstance(images, dict):
            raise ConfigError(f"{path} holds no table of images. Remove it.")
        return images


def _key(filename: str) -> str:
    try:
        size = os.path.getsize(filename)
    except OSError:
        size = -1
    return f"{os.path.abspath(filename)}:{size}"


def _valid(entry: Mapping[str, Any]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in KEPT:
        value = entry.get(name)
        try:
            if isinstance(value, bool):
                found[name] = checked_value(name, OPTIONS[name].signature, value)
        except InvalidOption:
            continue
    return found
