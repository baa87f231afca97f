"""Verbs that need no daemon: plugins, doctor, daemon, completion, man."""

from __future__ import annotations

import argparse

from .. import render
from ..verb import JSON, ExitCode, Verb, arg


def plugins(args: argparse.Namespace) -> int:
    """State of every installed plugin, with the reason where one is not used."""
    from ...plugin.host import PluginHost

    records = PluginHost().list()
    if args.json:
        render.print_json([record.as_dict() for record in records])
    else:
        rows = [
            (
                r.name,
                r.state,
                f"{r.dist} {r.version}",
                ", ".join((*r.formats, *r.filters, *r.writers, *r.transports)),
                r.reason,
            )
            for r in records
        ]
        render.print_table("Plugins:", ("PLUGIN", "STATE", "DISTRIBUTION", "PROVIDES", "REASON"), rows)
    return ExitCode.OK if all(record.state == "ok" for record in records) else ExitCode.FAILED


def doctor(args: argparse.Namespace) -> int:
    """Every prerequisite: what was found, what it means, what cures it."""
    from ...daemon.doctor import examine

    checks = examine(args.bus)
    if args.json:
        render.print_json([check.as_dict() for check in checks])
    else:
        rows = [(c.name, c.state, c.found, c.cure or "") for c in checks]
        render.print_table("Prerequisites:", ("WHAT", "STATE", "FOUND", "CURE"), rows)
    return ExitCode.FAILED if any(check.state == "error" for check in checks) else ExitCode.OK


def daemon(args: argparse.Namespace) -> int:
    """Run the daemon in the foreground."""
    from ...daemon.main import main

    return main(args.arguments)


def completion(args: argparse.Namespace) -> int:
    """Print the shell's completion script."""
    from ..completion import script

    print(script(args.shell), end="")
    return ExitCode.OK


def man(args: argparse.Namespace) -> int:
    """Print the manual page."""
    from ..main import build_parser
    from ..man import page

    print(page(build_parser()), end="")
    return ExitCode.OK


VERBS = (
    Verb("plugins", "list installed plugins, their state and the reason", (JSON,), plugins),
    Verb("doctor", "check every prerequisite and name its cure", (JSON,), doctor),
    Verb(
        "daemon",
        "run the daemon in the foreground",
        (arg("arguments", nargs=argparse.REMAINDER, help="options of cdemu-daemon"),),
        daemon,
    ),
    Verb(
        "completion",
        "print a shell completion script",
        (arg("shell", choices=("bash", "zsh", "fish"), help="the shell"),),
        completion,
    ),
    Verb("man", "print the manual page", (), man),
)
