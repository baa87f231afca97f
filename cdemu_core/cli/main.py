"""``cdemu``: the parser and the one place that turns errors into exit codes.

Only argparse is imported here and by the verb modules; what a verb needs it imports when it runs.
"""

from __future__ import annotations

import argparse
import configparser
import os
import sys
from collections.abc import Sequence

from ..errors import CdemuError
from . import render
from .verb import ExitCode, Verb
from .verbs import devices, enums, images, inspect, local, mount, options, probe, setup

VERBS: tuple[Verb, ...] = (
    *devices.VERBS,
    *options.VERBS,
    *enums.VERBS,
    *inspect.VERBS,
    *images.VERBS,
    *probe.VERBS,
    *local.VERBS,
    *setup.VERBS,
    *mount.VERBS,
)
CONFIG_FILES = ("~/.cdemu-client", "/etc/cdemu-client.conf")
BUSES = ("session", "system")


class _Version(argparse.Action):
    """Prints the package's version; the look-up costs an import, so it is made on demand."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from .. import __version__

        print(f"cdemu {__version__}")
        parser.exit(ExitCode.OK)


def default_bus() -> str:
    """Key ``bus`` of ``[defaults]`` in the first client configuration file that exists, else session."""
    for name in CONFIG_FILES:
        path = os.path.expanduser(name)
        if os.path.isfile(path):
            config = configparser.ConfigParser(interpolation=None)
            try:
                config.read(path, "utf-8")
            except (configparser.Error, UnicodeDecodeError):
                return "session"
            value = config.get("defaults", "bus", fallback="session").strip().lower()
            return value if value in BUSES else "session"
    return "session"


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="cdemu",
        description="Controls virtual optical drives: loads disc images, shows and changes drives.",
        epilog="Exit status: 0 done, 1 failed, 2 wrong usage, 3 no daemon.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument("--bus", "-b", choices=BUSES, default=None, help="D-Bus bus of the daemon")
    commands = parser.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    for verb in VERBS:
        command = commands.add_parser(verb.name, help=verb.help, description=verb.description or verb.help)
        for argument in verb.arguments:
            command.add_argument(*argument.names, **argument.options)  # type: ignore[arg-type]
        command.set_defaults(run=verb.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = build_parser()
    if "_ARGCOMPLETE" in os.environ:
        from argcomplete import autocomplete

        autocomplete(parser)
    args = parser.parse_args(argv)
    args.bus = args.bus or default_bus()
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except CdemuError as problem:
        render.error(str(problem))
        return getattr(problem, "exit_code", ExitCode.FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
