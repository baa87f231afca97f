"""The list of what was written: exact enough to take it out again, and nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from ..errors import ConfigError

FORMAT = 1


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


class Manifest(NamedTuple):
    """``files``: digest by path, without a staging root; ``folders``: those that were made for them."""

    files: dict[str, str]
    folders: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """As stored."""
        value = {"format": FORMAT, "files": self.files, "folders": list(self.folders)}
        return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def read(path: str) -> Manifest:
    """The manifest at ``path``; an empty one where there is none.

    Raises:
        ConfigError: it cannot be read or is not one, so that what was written is not known.
    """
    try:
        with open(path, "rb") as file:
            value = json.load(file)
        files, folders = value["files"], value["folders"]
        if value["format"] != FORMAT or not _texts([*files, *files.values(), *folders]):
            raise ValueError("it has another format")
        if not all(name.startswith("/") for name in [*files, *folders]):
            raise ValueError("it names files by relative paths")
    except FileNotFoundError:
        return Manifest({})
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read: {problem.strerror}. Nothing was changed.") from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ConfigError(
            f"The list of installed files {path} cannot be used: {problem}. Remove it to begin afresh; "
            "files that are the same as new ones are then taken for installed."
        ) from problem
    return Manifest(dict(files), tuple(folders))


def _texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)
