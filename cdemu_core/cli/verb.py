"""Verb: one sub-command as a row."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple


class Argument(NamedTuple):
    """Arguments of one ``add_argument`` call."""

    names: tuple[str, ...]
    options: dict[str, object]


def arg(*names: str, **options: object) -> Argument:
    """An Argument, written as argparse writes it."""
    return Argument(names, options)


class Verb(NamedTuple):
    """``run(args)`` returns the exit code; it may raise CdemuError or RemoteError, which ``main`` reports."""

    name: str
    help: str
    arguments: tuple[Argument, ...]
    run: Callable[[argparse.Namespace], int]
    description: str = ""


class ExitCode:
    """Exit codes of ``cdemu``: a table, tested against the error tree."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_DAEMON = 3


JSON = arg("--json", action="store_true", help="print JSON instead of a table")
DEVICE = arg("device", metavar="DEVICE", help="device number")
DEVICE_OR_ALL = arg("device", metavar="DEVICE|all", help="device number, or “all”")
