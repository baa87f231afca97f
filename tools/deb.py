#!/usr/bin/env python3
"""One Debian package of the core and every plugin of this checkout; ``./dev deb [DIR]`` calls it.

Programs are two launchers in /usr/bin; modules, with those they need from elsewhere, lie in
/usr/lib/cdemu/site-packages and are seen by these two programs only; the rest is what
``cdemu setup --system --prefix /usr`` installs. Compiled modules bind the package to the Python version and
the architecture it is built with.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.parser import HeaderParser
from email.utils import formatdate
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = ROOT / "packaging" / "debian"
PACKAGE = "cdemu-core"
SITE = "usr/lib/cdemu/site-packages"
DOC = f"usr/share/doc/{PACKAGE}"
PROGRAMS = {
    "cdemu": ("cdemu_core.cli.main", "main"),
    "cdemu-daemon": ("cdemu_core.daemon.main", "run"),
}
SCRIPTS = ("postinst", "prerm", "postrm")
GLIBC = re.compile(rb"GLIBC_(\d+)\.(\d+)")


def output(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip()


def run(*command: str | Path) -> None:
    """Run a program; its failure is ours."""
    subprocess.run([str(part) for part in command], check=True, cwd=ROOT)


def maintainer() -> str:
    """From DEBFULLNAME and DEBEMAIL, as Debian's tools take it, else who made the last commit."""
    name, address = os.environ.get("DEBFULLNAME"), os.environ.get("DEBEMAIL")
    return f"{name} <{address}>" if name and address else output("git", "log", "-1", "--format=%an <%ae>")


def commit_time() -> int:
    """Seconds since the epoch at which everything in the package is dated."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or output("git", "log", "-1", "--format=%ct"))


def install_modules(site: Path, options: Sequence[str]) -> None:
    """The core, the plugins and what they depend on; tests of other projects are left out."""
    plugins = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
    pip = (sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile")
    run(*pip, *options, "--target", site, ROOT, *plugins)
    shutil.rmtree(site / "bin", ignore_errors=True)
    for record in site.glob("*.dist-info/direct_url.json"):  # where it was built concerns nobody
        record.unlink()
    for folder in [*site.rglob("__pycache__"), *site.rglob("tests")]:
        if folder.is_dir() and "cdemu_core" not in folder.parts:
            shutil.rmtree(folder)
    if compiled := [path for path in site.rglob("*.so*") if path.is_file()]:
        run("strip", "--strip-unneeded", *compiled)


def install_files(root: Path, site: Path) -> None:
    """What ``cdemu setup`` installs, from the modules just installed."""
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("DESTDIR", None)
    command = [sys.executable, "-P", "-m", "cdemu_core", "setup", "--system", "--prefix", "/usr"]
    command += ["--bindir", "/usr/bin", "--root", str(root)]
    subprocess.run(command, check=True, cwd=root, env=environment, stdout=subprocess.DEVNULL)
    shutil.rmtree(root / "usr/share/cdemu")  # dpkg keeps its own list
    for page in (root / "usr/share/man").rglob("*.[1-8]"):
        compress(page)


def compress(path: Path) -> None:
    """Replace a file by its gzip, without name and time."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def launchers(root: Path) -> None:
    """The two programs."""
    template = Template((DEBIAN / "launcher.in").read_text("utf-8"))
    (root / "usr/bin").mkdir(parents=True)
    for name, (module, function) in PROGRAMS.items():
        path = root / "usr/bin" / name
        path.write_text(template.substitute(module=module, function=function), "utf-8")
        path.chmod(0o755)


def parts(site: Path) -> Iterator[tuple[str, str, str]]:
    """Name, files and licence of each distribution in the package, from its metadata."""
    for info in sorted(site.glob("*.dist-info")):
        metadata = HeaderParser().parsestr((info / "METADATA").read_text("utf-8"))
        listed = [row.split(",")[0] for row in (info / "RECORD").read_text("utf-8").splitlines()]
        tops = sorted({name.split("/")[0] for name in listed if not name.startswith(("..", "bin/"))})
        licence = metadata.get("License-Expression") or metadata.get("License") or ""
        if not licence or "\n" in licence:
            classifiers = [c for c in metadata.get_all("Classifier", []) if c.startswith("License")]
            licence = classifiers[0].rpartition(" :: ")[2] if classifiers else "see the files"
        yield metadata["Name"], " ".join(f"{SITE}/{top}/*" for top in tops), licence


