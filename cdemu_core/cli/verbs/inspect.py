"""``inspect``: what is in an image, without a daemon."""

from __future__ import annotations

import argparse
from typing import Any

from ...errors import CdemuError
from ...units import frames_to_msf
from .. import render
from ..verb import JSON, ExitCode, Verb, arg


def describe_files(args: argparse.Namespace) -> dict[str, Any]:
    """The layout of ``args.files``, or ``{"error", "kind"}`` where the image is refused."""
    from ...loading.describe import describe, describe_error
    from ...loading.loader import ImageLoader, LoadRequest
    from ...plugin.host import PluginHost
    from .devices import absolute, read_password

    password = read_password(args.password_file) if args.password_file else args.password
    try:
        request = LoadRequest(
            tuple(absolute(args.files)), format=args.format, encoding=args.encoding, password=password
        )
        loaded = ImageLoader(PluginHost()).load(request)
        try:
            return describe(loaded, digest=args.digest, digest_sectors=args.digest_sectors)
        finally:
            loaded.close()
    except CdemuError as problem:
        return describe_error(problem)


def print_layout(layout: dict[str, Any]) -> None:
    """The layout as text."""
    print(f"{layout['format']} image, {layout['medium_type']} medium, {layout['length']} sectors")
    for session in layout["sessions"]:
        title = f"Session {session['number']} ({session['type']})"
        if session["mcn"]:
            title += f", MCN {session['mcn']}"
        rows = [
            (
                str(track["number"]),
                track["sector_type"],
                str(track["start"] + track["track_start"]),
                str(track["track_start"]),
                str(track["length"] - track["track_start"]),
                str(frames_to_msf(track["length"] - track["track_start"])),
                track["isrc"] or "",
            )
            for track in session["tracks"]
        ]
        headers = ("TRACK", "TYPE", "START", "PREGAP", "SECTORS", "LENGTH", "ISRC")
        render.print_table(title, headers, rows)
    for note in layout["notes"]:
        print(f"Note: {note}")


def inspect(args: argparse.Namespace) -> int:
    """Sessions, tracks and notes of an image; with --json the documented object."""
    layout = describe_files(args)
    if args.json:
        render.print_json(layout)
    elif "error" in layout:
        render.error(layout["error"])
    else:
        print_layout(layout)
    return ExitCode.FAILED if "error" in layout else ExitCode.OK


VERBS = (
    Verb(
        "inspect",
        "show what is in an image (needs no daemon)",
        (
            arg("files", nargs="+", metavar="FILE", help="image file(s)"),
            arg("--format", help="image format, where detection is not wanted"),
            arg("--encoding", help="encoding of a text descriptor"),
            arg("--digest", action="store_true", help="add SHA-256 digests of every track"),
            arg(
                "--digest-sectors",
                type=int,
                metavar="N",
                help="digest only the first N sectors of each track",
            ),
            arg("--password-file", metavar="FILE", help="file whose first line is the password"),
            arg("--password", metavar="TEXT", help="the password (other users may see it; prefer a file)"),
            JSON,
        ),
        inspect,
    ),
)
