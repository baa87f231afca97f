"""Settings: the defaults, the configuration file over them, the command line over both."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import attrs

from ..errors import ConfigError
from ..transport.roads import ROADS
from .keyfile import read_key_file

GROUP = "settings"
BUSES = ("session", "system")
ROAD_NAMES = ("auto", *ROADS)
LOG_FORMATS = ("auto", "text", "journal", "json")
ISCSI_PORT = 3260
"""Registered for iSCSI (RFC 7143, section 5)."""


@attrs.frozen(kw_only=True)
class Settings:
    """What the daemon was told; field names are the keys' with ``_`` for ``-``."""

    config_file: str | None = None
    config_exists: bool = False
    num_devices: int = 1
    ctl_device: str = "/dev/vhba_ctl"
    audio_driver: str = "null"
    bus: str = "session"
    logfile: str | None = None
    default_cdemu_debug_mask: int = 0
    default_mirage_debug_mask: int = 0
    system_sleep_handler: bool = True
    road: str = "auto"
    iscsi_address: str = "127.0.0.1"
    iscsi_port: int = ISCSI_PORT
    iscsi_user: str | None = None
    iscsi_secret_file: str | None = None
    log_format: str = "auto"
    warnings: tuple[str, ...] = ()


def integer(text: str) -> int:
    """Command line: decimal, 0x hexadecimal or 0 octal."""
    digits = text.strip().lower().lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    return int(text, 8 if octal else 0)


def decimal(text: str) -> int:
    """Configuration file: decimal only."""
    return int(text, 10)


def boolean(text: str) -> bool:
    """0 or 1, and the key file's words for them."""
    return {"0": False, "false": False, "1": True, "true": True}[text.strip().lower()]


def port(text: str) -> int:
    """A TCP port."""
    value = integer(text)
    if not 0 <= value <= 0xFFFF:
        raise ValueError(text)
    return value


def one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """A reader that knows ``words``, in any case."""

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(text)
        return text.lower()

    return read


def roads(text: str) -> str:
    """One road, or several with commas between them: the first that works is taken."""
    names = [name.strip() for name in text.lower().split(",")]
    unknown = set(names) - set(ROAD_NAMES)
    if unknown:
        from .roads import plugin_roads

        if unknown - set(plugin_roads()):
            raise ValueError(text)
    return ",".join(names)


@attrs.frozen
class Key:
    """One setting: how the command line and the configuration file read it."""

    name: str
    flags: tuple[str, ...]
    read: Callable[[str], Any]
    help: str
    read_file: Callable[[str], Any] | None = None
    metavar: str | None = None

    @property
    def field(self) -> str:
        """Its field of Settings."""
        return self.name.replace("-", "_")


