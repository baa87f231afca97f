"""What is installed is what the programs that read it accept."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cdemu_core.errors import ConfigError
from cdemu_core.integration import mime
from cdemu_core.integration.mime import FileType
from cdemu_core.integration.quoting import percent, plain
from cdemu_core.plugin.host import PluginHost

MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
PACKAGED = {
    "usr/lib/modules-load.d/cdemu.conf",
    "usr/lib/systemd/system/cdemu-daemon.service",
    "usr/lib/systemd/user/cdemu-daemon.service",
    "usr/lib/udev/rules.d/60-cdemu-vhba.rules",
    "usr/share/applications/cdemu-load.desktop",
    "usr/share/bash-completion/completions/cdemu",
    "usr/share/cdemu/setup.json",
    "usr/share/dbus-1/services/net.sf.cdemu.CDEmuDaemon.service",
    "usr/share/dbus-1/system-services/net.sf.cdemu.CDEmuDaemon.service",
    "usr/share/dbus-1/system.d/net.sf.cdemu.CDEmuDaemon.conf",
    "usr/share/fish/vendor_completions.d/cdemu.fish",
    "usr/share/man/man1/cdemu.1",
    "usr/share/man/man8/cdemu-daemon.8",
    "usr/share/metainfo/net.sf.cdemu.cdemu.metainfo.xml",
    "usr/share/mime/packages/cdemu.xml",
    "usr/share/zsh/vendor-completions/_cdemu",
}


def accepts(*command: str | Path, environment: dict[str, str] | None = None) -> str:
    """Output of a checking program that must be content; "" where it is not installed."""
    if shutil.which(str(command[0])) is None:
        return ""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def xml(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_text("utf-8"))  # noqa: S314 - made by this test


def globs_of(root: ElementTree.Element) -> dict[str | None, list[str | None]]:
    return {row.get("type"): [g.get("pattern") for g in row.iter(f"{MIME}glob")] for row in root}


def ini(path: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None, strict=False)
    config.optionxform = str  # type: ignore[assignment,method-assign]
    config.read_string(path.read_text("utf-8"))
    return config


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_package_has_all_files(package: Path) -> None:
    assert files(package) == PACKAGED


def test_the_system_has_its_own_places(setup: Callable[..., object], tmp_path: Path) -> None:
    setup("--system", "--root", str(tmp_path / "r"))
    found = files(tmp_path / "r")
    assert "etc/udev/rules.d/60-cdemu-vhba.rules" in found
    assert "usr/local/share/dbus-1/services/net.sf.cdemu.CDEmuDaemon.service" in found
    assert {name.split("/")[0] for name in found} == {"etc", "usr"}
    assert not [name for name in found if name.startswith("usr/") and not name.startswith("usr/local/")]


def test_a_user_needs_no_folder_but_the_own(user: Path) -> None:
    assert {name.split("/")[0] for name in files(user.parent.parent)} == {".local"}
    assert (user / "dbus-1/services/net.sf.cdemu.CDEmuDaemon.service").is_file()
    assert (user / "systemd/user/cdemu-daemon.service").is_file()


def test_activation_files_name_the_daemon(package: Path, user: Path) -> None:
    beside = Path(sys.executable).parent / "cdemu-daemon"
    for folder, daemon in ((package / "usr/share", Path("/usr/bin/cdemu-daemon")), (user, beside)):
        service = ini(folder / "dbus-1/services/net.sf.cdemu.CDEmuDaemon.service")["D-BUS Service"]
        assert service["Name"] == "net.sf.cdemu.CDEmuDaemon"
        assert service["SystemdService"] == "cdemu-daemon.service"
        assert service["Exec"].endswith(f'"{daemon}"')
    system = ini(package / "usr/share/dbus-1/system-services/net.sf.cdemu.CDEmuDaemon.service")[
        "D-BUS Service"
    ]
    assert system["User"] == "root"
    assert "--bus system" in system["Exec"]


def test_units(package: Path, user: Path) -> None:
    session = ini(user / "systemd/user/cdemu-daemon.service")["Service"]
    assert (session["Type"], session["BusName"]) == ("dbus", "net.sf.cdemu.CDEmuDaemon")
    assert session["NoNewPrivileges"] == "yes"
    assert not [key for key in session if key.startswith(("Protect", "Private"))]
    system = ini(package / "usr/lib/systemd/system/cdemu-daemon.service")["Service"]
    assert system["ProtectSystem"] == "full"
    assert not {"ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelTunables"} & set(system)


def test_systemd_accepts_the_units(setup: Callable[..., object], tmp_path: Path, user: Path) -> None:
    """With the programs of this environment, which exist, as verify wants it."""
    setup("--system", "--root", str(tmp_path / "r"))
    unit = tmp_path / "r/etc/systemd/system/cdemu-daemon.service"
    accepts("systemd-analyze", "verify", "--man=no", unit)
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}
    accepts(
        "systemd-analyze", "verify", "--man=no", "--user",
        user / "systemd/user/cdemu-daemon.service", environment=runtime,
    )  # fmt: skip


def test_the_rule(package: Path) -> None:
    path = package / "usr/lib/udev/rules.d/60-cdemu-vhba.rules"
    assert int(path.name[:2]) < 70
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    pairs = re.findall(r'(\w+)(==|\+=|=)"([^"]*)"', lines[0])
    assert ("KERNEL", "==", "vhba_ctl") in pairs
    assert ("TAG", "+=", "uaccess") in pairs
    assert ("OPTIONS", "+=", "static_node=vhba_ctl") in pairs
    assert ("GROUP", "=", "cdrom") in pairs
    assert ", ".join(f'{key}{sign}"{value}"' for key, sign, value in pairs) == lines[0]
    if "verify" in accepts("udevadm", "--help"):
        accepts("udevadm", "verify", path)


def test_modules(package: Path) -> None:
    lines = (package / "usr/lib/modules-load.d/cdemu.conf").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["vhba", "vhci-hcd"]


def test_the_desktop_file(package: Path) -> None:
    path = package / "usr/share/applications/cdemu-load.desktop"
    entry = ini(path)["Desktop Entry"]
    assert entry["NoDisplay"] == "true"
    assert entry["Exec"].endswith('"/usr/bin/cdemu" load --create any %F')
    types = set(filter(None, entry["MimeType"].split(";")))
    assert {"application/x-cd-image", "application/x-cue", "application/x-mds"} <= types
    formats = {name for row in PluginHost().formats.values() for name in row.mime_types}
    assert {name for name in formats if name.startswith("application/")} <= types
    assert accepts("desktop-file-validate", path) == ""


def test_the_package_description(package: Path) -> None:
    path = package / "usr/share/metainfo/net.sf.cdemu.cdemu.metainfo.xml"
    root = xml(path)
    assert root.findtext("id") == path.name.removesuffix(".metainfo.xml")
    assert root.findtext("launchable") == "cdemu-load.desktop"
    accepts("appstreamcli", "validate", "--no-net", path)


def test_every_xml_file_is_well_formed(package: Path) -> None:
    for path in (*package.rglob("*.xml"), *package.rglob("system.d/*.conf")):
        xml(path)
        accepts("xmllint", "--noout", "--nonet", path)


def test_types_are_known_by_name_and_by_content(user: Path, tmp_path: Path) -> None:
    """The desktop's own data base, made from the file."""
    (tmp_path / "x.nrg").write_bytes(b"")
    (tmp_path / "sheet.mds").write_bytes(b"MEDIA DESCRIPTOR" + bytes(100))
    (tmp_path / "unnamed").write_bytes(b"IsZ!" + bytes(100))
    if accepts("update-mime-database", user / "mime") or (user / "mime/globs2").exists():
        globs = (user / "mime/globs2").read_text("utf-8").splitlines()
        assert "50:application/x-nrg:*.nrg" in globs
        assert b"application/x-isz" in (user / "mime/magic").read_bytes()
    rows = globs_of(xml(user / "mime/packages/cdemu.xml"))
    assert rows["application/x-mds"] == ["*.mds"]
    assert rows["application/x-cso"][0] == "*.cso"
    every = [pattern for patterns in rows.values() for pattern in patterns]
    assert len(every) == len(set(every))
    assert not {"application/x-cue", "application/gzip", "audio/flac"} & set(rows)


