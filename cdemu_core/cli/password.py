"""Asking for a password: a dialog, an askpass program or the terminal; never an argument of a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from ..errors import CdemuError

ENCRYPTED = "net.sf.cdemu.CDEmuDaemon.errorMirage.EncryptedImage"


def is_encrypted(problem: CdemuError) -> bool:
    """Whether the daemon's error means that a (right) password is missing."""
    return getattr(problem, "name", "") == ENCRYPTED


def _program(command: list[str]) -> str | None:
    """First line a password program prints, or None when the user gave up or it cannot run."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.rstrip("\r\n") if done.returncode == 0 else None


def ask_password(image: str) -> str | None:
    """The password, or None where nobody can be asked.

    Order: zenity where ``CDEMU_USE_ZENITY`` is set and not 0, ``CDEMU_ASKPASS``, the terminal,
    ``SSH_ASKPASS``.
    """
    prompt = f"Password for {os.path.basename(image)}: "
    if os.environ.get("CDEMU_USE_ZENITY", "0") not in ("", "0"):
        return _program(["zenity", "--password", "--title", prompt])
    if askpass := os.environ.get("CDEMU_ASKPASS"):
        return _program([askpass, prompt])
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(prompt)
    if askpass := os.environ.get("SSH_ASKPASS"):
        return _program([askpass, prompt])
    return None
