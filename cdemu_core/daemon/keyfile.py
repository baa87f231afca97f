"""Key files: the INI dialect of desktop configuration (``[group]``, ``key=value``, ``#`` comments)."""

from __future__ import annotations

import re

from ..errors import ConfigError

_SHELL_KEYS = {"NUM_DEVICES": "num-devices", "AUDIO_DRIVER": "audio-driver", "LOG_FILE": "logfile"}
"""Variables of the shell fragments that older launchers read from the same path."""
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def unescape(text: str) -> str:
    """``\\s \\n \\t \\r \\\\`` undone; any other back-slash stays."""
    return re.sub(r"\\([sntr\\])", lambda match: _ESCAPES[match[1]], text)


def _shell_hint(path: str, lines: list[str]) -> str | None:
    """What a shell-syntax file would be as a key file, or None where it is none."""
    found = {}
    for line in lines:
        name, separator, value = line.removeprefix("export ").partition("=")
        if separator and name.strip() in _SHELL_KEYS:
            found[_SHELL_KEYS[name.strip()]] = value.strip().strip("'\"")
    if not found:
        return None
    text = "\n".join(["[settings]", *(f"{key}={value}" for key, value in found.items())])
    return f"{path} is in the shell syntax of older launchers. Write it as a key file:\n{text}"


def read_key_file(path: str) -> dict[str, dict[str, str]]:
    """Groups of keys; a repeated key's last value counts.

    Raises:
        ConfigError: the file cannot be read or is not a key file.
    """
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"The configuration file {path} cannot be read: {problem}.") from problem
    groups: dict[str, dict[str, str]] = {}
    group: dict[str, str] | None = None
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = groups.setdefault(line[1:-1], {})
            continue
        key, separator, value = line.partition("=")
        if group is None or not separator or not key.strip():
            hint = _shell_hint(path, lines) if group is None else None
            raise ConfigError(hint or f"{path}, line {number}: “{line}” is neither [group] nor key=value.")
        group[key.strip()] = unescape(value.strip())
    return groups
