"""Program paths as the three kinds of command line in service and desktop files take them."""

from __future__ import annotations

from ..errors import ConfigError

_NEVER = frozenset("\"'\\`$\n\r\t")
"""Characters whose escaping differs between the three; no sane place for programs has them."""


def plain(path: str) -> str:
    """``path`` for use between double quotes. Raises ConfigError where no quoting is right everywhere."""
    if not path.startswith("/") or _NEVER & set(path):
        raise ConfigError(
            f"Programs in “{path}” cannot be named in service files; install them at an absolute path "
            "without quotes, dollar signs, back-slashes and line ends."
        )
    return path


def percent(path: str) -> str:
    """As :func:`plain`, for systemd units and desktop files, where ``%`` begins a specifier."""
    return plain(path).replace("%", "%%")
