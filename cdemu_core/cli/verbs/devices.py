"""Drives and what is in them: load, unload, status, mapping, add, remove, create-blank."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

from ...errors import AlreadyLoaded, CdemuError, ConfigError, MissingFile
from .. import render
from ..session import chosen_devices, connect, device_number
from ..verb import DEVICE, DEVICE_OR_ALL, JSON, ExitCode, Verb, arg

if TYPE_CHECKING:
    from ...dbus.client import Client

EJECT_SECONDS = 15.0
"""How long a locked drive may take to let go: the system's own eject has to run first."""
POLL_SECONDS = 0.25
MEDIA = ("cdr74", "cdr80", "cdr90", "cdr99", "cdrw", "dvd-r", "dvd+r", "bdr")


def absolute(files: list[str]) -> list[str]:
    """Absolute paths of files that exist; the daemon's working directory is another one."""
    for name in files:
        if not os.path.exists(name):
            raise MissingFile(f"{name} does not exist; check the name.", path=name)
    return [os.path.abspath(name) for name in files]


def empty_device(client: Client) -> int | None:
    """The first drive without a disc."""
    for device in range(client.get_number_of_devices()):
        if not client.device_get_status(device)[0]:
            return device
    return None


def release(client: Client, device: int) -> bool:
    """Ask a drive to let go of its disc and wait until it did."""
    client.device_unload(device)
    deadline = time.monotonic() + EJECT_SECONDS
    while client.device_get_status(device)[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def choose_device(client: Client, args: argparse.Namespace) -> int:
    """The drive “N” or “any” means, made ready for a load as --replace and --create allow."""
    if args.device != "any":
        device = device_number(args.device)
        if args.replace and client.device_get_status(device)[0] and not release(client, device):
            raise AlreadyLoaded(f"Drive {device} does not let go of its disc: something still uses it.")
        return device
    found = empty_device(client)
    if found is not None:
        return found
    if args.replace:
        for device in range(client.get_number_of_devices()):
            if release(client, device):
                return device
    if args.create:
        client.add_device()
        return client.get_number_of_devices() - 1
    raise AlreadyLoaded("Every drive has a disc in it; use --replace or --create, or unload one.")


def load_parameters(args: argparse.Namespace) -> dict[str, Any]:
    """The load's option dictionary; a password comes from a file, never from the command line."""
    parameters: dict[str, Any] = {}
    if args.encoding:
        parameters["encoding"] = args.encoding
    if args.password_file:
        parameters["password"] = read_password(args.password_file)
    if getattr(args, "remember", False):  # mount has no such option
        parameters["remember"] = True
    return parameters


def read_password(path: str) -> str:
    """First line of a password file."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"The password file {path} cannot be read: {problem}.") from problem


def load_with_password(client: Client, device: int, files: list[str], parameters: dict[str, Any]) -> None:
    """DeviceLoad; asks for a password as often as the daemon says the image is encrypted."""
    from ..password import ask_password, is_encrypted

    while True:
        try:
            client.device_load(device, files, parameters)
        except CdemuError as problem:
            if not is_encrypted(problem):
                raise
            password = ask_password(files[0])
            if password is None:
                raise
            parameters = {**parameters, "password": password}
        else:
            return


def wait_for_mapping(client: Client, device: int, seconds: float) -> tuple[str, str]:
    """Poll until the drive's device nodes are known, or ``seconds`` have passed."""
    deadline = time.monotonic() + seconds
    mapping: tuple[str, str] = client.device_get_mapping(device)
    while not mapping[0] and time.monotonic() < deadline:
        time.sleep(0.05)
        mapping = client.device_get_mapping(device)
    return mapping


def load(args: argparse.Namespace) -> int:
    """Load an image into a drive."""
    files = absolute(args.files)
    with connect(args) as client:
        device = choose_device(client, args)
        load_with_password(client, device, files, load_parameters(args))
        result: dict[str, Any] = {"device": device, "files": files}
        if args.wait:
            result["sr"], result["sg"] = wait_for_mapping(client, device, args.timeout)
    if args.json:
        render.print_json(result)
    elif args.wait:
        print(result["sr"] or f"Drive {device} is loaded; its road has no device node.")
    return ExitCode.OK


def unload(args: argparse.Namespace) -> int:
    """Press the eject button."""
    with connect(args) as client:
        for device in chosen_devices(client, args.device):
            client.device_unload(device)
    return ExitCode.OK


def status(args: argparse.Namespace) -> int:
    """What is in each drive."""
    with connect(args) as client:
        states = [client.device_get_status(device) for device in range(client.get_number_of_devices())]
    if args.json:
        render.print_json([{"device": n, "loaded": s[0], "files": s[1]} for n, s in enumerate(states)])
        return ExitCode.OK
    rows: list[tuple[str, str, str]] = []
    for number, (loaded, files) in enumerate(states):
        rows.append((str(number), str(loaded), files[0] if files else ""))
        rows.extend(("", "", name) for name in files[1:])
    render.print_table("Devices' status:", ("DEV", "LOADED", "FILENAME"), rows)
    return ExitCode.OK


def device_mapping(args: argparse.Namespace) -> int:
    """Where each drive appeared."""
    with connect(args) as client:
        maps = [client.device_get_mapping(device) for device in range(client.get_number_of_devices())]
    if args.json:
        render.print_json([{"device": n, "sr": m[0], "sg": m[1]} for n, m in enumerate(maps)])
    else:
        rows = [(str(n), sr, sg) for n, (sr, sg) in enumerate(maps)]
        render.print_table("Device mapping:", ("DEV", "SCSI CD-ROM", "SCSI generic"), rows)
    return ExitCode.OK


def add_device(args: argparse.Namespace) -> int:
    """Add a drive."""
    with connect(args) as client:
        client.add_device()
    return ExitCode.OK


def remove_device(args: argparse.Namespace) -> int:
    """Remove the last drive."""
    with connect(args) as client:
        client.remove_device()
    return ExitCode.OK


def parse_parameters(texts: list[str], sheet: list[Any]) -> dict[str, Any]:
    """``k=v;k=v`` texts as typed values of a writer's sheet."""
    known = {row[0]: row for row in sheet}
    values: dict[str, Any] = {}
    for text in filter(None, (part.strip() for line in texts for part in line.split(";"))):
        key, separator, value = text.partition("=")
        if not separator or key not in known:
            raise ConfigError(f"“{text}” is not KEY=VALUE with one of {', '.join(known) or 'no keys'}.")
        default = known[key][3]
        try:
            values[key] = (
                value.lower() in {"1", "yes", "true"} if isinstance(default, bool) else type(default)(value)
            )
        except ValueError:
            raise ConfigError(f"“{value}” is no value for {key}; its default is {default}.") from None
    return values


def create_blank(args: argparse.Namespace) -> int:
    """Insert a blank recordable disc."""
    with connect(args) as client:
        parameters: dict[str, Any] = parse_parameters(
            args.param, client.enum_writer_parameters(args.writer_id)
        )
        parameters["writer-id"] = args.writer_id
        if args.medium_type:
            parameters["medium-type"] = args.medium_type
        device = empty_device(client) if args.device == "any" else device_number(args.device)
        if device is None:
            raise AlreadyLoaded("Every drive has a disc in it; unload one first.")
        client.device_create_blank(device, os.path.abspath(args.file), parameters)
    return ExitCode.OK


DEVICE_OR_ANY = arg("device", metavar="DEVICE|any", help="device number, or “any” for one without a disc")

VERBS = (
    Verb(
        "load",
        "load an image into a drive",
        (
            DEVICE_OR_ANY,
            arg("files", nargs="+", metavar="FILE", help="image file(s)"),
            arg("--encoding", help="encoding of a text descriptor, e.g. windows-1250"),
            arg("--password-file", metavar="FILE", help="file whose first line is the image's password"),
            arg("--unload", "--replace", dest="replace", action="store_true", help="unload what is there"),
            arg("--create", action="store_true", help="with “any”: add a drive if none is free"),
            arg("--remember", action="store_true", help="keep the drive's options for this image"),
            arg("--wait", action="store_true", help="wait for the device node and print it"),
            arg("--timeout", type=float, default=30.0, help="seconds --wait waits (default 30)"),
            JSON,
        ),
        load,
    ),
    Verb("unload", "take the disc out of a drive", (DEVICE_OR_ALL,), unload),
    Verb("status", "show what is in each drive", (JSON,), status),
    Verb("device-mapping", "show each drive's device nodes", (JSON,), device_mapping),
    Verb("add-device", "add a drive", (), add_device),
    Verb("remove-device", "remove the last drive", (), remove_device),
    Verb(
        "create-blank",
        "insert a blank recordable disc",
        (
            arg("--writer-id", required=True, help="image writer, see enum-writers"),
            arg("--medium-type", choices=MEDIA, help="kind of blank disc"),
            arg("--param", action="append", default=[], metavar="KEY=VALUE[;…]", help="writer parameter"),
            DEVICE_OR_ANY,
            arg("file", metavar="FILE", help="image to write"),
        ),
        create_blank,
    ),
)
__all__ = ["DEVICE", "VERBS"]