def copyright_text(site: Path, when: int) -> str:
    """Who holds what under which licence; texts of other projects' licences lie in their own folders."""
    year = datetime.fromtimestamp(when, UTC).year
    lines = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
        "Upstream-Name: cdemu-core",
        "",
        "Files: *",
        f"Copyright: {year} the cdemu-core developers",
        "License: GPL-2.0-or-later",
        " On Debian systems the full text of the GNU General Public License,",
        " version 2, is in /usr/share/common-licenses/GPL-2.",
    ]
    for name, files, licence in parts(site):
        if not name.startswith("cdemu"):
            lines += ["", f"Files: {files}", f"Copyright: {year} the developers of {name}"]
            lines += [f"License: {licence.replace(' ', '-')}", f" The text is in {name}'s dist-info folder."]
    return "\n".join(lines) + "\n"


def documents(root: Path, version: str, when: int, who: str) -> None:
    """Copyright, changelog and the reasons for lintian's overrides."""
    folder = root / DOC
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(copyright_text(root / SITE, when), "utf-8")
    head = f"{PACKAGE} ({version}) unstable; urgency=medium"
    text = f"{head}\n\n  * Release {version}.\n\n -- {who}  {formatdate(when)}\n"
    (folder / "changelog").write_text(text, "utf-8")
    compress(folder / "changelog")
    overrides = root / "usr/share/lintian/overrides" / PACKAGE
    overrides.parent.mkdir(parents=True)
    shutil.copy(DEBIAN / "lintian-overrides", overrides)


def libc_version(site: Path) -> str:
    """The newest glibc any compiled module asks for."""
    found = {(int(a), int(b)) for path in site.rglob("*.so*") for a, b in GLIBC.findall(path.read_bytes())}
    major, minor = max(found, default=(2, 17))
    return f"{major}.{minor}"


def control(root: Path, version: str, who: str) -> None:
    """Control file, maintainer scripts and checksums."""
    folder = root / "DEBIAN"
    files = sorted(path for path in root.rglob("*") if path.is_file())
    folder.mkdir()
    minor = sys.version_info.minor
    text = Template((DEBIAN / "control.in").read_text("utf-8")).substitute(
        version=version,
        architecture=output("dpkg", "--print-architecture"),
        maintainer=who,
        size=sum((path.stat().st_size + 1023) // 1024 for path in files),
        python=f"3.{minor}",
        next_python=f"3.{minor + 1}",
        libc=libc_version(root / SITE),
    )
    (folder / "control").write_text(text, "utf-8")
    for name in SCRIPTS:
        shutil.copy(DEBIAN / name, folder / name)
        (folder / name).chmod(0o755)
    names = [str(path.relative_to(root)) for path in files]
    sums = subprocess.run(["md5sum", *names], cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    (folder / "md5sums").write_text(sums, "utf-8")


def settle(root: Path, when: int) -> None:
    """Modes as Debian wants them, one date for all."""
    for path in [root, *root.rglob("*")]:
        executable = path.is_dir() or (path.parent.name in ("bin", "DEBIAN") and path.stat().st_mode & 0o100)
        if not path.is_symlink():
            path.chmod(0o755 if executable else 0o644)
        os.utime(path, (when, when), follow_symlinks=False)


def build(folder: Path, options: Sequence[str] = ()) -> Path:
    """Make the package in ``folder``; returns its path. ``options`` are pip's."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        version = tomllib.load(file)["project"]["version"]
    who, when = maintainer(), commit_time()
    with tempfile.TemporaryDirectory(prefix="cdemu-deb-") as name:
        root = Path(name) / "root"
        site = root / SITE
        site.mkdir(parents=True)
        install_modules(site, options)
        install_files(root, site)
        launchers(root)
        documents(root, version, when, who)
        control(root, version, who)
        settle(root, when)
        folder.mkdir(parents=True, exist_ok=True)
        run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, folder)
    return folder / f"{PACKAGE}_{version}_{output('dpkg', '--print-architecture')}.deb"


def main() -> int:
    """Build and name the package."""
    parser = argparse.ArgumentParser(description="Makes one Debian package of the core and all plugins.")
    parser.add_argument(
        "folder", nargs="?", default=str(ROOT / "dist"), help="where to put it (default dist/)"
    )
    try:
        print(build(Path(parser.parse_args().folder).absolute()))
    except subprocess.CalledProcessError as problem:
        print(f"deb: {problem.cmd[0]} failed; its message is above.", file=sys.stderr)
        return 1
    except FileNotFoundError as problem:
        print(f"deb: {problem.filename} is missing: apt-get install dpkg-dev binutils git.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
