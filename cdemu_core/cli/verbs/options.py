"""Options of drives: emulation switches, identity, debug masks."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ...errors import ConfigError
from .. import render
from ..session import chosen_devices, connect
from ..verb import DEVICE_OR_ALL, JSON, ExitCode, Verb, arg

TRUE_WORDS = {"yes", "true", "t", "1", "on"}
FALSE_WORDS = {"no", "false", "f", "0", "off"}

SWITCHES = (
    ("dpm-emulation", "emulation of data position measurement (seek times)"),
    ("tr-emulation", "emulation of the transfer rate"),
    ("bad-sector-emulation", "emulation of bad sectors"),
    ("dvd-report-css", "reporting of CSS protection on DVDs"),
)
IDENTITY = ("vendor", "product", "revision", "vendor-specific")


def _show_or_set(
    args: argparse.Namespace, option: str, value: Any, signature: str, text: Callable[[Any], str]
) -> int:
    """Set ``option`` where a value is given, else show it, for the chosen devices."""
    with connect(args) as client:
        devices = chosen_devices(client, args.device)
        if value is not None:
            for device in devices:
                client.device_set_option(device, option, signature, value)
            return ExitCode.OK
        values = {device: client.device_get_option(device, option) for device in devices}
    if args.json:
        render.print_json({str(device): value for device, value in values.items()})
    else:
        rows = [(str(device), text(value)) for device, value in values.items()]
        render.print_table(f"Devices' {option}:", ("DEV", "VALUE"), rows)
    return ExitCode.OK


def _switch(option: str) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        value = None
        if args.value is not None:
            word = args.value.lower()
            if word not in TRUE_WORDS | FALSE_WORDS:
                raise ConfigError(f"“{args.value}” is neither yes nor no; write one of them.")
            value = word in TRUE_WORDS
        return _show_or_set(args, option, value, "b", str)

    return run


def device_id(args: argparse.Namespace) -> int:
    """Show or set vendor, product, revision and vendor-specific text."""
    if len(args.identity) not in (0, len(IDENTITY)):
        raise ConfigError(f"Give all four of {', '.join(IDENTITY)}, or none of them to see what is set.")
    return _show_or_set(args, "device-id", list(args.identity) or None, "(ssss)", " | ".join)


def parse_mask(text: str, names: dict[str, int]) -> int:
    """A mask from a number or from names and numbers joined with ``|``."""
    mask = 0
    for part in (piece.strip() for piece in text.split("|")):
        if part in names:
            mask |= names[part]
            continue
        try:
            mask |= int(part, 0)
        except ValueError:
            raise ConfigError(f"“{part}” is neither a number nor one of {', '.join(names)}.") from None
    return mask


def _mask(option: str, enumerate_names: str) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        with connect(args) as client:
            names = dict(getattr(client, enumerate_names)())
        value = None if args.mask is None else parse_mask(args.mask, names)

        def text(mask: int) -> str:
            found = [name for name, bit in names.items() if mask & bit]
            return f"{mask:#x}" + (f" ({' | '.join(found)})" if found else "")

        return _show_or_set(args, option, value, "i", text)

    return run


MASK = arg("mask", nargs="?", help="number, or names joined with “|”")

VERBS = (
    *(
        Verb(
            name,
            f"show or set {what}",
            (DEVICE_OR_ALL, arg("value", nargs="?", metavar="yes|no", help="new value"), JSON),
            _switch(name),
        )
        for name, what in SWITCHES
    ),
    Verb(
        "device-id",
        "show or set a drive's identity",
        (DEVICE_OR_ALL, arg("identity", nargs="*", metavar="TEXT", help=", ".join(IDENTITY)), JSON),
        device_id,
    ),
    Verb(
        "daemon-debug-mask",
        "show or set the daemon's debug mask",
        (DEVICE_OR_ALL, MASK, JSON),
        _mask("daemon-debug-mask", "enum_daemon_debug_masks"),
    ),
    Verb(
        "library-debug-mask",
        "show or set the library's debug mask",
        (DEVICE_OR_ALL, MASK, JSON),
        _mask("library-debug-mask", "enum_library_debug_masks"),
    ),
)
