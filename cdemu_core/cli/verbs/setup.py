"""Putting the programs into the system, and taking them out again."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

from ...errors import ConfigError
from .. import render
from ..verb import JSON, ExitCode, Verb, arg

if TYPE_CHECKING:
    from ...integration.install import Step
    from ...integration.layout import Layout
    from ...integration.mime import FileType

PROGRAMS = ("cdemu", "cdemu-daemon")
VHBA = "vhba"
GROUP = re.compile(r"[a-z_][a-z0-9_-]*\Z")
SHELLS = ("bash", "zsh", "fish")


def programs(folder: str | None) -> tuple[str, str]:
    """Absolute paths of client and daemon: in ``folder``, beside this interpreter, or on PATH."""
    if folder is not None:
        return os.path.join(folder, PROGRAMS[0]), os.path.join(folder, PROGRAMS[1])
    beside = [os.path.dirname(path) for path in (sys.argv[0], sys.executable) if os.path.isabs(path)]
    path = os.pathsep.join([*beside, os.environ.get("PATH", "")])
    found = [shutil.which(name, path=path) for name in PROGRAMS]
    if found[0] is None or found[1] is None:
        raise ConfigError("cdemu and cdemu-daemon are not on PATH; name their folder with --bindir.")
    return os.path.abspath(found[0]), os.path.abspath(found[1])


def file_types() -> list[FileType]:
    """Formats and container filters of the installed plugins."""
    from ...integration.mime import FileType
    from ...plugin.descriptors import FilterRole, ImageFormat, StreamFilter
    from ...plugin.host import PluginHost

    host = PluginHost()
    rows: list[ImageFormat | StreamFilter] = list(host.formats.values())
    rows += [row for row in host.filters.values() if row.role is FilterRole.CONTAINER]
    return [
        FileType(
            row.title,
            row.mime_types,
            row.suffixes,
            tuple((magic.offset, magic.signature) for magic in row.magics),
        )
        for row in rows
    ]


def has_module(name: str) -> bool:
    """Whether the running kernel has or can load this module."""
    index = f"/lib/modules/{os.uname().release}/modules.dep"
    if os.path.isdir(f"/sys/module/{name}"):
        return True
    try:
        with open(index, encoding="utf-8", errors="replace") as file:
            return any(f"/{name}.ko" in line.partition(":")[0] for line in file)
    except OSError:
        return False


def modules(args: argparse.Namespace) -> list[str]:
    """Modules to load at start: those asked for, else vhba where this machine has it.

    A module that is not there would make the system's own start-up service fail.
    """
    if args.modules is not None:
        return [name for name in args.modules.split(",") if name]
    return [VHBA] if not args.root and has_module(VHBA) else []


def check(args: argparse.Namespace) -> None:
    """Refuse values that would end up, unquoted, in files of root."""
    for name in args.modules.split(",") if args.modules else ():
        if name and not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise ConfigError(f"“{name}” is not the name of a kernel module.")
    if args.group is not None and not GROUP.match(args.group):
        raise ConfigError(f"“{args.group}” is not the name of a group.")
    for option, path in (("--prefix", args.prefix), ("--root", args.root)):
        if path and not os.path.isabs(path):
            raise ConfigError(f"{option} takes an absolute path, not “{path}”.")
    if not args.system and (args.group or args.modules):
        raise ConfigError("--group and --modules concern the whole system; use them with --system.")


def layout(args: argparse.Namespace) -> Layout:
    """Where files go."""
    from ...integration.layout import system_layout, user_layout

    return system_layout(os.path.normpath(args.prefix)) if args.system else user_layout(os.environ)


def contents(args: argparse.Namespace, where: Layout) -> dict[str, bytes]:
    """The files to install."""
    from ...daemon.config import build_parser as daemon_parser
    from ...integration.plan import Facts, plan
    from ..completion import script
    from ..main import build_parser
    from ..man import page

    client, daemon = programs(args.bindir)
    facts = Facts(
        client=client,
        daemon=daemon,
        types=file_types(),
        completions={shell: script(shell) for shell in SHELLS},
        manuals={"cdemu.1": page(build_parser()), "cdemu-daemon.8": page(daemon_parser(), 8)},
        group=args.group,
        modules=modules(args),
    )
    return plan(where, facts)


def old_configuration() -> str | None:
    """What to do about a configuration file that the daemon would refuse, such as an old shell fragment."""
    from ...daemon.keyfile import read_key_file

    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    path = os.path.join(base, "cdemu-daemon")
    if not os.path.exists(path):
        return None
    if os.path.isdir(path):
        return f"{path} is a folder; the daemon reads a file of that name. Rename the folder."
    try:
        read_key_file(path)
    except ConfigError as problem:
        return str(problem)
    return None


def hints(args: argparse.Namespace) -> list[str]:
    """What the user still has to know or do."""
    found = []
    if not args.system:
        if os.path.exists("/dev/vhba_ctl") and not os.access("/dev/vhba_ctl", os.R_OK | os.W_OK):
            found.append("You may not use /dev/vhba_ctl; “cdemu setup --system”, as root, installs the rule.")
        found.append("zsh finds the completion when ~/.local/share/zsh/site-functions is in its fpath.")
    elif not args.root and args.modules is None and not has_module(VHBA):
        found.append("The module vhba is not installed; run this again when it is, to load it at start.")
    return found


def report(args: argparse.Namespace, steps: list[Step], notes: list[str]) -> None:
    """Files and what became (or would become) of them; what was kept goes to standard error."""
    from ...integration.install import KEPT

    if args.json:
        rows = [{"path": step.path, "action": step.action.name.lower()} for step in steps]
        render.print_json({"dry_run": args.dry_run, "files": rows, "notes": notes})
        return
    for path, action in steps:
        stream = sys.stderr if action in KEPT else sys.stdout
        print(f"{action.value.partition(':')[0]}\t{path}{action.value.partition(':')[2]}", file=stream)
    for note in notes:
        print(note, file=sys.stderr)


def setup(args: argparse.Namespace) -> int:
    """Install or remove the files of this user or of the system."""
    from ...integration.install import Installation
    from ...integration.refresh import refresh, sweep

    check(args)
    where = layout(args)
    installation = Installation(where.manifest, args.root)
    files = {} if args.remove else contents(args, where)
    notes = [] if args.remove else hints(args)
    if not args.system and (problem := old_configuration()):
        notes.append(problem)
    if args.dry_run:
        steps = installation.judge_removal() if args.remove else installation.judge(files)
    else:
        steps = installation.remove() if args.remove else installation.install(files)
        if not args.root:
            notes += refresh(where, os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
            if args.remove:
                sweep(where, installation.folders)
        if args.remove:
            installation.remove_folders()
    report(args, steps, notes)
    return ExitCode.OK


VERBS = (
    Verb(
        "setup",
        "install service, desktop and manual files, or remove them",
        (
            arg("--user", action="store_const", const=False, dest="system", help="for this user (default)"),
            arg("--system", action="store_true", help="for everybody; needs root"),
            arg("--remove", action="store_true", help="take out what was installed and is still unchanged"),
            arg("--dry-run", action="store_true", help="only say what would be done"),
            arg(
                "--root",
                metavar="DIR",
                default=os.environ.get("DESTDIR", ""),
                help="staging folder, default $DESTDIR",
            ),
            arg("--prefix", metavar="DIR", default="/usr/local", help="with --system: /usr for packages"),
            arg("--bindir", metavar="DIR", help="where cdemu and cdemu-daemon are, if not here"),
            arg(
                "--group", metavar="NAME", help="with --system: group that may use the daemon and its device"
            ),
            arg("--modules", metavar="NAME,…", help="with --system: kernel modules to load at start"),
            JSON,
        ),
        setup,
        "Installs D-Bus activation, systemd units, desktop and MIME files, shell completions and manual "
        "pages; with --system also the udev rule, the bus policy and the package's description. Files "
        "changed since are never overwritten or removed.",
    ),
)
