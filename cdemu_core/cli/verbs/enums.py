"""What the daemon knows: formats, filters, writers, debug masks, versions."""

from __future__ import annotations

import argparse

from .. import render
from ..session import connect
from ..verb import JSON, ExitCode, Verb, arg


def _types(types: list[tuple[str, str]]) -> str:
    return "; ".join(f"{description} ({mime})" for description, mime in types)


def enum_parsers(args: argparse.Namespace) -> int:
    """Image formats the daemon reads."""
    with connect(args) as client:
        parsers = client.enum_supported_parsers()
    if args.json:
        render.print_json([{"id": i, "name": n, "types": t} for i, n, t in parsers])
    else:
        rows = [(i, n, _types(t)) for i, n, t in parsers]
        render.print_table("Supported parsers:", ("ID", "NAME", "TYPES"), rows)
    return ExitCode.OK


def enum_writers(args: argparse.Namespace) -> int:
    """Image formats the daemon writes."""
    with connect(args) as client:
        writers = client.enum_supported_writers()
    if args.json:
        render.print_json([{"id": i, "name": n} for i, n in writers])
    else:
        render.print_table("Supported writers:", ("ID", "NAME"), writers)
    return ExitCode.OK


def enum_filter_streams(args: argparse.Namespace) -> int:
    """Filter streams of the daemon."""
    with connect(args) as client:
        filters = client.enum_supported_filter_streams()
    if args.json:
        names = ("id", "name", "writable", "types")
        render.print_json([dict(zip(names, row, strict=True)) for row in filters])
    else:
        rows = [(i, n, "yes" if w else "no", _types(t)) for i, n, w, t in filters]
        render.print_table("Supported filter streams:", ("ID", "NAME", "WRITABLE", "TYPES"), rows)
    return ExitCode.OK


def enum_writer_parameters(args: argparse.Namespace) -> int:
    """The parameter sheet of one writer."""
    with connect(args) as client:
        sheet = client.enum_writer_parameters(args.writer)
    names = ("id", "name", "description", "default", "choices")
    if args.json:
        render.print_json([dict(zip(names, row, strict=True)) for row in sheet])
    else:
        rows = [(i, n, str(default), ", ".join(choices), d) for i, n, d, default, choices in sheet]
        headers = ("ID", "NAME", "DEFAULT", "CHOICES", "DESCRIPTION")
        render.print_table(f"Parameters of writer {args.writer}:", headers, rows)
    return ExitCode.OK


def _masks(title: str, args: argparse.Namespace, masks: list[tuple[str, int]]) -> int:
    if args.json:
        render.print_json(dict(masks))
    else:
        render.print_table(title, ("NAME", "VALUE"), [(name, f"{value:#06x}") for name, value in masks])
    return ExitCode.OK


def enum_daemon_debug_masks(args: argparse.Namespace) -> int:
    """Names of the daemon's debug mask bits."""
    with connect(args) as client:
        return _masks("Supported daemon debug masks:", args, client.enum_daemon_debug_masks())


def enum_library_debug_masks(args: argparse.Namespace) -> int:
    """Names of the library's debug mask bits."""
    with connect(args) as client:
        return _masks("Supported library debug masks:", args, client.enum_library_debug_masks())


def version(args: argparse.Namespace) -> int:
    """Versions of library and daemon."""
    with connect(args) as client:
        library, daemon = client.get_library_version(), client.get_daemon_version()
    if args.json:
        render.print_json({"library": library, "daemon": daemon})
    else:
        print(f"Library version: {library}\nDaemon version: {daemon}")
    return ExitCode.OK


VERBS = (
    Verb("enum-parsers", "list image formats the daemon reads", (JSON,), enum_parsers),
    Verb("enum-writers", "list image formats the daemon writes", (JSON,), enum_writers),
    Verb("enum-filter-streams", "list filter streams", (JSON,), enum_filter_streams),
    Verb(
        "enum-writer-parameters",
        "show a writer's parameters",
        (arg("writer", metavar="WRITER", help="writer id"), JSON),
        enum_writer_parameters,
    ),
    Verb("enum-daemon-debug-masks", "list the daemon's debug masks", (JSON,), enum_daemon_debug_masks),
    Verb("enum-library-debug-masks", "list the library's debug masks", (JSON,), enum_library_debug_masks),
    Verb("version", "show the versions of daemon and library", (JSON,), version),
)
