"""``convert``, ``verify``, ``rip``: work on images without a daemon."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...errors import CdemuError, ConfigError
from .. import render
from ..verb import JSON, ExitCode, Verb, arg

if TYPE_CHECKING:
    from ...loading.loader import LoadedImage
    from ...plugin.descriptors import ImageWriter
    from ...plugin.host import PluginHost


@contextmanager
def _loaded(args: argparse.Namespace, files: list[str]) -> Iterator[tuple[PluginHost, LoadedImage]]:
    """The image ``files``, closed afterwards."""
    from ...loading.loader import ImageLoader, LoadRequest
    from ...plugin.host import PluginHost
    from .devices import absolute, read_password

    host = PluginHost()
    password = read_password(args.password_file) if args.password_file else None
    request = LoadRequest(
        tuple(absolute(files)), format=args.format, encoding=args.encoding, password=password
    )
    image = ImageLoader(host).load(request)
    try:
        yield host, image
    finally:
        image.close()


def _progress(args: argparse.Namespace) -> Callable[[float], None] | None:
    """A percentage on a terminal's standard error."""
    if args.json or not sys.stderr.isatty():
        return None
    last = -1

    def show(share: float) -> None:
        nonlocal last
        percent = int(share * 100)
        if percent != last:
            last = percent
            print(f"\r{percent:3d} %", end="\n" if percent == 100 else "", file=sys.stderr, flush=True)

    return show


def _reported(args: argparse.Namespace, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``work`` returns; with --json an error becomes ``{"error", "kind", …}``."""
    try:
        return work()
    except CdemuError as problem:
        if not args.json:
            raise
        from ...loading.plan import losses_dict

        found = {"error": str(problem), "kind": type(problem).__name__}
        losses = getattr(problem, "losses", None)
        return found if losses is None else found | {"losses": [losses_dict(loss) for loss in losses]}


def _writer(host: PluginHost, name: str | None, path: str) -> ImageWriter:
    """The writer called ``name``, or the one that the suffix of ``path`` belongs to."""
    known = ", ".join(sorted(host.writers)) or "none is installed"
    if name is not None:
        if name not in host.writers:
            raise ConfigError(f"There is no format “{name}” that can be written; there are: {known}.")
        return host.writers[name]
    suffix = os.path.splitext(path)[1].lower()
    fitting = [writer for writer in host.writers.values() if suffix in writer.suffixes]
    if len(fitting) != 1:
        raise ConfigError(f"The suffix “{suffix}” does not tell the format; give it with --to ({known}).")
    return fitting[0]


def _parameters(pairs: list[str]) -> dict[str, str]:
    """``k=v`` texts as a dictionary; the prefix ``writer.`` may be left out."""
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise ConfigError(f"“{pair}” is no parameter; write NAME=VALUE.")
        found[key if key.startswith("writer.") else f"writer.{key}"] = value
    return found


def convert(args: argparse.Namespace) -> int:
    """Convert and compare; says what was lost."""
    report = _reported(args, lambda: _convert(args))
    if args.json:
        render.print_json(report)
    else:
        for loss in report["losses"]:
            print(f"Lost ({loss['feature']}): {loss['detail']}")
        for file in report["files"]:
            print(file)
    return ExitCode.FAILED if "error" in report else ExitCode.OK


def _convert(args: argparse.Namespace) -> dict[str, Any]:
    from ...loading import convert as conversion

    with _loaded(args, args.files) as (host, image):
        permission = conversion.Permission(args.allow_loss, args.strict, args.force)
        report = conversion.convert(
            image,
            _writer(host, args.to, args.output),
            args.output,
            host,
            parameters=_parameters(args.param),
            permission=permission,
            progress=_progress(args),
        )
    return report.as_dict()


def verify(args: argparse.Namespace) -> int:
    """Check every sector; fails where there is a fault."""
    report = _reported(args, lambda: _verify(args))
    if args.json:
        render.print_json(report)
    else:
        rows = [
            (str(track["number"]), track["sector_type"], str(track["sectors"]), _faults(track["faults"]))
            for track in report["tracks"]
        ]
        render.print_table("Tracks:", ("TRACK", "TYPE", "SECTORS", "FAULTS"), rows)
    return ExitCode.OK if report.get("ok") else ExitCode.FAILED


def _verify(args: argparse.Namespace) -> dict[str, Any]:
    from ...loading import verify as verification

    with _loaded(args, args.files) as (_, image):
        return verification.verify(image.disc, _progress(args))


def _faults(faults: dict[str, dict[str, Any]]) -> str:
    parts = []
    for kind, fault in faults.items():
        first = f" (first {fault['lbas'][0]})" if fault["lbas"] else ""
        parts.append(f"{kind}: {fault['count']}{first}")
    return ", ".join(parts) or "none"


def rip(args: argparse.Namespace) -> int:
    """Write one audio track to a sound file."""
    report = _reported(args, lambda: _rip(args))
    if args.json:
        render.print_json(report)
    else:
        print(f"{report['file']}: {report['sectors']} sectors")
    return ExitCode.FAILED if "error" in report else ExitCode.OK


def _rip(args: argparse.Namespace) -> dict[str, Any]:
    from ...loading import rip as ripping

    path = os.path.abspath(args.output)
    with _loaded(args, args.files) as (_, image):
        count = ripping.rip(image.disc, args.track, path, overwrite=args.force, progress=_progress(args))
    return {"file": path, "track": args.track, "sectors": count}


FILES = arg("files", nargs="+", metavar="IMAGE", help="image file(s)")
COMMON = (
    arg("--format", help="image format, where detection is not wanted"),
    arg("--encoding", help="encoding of a text descriptor"),
    arg("--password-file", metavar="FILE", help="file whose first line is the password"),
    JSON,
)
FORCE = arg("--force", action="store_true", help="replace files that exist")

VERBS = (
    Verb(
        "convert",
        "write an image in another format and compare (needs no daemon)",
        (
            FILES,
            arg("output", metavar="OUT", help="file to write; its suffix tells the format"),
            arg("--to", metavar="FORMAT", help="format to write"),
            arg("--allow-loss", action="store_true", help="go on though the format loses something"),
            arg("--strict", action="store_true", help="refuse even what is lost without harm"),
            arg(
                "--param",
                action="append",
                default=[],
                metavar="NAME=VALUE",
                help="parameter of the format (enum-writer-parameters); may be repeated",
            ),
            FORCE,
            *COMMON,
        ),
        convert,
    ),
    Verb(
        "verify",
        "check every sector of an image (needs no daemon)",
        (FILES, *COMMON),
        verify,
        "Checks EDC, ECC, sync, headers and sub-channel, and prints digests with --json.",
    ),
    Verb(
        "rip",
        "write an audio track to a sound file (needs no daemon)",
        (
            FILES,
            arg("output", metavar="OUT", help="file to write: .wav, .aiff, .flac, .ogg or .cdr"),
            arg("--track", type=int, required=True, metavar="N", help="track number"),
            FORCE,
            *COMMON,
        ),
        rip,
    ),
)
