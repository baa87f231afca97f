"""From an image to a folder and back, in one call each."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

from ...errors import CdemuError, DriveError, MediumLocked, MissingFile, PortUnavailable
from .. import render
from ..session import connect
from ..verb import JSON, ExitCode, Verb, arg
from .devices import absolute, choose_device, load_parameters, load_with_password, release, wait_for_mapping

if TYPE_CHECKING:
    from ...dbus.client import Client
    from ...dbus.udisks import Udisks


def drive_with(client: Client, files: list[str]) -> int | None:
    """The drive that has exactly these files in it."""
    for device in range(client.get_number_of_devices()):
        loaded, found = client.device_get_status(device)
        if loaded and list(found) == files:
            return device
    return None


def take_back(client: Client, device: int, drives: int) -> None:
    """Undo a load: the disc out of the drive, and the drive away if it was made for it."""
    if release(client, device) and client.get_number_of_devices() > drives:
        client.remove_device()


BY_HAND = (
    "Install udisks2, or mount by hand: “cdemu load --create --wait any IMAGE” prints a device node, "
    "which root can “mount -o ro NODE /mnt”. Nothing was loaded."
)


def sentence(problem: CdemuError) -> str:
    """Another program's message, ended as a sentence."""
    return str(problem).rstrip(". \n") + "."


def device_node(client: Client, device: int, seconds: float) -> str:
    """The drive's block device. Raises PortUnavailable where its road has none."""
    where, _ = wait_for_mapping(client, device, seconds)
    if where.startswith("/dev/"):
        return where
    if where:
        raise PortUnavailable(
            f"This drive is at {where}: its road gives this system no device node, so that there is nothing "
            "to mount. Connect an initiator there (open-iscsi makes a node of it), or start the daemon "
            "with a road that has nodes; “cdemu doctor” names those that work here."
        )
    raise PortUnavailable(f"No device node appeared within {seconds:.0f} s; “cdemu doctor” tells why.")


def mount_node(udisks: Udisks, node: str, seconds: float) -> str:
    """Where ``node`` is mounted now. Raises CdemuError."""
    if not udisks.wait_for_filesystem(node, seconds):
        raise DriveError(
            f"udisks2 found no file system on {node} within {seconds:.0f} s (an audio disc has none). "
            "“cdemu inspect” shows what is in the image; “cdemu load” loads it without mounting."
        )
    try:
        return udisks.mount(node)
    except CdemuError as problem:
        raise DriveError(f"{node} could not be mounted: {sentence(problem)}") from problem


def mount(args: argparse.Namespace) -> int:
    """Load an image and mount it."""
    from ...dbus.udisks import Udisks, UdisksMissing

    files = absolute(args.files)
    try:
        udisks = Udisks()
    except UdisksMissing as problem:
        raise DriveError(f"{problem} {BY_HAND}") from problem
    with udisks, connect(args) as client:
        drives = client.get_number_of_devices()
        device = drive_with(client, files)
        fresh = device is None
        if device is None:
            args.device, args.replace, args.create = "any", False, True
            device = choose_device(client, args)
        deadline = time.monotonic() + args.timeout
        try:
            if fresh:
                load_with_password(client, device, files, load_parameters(args))
                deadline = time.monotonic() + args.timeout
            node = device_node(client, device, args.timeout)
            path = mount_node(udisks, node, max(0.0, deadline - time.monotonic()))
        except BaseException:
            if fresh:
                take_back(client, device, drives)
            raise
    if args.json:
        render.print_json({"device": device, "files": files, "sr": node, "path": path})
    else:
        print(path)
    return ExitCode.OK


def nodes(client: Client) -> dict[int, str]:
    """Device node of each drive that has one."""
    maps = {device: client.device_get_mapping(device)[0] for device in range(client.get_number_of_devices())}
    return {device: node for device, node in maps.items() if node.startswith("/dev/")}


def system_mount_points(node: str) -> list[str]:
    """Where ``node`` is mounted, as the kernel says (proc(5), mounts)."""
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        rows = [line.split(" ") for line in file]
    return [
        row[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        for row in rows
        if row[0] == node
    ]


def mount_points(udisks: Udisks | None, node: str) -> list[str]:
    """Where ``node`` is mounted, by udisks2 or by anybody else."""
    from ...dbus.udisks import UdisksError

    found = system_mount_points(node)
    if udisks is not None:
        try:
            found += udisks.mount_points(node)
        except UdisksError:
            return found  # no file system is known there, so that udisks2 mounted none
    return list(dict.fromkeys(found))


def find_drive(client: Client, udisks: Udisks | None, text: str) -> int:
    """The drive that a number, a device node, an image file or a mount point means."""
    if text.isdecimal() and not os.path.exists(text):
        return int(text)
    path = os.path.abspath(text)
    places = {os.path.realpath(path), path}
    for device, node in nodes(client).items():
        if node == path or places & set(mount_points(udisks, node)):
            return device
    for device in range(client.get_number_of_devices()):
        if places & set(client.device_get_status(device)[1]):
            return device
    raise MissingFile(
        f"{text} is neither a drive's number or node, nor a loaded image, nor the folder of one; "
        "“cdemu status” lists what is loaded.",
        path=text,
    )


def umount(args: argparse.Namespace) -> int:
    """Unmount a disc and take it out."""
    from ...dbus.udisks import Udisks, UdisksMissing

    try:
        udisks = Udisks()
    except UdisksMissing:
        udisks = None
    try:
        with connect(args) as client:
            device = find_drive(client, udisks, args.what)
            node = nodes(client).get(device)
            if node is not None:
                unmount_node(udisks, node)
            if not release(client, device):
                raise MediumLocked(f"Drive {device} does not let go of its disc: something still uses it.")
    finally:
        if udisks is not None:
            udisks.close()
    if args.json:
        render.print_json({"device": device})
    return ExitCode.OK


def unmount_node(udisks: Udisks | None, node: str) -> None:
    """Unmount ``node`` wherever it is mounted. Raises DriveError."""
    points = mount_points(udisks, node)
    if not points:
        return
    if udisks is None:
        places = ", ".join(points)
        raise DriveError(f"{node} is mounted on {places} and udisks2 does not run: umount it as root first.")
    try:
        udisks.unmount(node)
    except CdemuError as problem:
        raise DriveError(f"{node} could not be unmounted: {sentence(problem)} The disc stays.") from problem


VERBS = (
    Verb(
        "mount",
        "load an image, mount it and print the folder",
        (
            arg("files", nargs="+", metavar="IMAGE", help="image file(s)"),
            arg("--encoding", help="encoding of a text descriptor, e.g. windows-1250"),
            arg("--password-file", metavar="FILE", help="file whose first line is the image's password"),
            arg("--timeout", type=float, default=30.0, help="seconds to wait for the disc (default 30)"),
            JSON,
        ),
        mount,
        "Loads an image into a free drive, adding one if there is none, and has udisks2 mount it. On any "
        "failure nothing stays loaded.",
    ),
    Verb(
        "umount",
        "unmount a disc and take it out of its drive",
        (
            arg("what", metavar="DEVICE|IMAGE|PATH", help="drive, image file, device node or mount point"),
            JSON,
        ),
        umount,
    ),
)
