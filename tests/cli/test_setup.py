"""cdemu setup: options, refusals, what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def setup(home: Path) -> Run:
    def run(*arguments: str, status: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "DBUS_", "DESTDIR"))}
        done = subprocess.run(
            [sys.executable, "-m", "cdemu_core", "setup", *arguments],
            env={**clean, "HOME": str(home), "XDG_RUNTIME_DIR": str(home / "none"), **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_dry_run_names_every_file_and_writes_none(setup: Run, home: Path) -> None:
    told = json.loads(setup("--dry-run", "--json").stdout)
    assert told["dry_run"] is True
    assert {row["action"] for row in told["files"]} == {"write"}
    assert files(home) == set()
    setup()
    share = home / ".local/share"
    assert {row["path"] for row in told["files"]} <= {str(share / name) for name in files(share)}


def test_remove_leaves_nothing(setup: Run, home: Path) -> None:
    """Not even the caches that the desktop's programs made of our files."""
    setup()
    setup("--remove", "--dry-run")
    assert files(home)
    setup("--remove")
    assert list(home.iterdir()) == []
    assert setup("--remove").stdout == ""


def test_other_peoples_types_and_caches_stay(setup: Run, home: Path) -> None:
    setup()
    other = home / ".local/share/mime/packages/other.xml"
    other.write_text(
        '<?xml version="1.0"?><mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">'
        '<mime-type type="application/x-other"><comment>Other</comment><glob pattern="*.other"/></mime-type>'
        "</mime-info>",
        "utf-8",
    )
    setup("--remove")
    left = files(home / ".local/share")
    assert "mime/packages/other.xml" in left
    assert not [name for name in left if not name.startswith("mime/")]


def test_a_changed_file_is_kept_and_named(setup: Run, home: Path) -> None:
    setup()
    unit = home / ".local/share/systemd/user/cdemu-daemon.service"
    unit.write_text("[Service]\nExecStart=/mine\n", "utf-8")
    assert str(unit) in setup().stderr
    assert str(unit) in setup("--remove").stderr
    assert unit.read_text("utf-8") == "[Service]\nExecStart=/mine\n"


def test_xdg_folders_are_used(setup: Run, tmp_path: Path, home: Path) -> None:
    setup(XDG_DATA_HOME=str(tmp_path / "data"))
    assert (tmp_path / "data/dbus-1/services/net.sf.cdemu.CDEmuDaemon.service").is_file()
    assert files(home) == set()


def test_destdir_is_the_staging_folder(setup: Run, tmp_path: Path) -> None:
    setup("--system", DESTDIR=str(tmp_path / "stage"))
    listed = json.loads((tmp_path / "stage/usr/local/share/cdemu/setup.json").read_text("utf-8"))["files"]
    assert {path[1:] for path in listed} == files(tmp_path / "stage") - {"usr/local/share/cdemu/setup.json"}
    setup("--system", "--remove", DESTDIR=str(tmp_path / "stage"))
    assert list((tmp_path / "stage").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('NUM_DEVICES=2\nAUDIO_DRIVER="default"\n', "num-devices=2"),
        ("nonsense\n", "neither [group] nor key=value"),
        ("[settings]\nnum-devices=1\n", None),
    ],
)
def test_an_old_configuration_is_explained(setup: Run, home: Path, text: str, told: str | None) -> None:
    (home / ".config").mkdir()
    (home / ".config/cdemu-daemon").write_text(text, "utf-8")
    said = setup("--dry-run").stderr
    assert (told in said) if told else ("cdemu-daemon" not in said.replace("cdemu-daemon.service", ""))


def test_a_configuration_folder_is_explained(setup: Run, home: Path) -> None:
    (home / ".config/cdemu-daemon").mkdir(parents=True)
    assert "Rename the folder" in setup("--dry-run").stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--system", "--group", "a b"), "not the name of a group"),
        (("--system", "--modules", "vhba;reboot"), "not the name of a kernel module"),
        (("--group", "cdrom"), "use them with --system"),
        (("--system", "--prefix", "usr"), "absolute path"),
        (("--root", "stage"), "absolute path"),
        (("--bindir", '/a"b'), "without quotes"),
        (("--bindir", "bin"), "absolute path"),
    ],
)
def test_bad_values_are_refused(setup: Run, home: Path, arguments: tuple[str, ...], told: str) -> None:
    assert told in setup(*arguments, status=1).stderr
    assert files(home) == set()


def test_without_permission_nothing_is_left(setup: Run, tmp_path: Path) -> None:
    """A file where a folder is needed stands for a place that cannot be written."""
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "usr").write_bytes(b"")
    assert "Nothing was changed" in setup("--system", "--root", str(stage), status=1).stderr
    assert files(stage) == {"usr"}
    assert [path.name for path in stage.iterdir()] == ["usr"]


def test_programs_that_are_nowhere_are_named(setup: Run, tmp_path: Path) -> None:
    """As when the package was copied instead of installed."""
    code = (
        "import sys; sys.executable = '/nowhere/python'; sys.argv = ['-c']\n"
        "from cdemu_core.cli.main import main\nsys.exit(main(['setup', '--dry-run']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": "", "HOME": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "--bindir" in done.stderr
