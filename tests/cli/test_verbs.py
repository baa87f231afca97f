"""The client's verbs against a daemon on a bus of the tests' own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cdemu_core.testing.bus import DaemonProcess, private_bus
from cdemu_core.testing.discs import iso_payload

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonProcess]:
    folder = tmp_path_factory.mktemp("daemon")
    with private_bus(folder) as address, DaemonProcess(address, directory=folder) as process:
        yield process


@pytest.fixture
def cdemu(daemon: DaemonProcess, tmp_path: Path) -> Iterator[Run]:
    """``cdemu(*arguments, status=0, **environment)``; every drive is empty and alone afterwards."""

    def run(*arguments: str, status: int = 0, **environment: str) -> Done:
        base = {name: value for name, value in daemon.environment.items() if "ASKPASS" not in name}
        done = subprocess.run(
            [sys.executable, "-m", "cdemu_core", *arguments],
            env={**base, "HOME": str(tmp_path), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    yield run
    run("unload", "all")
    while len(json.loads(run("status", "--json").stdout)) > 1:
        run("remove-device")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "a b.iso"
    path.write_bytes(iso_payload(40))
    return path


def sealed(folder: Path) -> Path:
    """An encrypted ISZ."""
    import struct
    import zlib

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encryptor = Cipher(algorithms.AES(b"secret".ljust(16, b"\0")), modes.ECB()).encryptor()
    data, chunk, pointers, body = iso_payload(64), 8192, b"", b""
    for at in range(0, len(data), chunk):
        packed = zlib.compress(data[at : at + chunk], 1)
        whole = len(packed) // 16 * 16
        body += encryptor.update(packed[:whole]) + packed[whole:]
        pointers += (2 << 22 | len(packed)).to_bytes(3, "little")
    fields = (b"IsZ!", 64, 1, 0, 2048, len(data) // 2048, 2, 0, len(pointers) // 3, chunk, 3, 0, 64, 0)
    head = struct.pack("<4sBBIHIBQIIBBIIIB16x", *fields, 64 + len(pointers), 0)
    masked = bytes(byte ^ b"IsZ!"[n % 4] ^ 0xFF for n, byte in enumerate(pointers))
    path = folder / "sealed.isz"
    path.write_bytes(head + masked + body)
    return path


def test_load_status_unload(cdemu: Run, image: Path) -> None:
    cdemu("load", "0", str(image))
    assert json.loads(cdemu("status", "--json").stdout) == [
        {"device": 0, "loaded": True, "files": [str(image)]}
    ]
    text = cdemu("status").stdout.splitlines()
    assert text[0] == "Devices' status:"
    assert text[1].split() == ["DEV", "LOADED", "FILENAME"]
    assert text[2].endswith(str(image))
    cdemu("unload", "0")
    assert json.loads(cdemu("status", "--json").stdout)[0]["loaded"] is False


def test_any_takes_a_free_drive_replaces_or_creates(cdemu: Run, image: Path) -> None:
    cdemu("load", "any", str(image))
    assert "--replace" in cdemu("load", "any", str(image), status=1).stderr
    cdemu("load", "any", str(image), "--replace")
    loaded = cdemu("load", "any", str(image), "--create", "--json").stdout
    assert json.loads(loaded)["device"] == 1
    cdemu("remove-device")


def test_load_says_what_is_wrong(cdemu: Run, image: Path, tmp_path: Path) -> None:
    assert "does not exist" in cdemu("load", "0", str(tmp_path / "none.iso"), status=1).stderr
    (tmp_path / "noise.xyz").write_bytes(os.urandom(5000))
    assert "recognises" in cdemu("load", "0", str(tmp_path / "noise.xyz"), status=1).stderr
    assert "no drive 7" in cdemu("load", "7", str(image), status=1).stderr
    assert "not a device number" in cdemu("load", "x", str(image), status=1).stderr
    cdemu("load", "0", str(image))
    cdemu("load", "0", str(image), status=1)


def test_usage_errors_exit_with_2(cdemu: Run) -> None:
    assert "usage" in cdemu("load", "0", status=2).stderr
    cdemu("no-such-verb", status=2)


def test_no_daemon_exits_with_3(cdemu: Run, tmp_path: Path) -> None:
    cdemu("status", status=3, DBUS_SESSION_BUS_ADDRESS=f"unix:path={tmp_path}/none")


def test_password_from_file_and_from_askpass(cdemu: Run, daemon: DaemonProcess, tmp_path: Path) -> None:
    path = sealed(tmp_path)
    failed = cdemu("load", "0", str(path), status=1)
    assert failed.stderr.strip().endswith(".")
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    cdemu("load", "0", str(path), "--password-file", str(secret))
    cdemu("unload", "0")
    ask = tmp_path / "askpass"
    ask.write_text(f'#!/bin/sh\ncd {tmp_path}\necho "$1" >>asked\nhead -n 1 answers\nsed -i 1d answers\n')
    ask.chmod(ask.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "answers").write_text("wrong\nsecret\n")
    cdemu("load", "0", str(path), CDEMU_ASKPASS=str(ask))
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == ["Password for sealed.isz: "] * 2
    assert "secret" not in daemon.text()


def test_switches_and_identity(cdemu: Run) -> None:
    cdemu("dpm-emulation", "0", "yes")
    assert json.loads(cdemu("dpm-emulation", "all", "--json").stdout) == {"0": True}
    cdemu("dpm-emulation", "0", "no")
    assert "yes nor no" in cdemu("dpm-emulation", "0", "perhaps", status=1).stderr
    cdemu("device-id", "0", "ACME", "Reader", "1.2", "text")
    assert json.loads(cdemu("device-id", "0", "--json").stdout)["0"] == ["ACME", "Reader", "1.2", "text"]
    assert "all four" in cdemu("device-id", "0", "ACME", status=1).stderr


def test_debug_masks_by_name_and_number(cdemu: Run) -> None:
    cdemu("daemon-debug-mask", "0", "DAEMON_DEBUG_MMC|0x01")
    assert json.loads(cdemu("daemon-debug-mask", "0", "--json").stdout) == {"0": 3}
    assert "DAEMON_DEBUG_DEVICE" in cdemu("daemon-debug-mask", "0").stdout
    assert "neither a number" in cdemu("library-debug-mask", "0", "NONSENSE", status=1).stderr


ENUMERATIONS = ("enum-parsers", "enum-writers", "enum-filter-streams", "enum-daemon-debug-masks")


@pytest.mark.parametrize("verb", [*ENUMERATIONS, "enum-library-debug-masks", "version", "device-mapping"])
def test_enumerations_in_both_forms(cdemu: Run, verb: str) -> None:
    assert json.loads(cdemu(verb, "--json").stdout) is not None
    assert cdemu(verb).stdout.strip()


def test_unknown_writer_is_named(cdemu: Run) -> None:
    assert cdemu("enum-writer-parameters", "WRITER-NONE", status=1).stderr.startswith("cdemu: ")


def test_inspect_needs_no_daemon(cdemu: Run, image: Path, tmp_path: Path) -> None:
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    layout = json.loads(cdemu("inspect", str(image), "--json", "--digest", **nowhere).stdout)
    track = layout["sessions"][0]["tracks"][0]
    assert (layout["medium_type"], track["sector_type"], track["length"]) == ("cd", "mode1", 190)
    assert len(track["user_sha256"]) == 64
    assert "TRACK" in cdemu("inspect", str(image), **nowhere).stdout
    (tmp_path / "noise.xyz").write_bytes(os.urandom(5000))
    refused = json.loads(cdemu("inspect", str(tmp_path / "noise.xyz"), "--json", status=1).stdout)
    assert refused["kind"] == "UnknownImage"


def test_plugins_and_doctor(cdemu: Run) -> None:
    records = json.loads(cdemu("plugins", "--json").stdout)
    assert {"name", "state", "dist", "version", "reason"} <= set(records[0])
    checks = json.loads(cdemu("doctor", "--json").stdout)
    assert any(check["name"].startswith("road") for check in checks)
    assert "CURE" in cdemu("doctor").stdout


def test_client_configuration_chooses_the_bus(cdemu: Run, tmp_path: Path) -> None:
    (tmp_path / ".cdemu-client").write_text("[defaults]\nbus = system\n")
    cdemu("status", status=3)
    cdemu("--bus", "session", "status")
    (tmp_path / ".cdemu-client").unlink()