@pytest.mark.parametrize(
    ("types", "globs"),
    [
        ([FileType("One", ("application/x-one",), (".one", ".two")),
          FileType("Two", ("application/x-two",), (".two",))],
         {"application/x-one": ["*.one"], "application/x-two": ["*.two"]}),
        ([FileType("One & all", ("application/x-one", "application/x-b"), (".one", ".b", ".c"))],
         {"application/x-one": ["*.one", "*.c"], "application/x-b": ["*.b"]}),
        ([FileType("Sound", ("audio/x-one",), (".one",)),
          FileType("Z", ("application/gzip",), (".gz",))], {}),
    ],
)  # fmt: skip
def test_each_suffix_has_one_type(types: Sequence[FileType], globs: dict[str, list[str]]) -> None:
    assert globs_of(ElementTree.fromstring(mime.package(types))) == globs  # noqa: S314 - made here


def test_signatures_are_escaped() -> None:
    row = FileType(
        "One", ("application/x-one",), (".one",), ((4, b'A"\\<\x00\xff'), (-8, b"tail"), (0, b"PK"))
    )
    root = ElementTree.fromstring(mime.package([row]))  # noqa: S314 - made here
    matches = list(root.iter(f"{MIME}match"))
    assert [(m.get("offset"), m.get("value")) for m in matches] == [("4", 'A"\\x5c<\\x00\\xff')]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_read_by_their_shells(package: Path, shell: str) -> None:
    names = {"bash": "bash-completion/completions/cdemu", "zsh": "zsh/vendor-completions/_cdemu",
             "fish": "fish/vendor_completions.d/cdemu.fish"}  # fmt: skip
    path = package / "usr/share" / names[shell]
    assert "setup" in path.read_text("utf-8")
    accepts(shell, "-n", path)


@pytest.mark.parametrize(("name", "section"), [("cdemu", 1), ("cdemu-daemon", 8)])
def test_manual_pages(package: Path, name: str, section: int) -> None:
    path = package / f"usr/share/man/man{section}/{name}.{section}"
    assert path.read_text("utf-8").startswith(f".TH {name.upper()} {section} ")
    assert accepts("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path).count("warning:") == 0


def test_paths_that_cannot_be_quoted_are_refused() -> None:
    assert plain("/opt/a b/x%") == "/opt/a b/x%"
    assert percent("/opt/a b/x%") == "/opt/a b/x%%"
    for bad in ("bin/cdemu", '/a"b', "/a$b", "/a\\b", "/a\nb", "/a'b", "/a`b"):
        with pytest.raises(ConfigError, match="install them at an absolute path"):
            plain(bad)
