"""``inspect``: what is in an image, without a daemon."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

from ...errors import CdemuError
from ...units import frames_to_msf
from .. import render
from ..verb import JSON, ExitCode, Verb, arg

TEXTS: Final = ("title", "performer", "songwriter", "composer", "arranger", "message")
"""CD-TEXT's texts in the order of their pack types."""


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
        print_session(session)
        print_cdtext(session)
    if layout["structures"]:
        rows = [(str(s["layer"]), f"{s['type']:02x}", str(s["length"])) for s in layout["structures"]]
        render.print_table("Disc structures", ("LAYER", "FORMAT", "BYTES"), rows)
    print_dpm(layout["dpm"])
    for note in layout["notes"]:
        print(f"Note: {note}")


def print_session(session: dict[str, Any]) -> None:
    """A session's tracks as a table."""
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


def print_cdtext(session: dict[str, Any]) -> None:
    """A session's CD-TEXT, one table a language."""
    owners = [("disc", session), *((str(track["number"]), track) for track in session["tracks"])]
    texts = {
        (language["code"], name): language["texts"]
        for name, owner in owners
        for language in owner["languages"]
    }
    for code in dict.fromkeys(code for code, _ in texts):
        kinds = sorted({kind for (of, _), found in texts.items() if of == code for kind in found})
        kinds.sort(key=TEXTS.index)
        rows = [
            (name, *(texts.get((code, name), {}).get(kind, "") for kind in kinds))
            for name, _ in owners
            if (code, name) in texts
        ]
        headers = ("TRACK", *(kind.upper() for kind in kinds))
        render.print_table(f"CD-TEXT, language {code:#04x}", headers, rows)


def print_dpm(dpm: dict[str, Any]) -> None:
    """Data position measurements as a plot of density."""
    from .. import plot

    angles = plot.densities(dpm["resolution"], dpm["values"])
    if not angles:
        return
    end = dpm["start"] + len(angles) * dpm["resolution"]
    print(
        f"Density, degrees a sector takes ({len(angles)} measurements, one every {dpm['resolution']} sectors)"
    )
    for line in plot.plot(angles, dpm["start"], end - 1, cells=plot.cells_for(sys.stdout.encoding)):
        print(line)


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