KEYS = (
    Key("num-devices", ("-n", "--num-devices"), integer, "number of drives", decimal, "N"),
    Key("ctl-device", ("-c", "--ctl-device"), str, "control device; chooses the road “vhba”", None, "PATH"),
    Key(
        "audio-driver", ("-a", "--audio-driver"), str, "audio driver: null, default, wav:FILE", None, "DRIVER"
    ),
    Key("bus", ("-b", "--bus"), str, "session or system", None, "BUS"),
    Key("logfile", ("-l", "--logfile"), str, "log file instead of standard error", None, "FILE"),
    Key(
        "default-cdemu-debug-mask",
        ("--default-cdemu-debug-mask",),
        integer,
        "daemon debug mask of new drives",
        decimal,
        "MASK",
    ),
    Key(
        "default-mirage-debug-mask",
        ("--default-mirage-debug-mask",),
        integer,
        "library debug mask of new drives",
        decimal,
        "MASK",
    ),
    Key(
        "system-sleep-handler",
        ("--system-sleep-handler",),
        boolean,
        "let go of the drives before the system sleeps (0 or 1)",
        None,
        "0|1",
    ),
    Key(
        "road",
        ("--road",),
        roads,
        f"how drives reach the system: {', '.join(ROAD_NAMES)}, a plugin's; several: the first that works",
        None,
        "ROAD",
    ),
    Key("iscsi-address", (), str, "address the iSCSI road listens on"),
    Key("iscsi-port", (), port, "port the iSCSI road listens on"),
    Key("iscsi-user", ("--iscsi-user",), str, "CHAP user of the iSCSI road", None, "NAME"),
    Key(
        "iscsi-secret-file",
        ("--iscsi-secret-file",),
        str,
        "file whose first line is the CHAP secret",
        None,
        "FILE",
    ),
    Key("log-format", ("--log-format",), one_of(LOG_FORMATS), ", ".join(LOG_FORMATS), None, "FORMAT"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message[:1].upper()}{message[1:]}; “cdemu-daemon --help” lists the options.")


def build_parser() -> argparse.ArgumentParser:
    """The daemon's command line."""
    parser = _Parser(
        prog="cdemu-daemon",
        add_help=False,
        allow_abbrev=False,
        description="Emulates optical drives and serves them on D-Bus.",
        epilog="Numbers may be decimal, 0x hexadecimal or 0 octal. Exit status 255: could not start.",
    )
    parser.add_argument("-h", "-?", "--help", action="help", help="show this help and exit")
    parser.add_argument("--config-file", metavar="FILE", help="key file to read, group [settings]")
    for key in KEYS:
        if key.flags:
            parser.add_argument(
                *key.flags, dest=key.field, type=key.read, default=None, metavar=key.metavar, help=key.help
            )
    parser.add_argument(
        "--iscsi-listen", metavar="ADDRESS[:PORT]", help="chooses the road “iscsi” and where it listens"
    )
    return parser


def split_listen(text: str) -> dict[str, Any]:
    """``ADDRESS``, ``ADDRESS:PORT`` or ``[ADDRESS6]:PORT`` as settings."""
    address, separator, number = text.rpartition(":")
    if not separator or text.endswith("]") or (":" in address and not address.startswith("[")):
        address, number = text, str(ISCSI_PORT)
    try:
        return {"iscsi_address": address.strip("[]"), "iscsi_port": port(number)}
    except ValueError:
        raise ConfigError(f"“{text}” is not ADDRESS:PORT; write e.g. 127.0.0.1:{ISCSI_PORT}.") from None


def _from_file(path: str, warnings: list[str]) -> dict[str, Any]:
    """Settings of a key file; a key that cannot be read is a warning."""
    groups = read_key_file(path)
    if GROUP not in groups:
        warnings.append(f"{path} has no group [{GROUP}]; the defaults hold.")
    found: dict[str, Any] = {}
    for key in KEYS:
        text = groups.get(GROUP, {}).get(key.name)
        if text is None:
            continue
        try:
            found[key.field] = (key.read_file or key.read)(text)
        except (ValueError, KeyError):
            warnings.append(f"{path}: “{text}” is no value for {key.name}; the default holds.")
    known = {key.name for key in KEYS}
    warnings += [f"{path}: there is no key {name}." for name in groups.get(GROUP, {}) if name not in known]
    return found


def _tidy(values: dict[str, Any], warnings: list[str]) -> None:
    """The rules that concern more than one key, or bend a value."""
    if values.get("num_devices", 0) < 0:
        del values["num_devices"]
    bus = str(values.get("bus", "session")).lower()
    if bus not in BUSES:
        warnings.append(f"“{bus}” is not a bus; the session bus is used.")
        bus = "session"
    values["bus"] = bus
    if "road" not in values and "ctl_device" in values:
        values["road"] = "vhba"


def load_settings(arguments: Sequence[str]) -> Settings:
    """Settings of a command line (without the program's name) and the file it names.

    Raises:
        ConfigError: an unknown option or value, or a file that is not a key file.
    """
    given = vars(build_parser().parse_args(arguments))
    path, listen = given.pop("config_file"), given.pop("iscsi_listen")
    warnings: list[str] = []
    exists = path is not None and os.path.isfile(path)
    values = _from_file(path, warnings) if exists else {}
    if listen is not None:
        values |= {**split_listen(listen), "road": "iscsi"}
    values |= {field: value for field, value in given.items() if value is not None}
    if given["ctl_device"] is not None and given["road"] is None:
        values["road"] = "vhba"
    _tidy(values, warnings)
    return Settings(config_file=path, config_exists=exists, warnings=tuple(warnings), **values)
