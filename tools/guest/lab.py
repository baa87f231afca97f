#!/usr/bin/env python3
"""Builds the guest laboratory: a stock Debian kernel and a small root file system that qemu boots.

    lab.py            build what is missing, print the laboratory's folder
    lab.py --remove   remove every laboratory of this cache

The laboratory is kept in $CDEMU_LAB, else in $XDG_CACHE_HOME/cdemu-lab (~/.cache/cdemu-lab), in a folder
named by a hash of everything that goes into it, so that all checkouts share one and a change makes a new one.
Building needs root (or sudo without a password), the packages that ``./dev`` installs and a Debian mirror.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNEL = "linux-image-amd64"
PACKAGES = (
    "base-files,base-passwd,bash,coreutils,dash,diffutils,findutils,grep,gzip,sed,tar,mawk,util-linux,mount,login,libc-bin,"
    "udev,kmod,iproute2,procps,eject,python3-minimal,libpython3-stdlib,python3,"
    "sg3-utils,libcdio-utils,cdparanoia,wodim,cdrdao,dvd+rw-tools,open-iscsi,usbip,dbus-daemon,libstdc++6"
)  # fmt: skip
BOOT_MODULES = "virtio_pci virtio_blk crc32c_generic ext4"
MODULES = (
    BOOT_MODULES + " virtio_console virtio_scsi virtio_net virtio_rng scsi_mod sr_mod sg cdrom isofs udf loop"
    " nls_utf8 nls_iso8859-1 nls_cp437 nls_ascii vhci-hcd usbip-core usb-storage uas"
    " target_core_mod target_core_user tcm_loop uio iscsi_tcp libiscsi libiscsi_tcp scsi_transport_iscsi"
)
LIBRARIES = "opt/python"
"""Folder of the guest with the core's dependencies, made for the guest's Python."""
GLIBC = range(17, 37)
"""Minor versions of the C library whose wheels run in the guest (Debian 12 has 2.36)."""
INPUTS = ("lab.py", "bzimage.py", "guest-init", "initramfs-init")


class LabError(Exception):
    """The laboratory cannot be built; the text says what to do."""


def cache() -> Path:
    """Where laboratories are kept."""
    given = os.environ.get("CDEMU_LAB")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cdemu-lab"


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Standard output of a program; LabError with its last words when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise LabError(f"{command[0]} failed ({done.returncode}): {done.stderr.strip()[-2000:]}")
    return done.stdout


def dependencies() -> list[str]:
    """What the core needs at run time."""
    project = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
    return sorted(project["dependencies"])


def codename() -> str:
    """The host's Debian release, whose mirrors and keys the host's apt already has."""
    lines = Path("/etc/os-release").read_text("utf-8").splitlines()
    release = dict(line.split("=", 1) for line in lines if "=" in line)
    if release.get("ID") != "debian" or platform.machine() != "x86_64":
        raise LabError("the guest laboratory is built with Debian's packages for x86-64: run it on Debian 12")
    return release["VERSION_CODENAME"].strip('"')


def kernel_package() -> str:
    """The versioned package that the kernel's meta package depends on."""
    for refresh in (False, True):
        if refresh:
            run("apt-get", "update", "-q")
        for line in run("apt-cache", "depends", KERNEL).splitlines():
            name = line.partition("Depends:")[2].strip()
            if name.startswith("linux-image-"):
                return name
    raise LabError(f"apt knows no package {KERNEL}; look at /etc/apt/sources.list")


def mirrors(release: str) -> list[Path]:
    """The host's source files that carry this release."""
    folder = Path("/etc/apt")
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*.*"))]
    return [file for file in files if file.is_file() and release in file.read_text("utf-8").split()]


def fingerprint() -> str:
    """Names the laboratory: the same inputs make the same folder, whatever kernel update came since."""
    digest = hashlib.sha256(" ".join([codename(), *dependencies()]).encode())
    for name in INPUTS:
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def module_files(tree: Path, version: str, names: str) -> list[Path]:
    """The module files of ``names`` and all they need, in the order of loading."""
    found: dict[Path, None] = {}
    for name in names.split():
        for line in run("modprobe", "-d", tree, "-S", version, "--show-depends", name).splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "insmod":
                found[Path(rest.split()[0])] = None
    return list(found)


def unpack_kernel(kernel: str, work: Path) -> tuple[Path, str]:
    """Download the kernel package and unpack it; its tree and its version."""
    run("apt-get", "download", "-q", kernel, cwd=work)
    tree = work / "kernel"
    run("dpkg", "-x", next(work.glob("linux-image-*.deb")), tree)
    version = kernel.removeprefix("linux-image-").removesuffix("-unsigned")
    run("depmod", "-b", tree, version)
    return tree, version


def install_modules(tree: Path, version: str, root: Path) -> None:
    """Copy the modules the guest may want into its root file system."""
    base = tree / "lib" / "modules" / version
    target = root / "lib" / "modules" / version
    for source in [
        *base.glob("modules.builtin*"),
        base / "modules.order",
        *module_files(tree, version, MODULES),
    ]:
        copy = target / source.relative_to(base)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    run("depmod", "-b", root, version)


def make_initramfs(root: Path, version: str, work: Path, output: Path) -> None:
    """A busybox that loads the disk's drivers and hands over to the root file system."""
    tree = work / "initramfs"
    for folder in ("bin", "dev", "proc", "mnt", "modules"):
        (tree / folder).mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "/bin/busybox", tree / "bin" / "busybox")
    for number, module in enumerate(module_files(root, version, BOOT_MODULES)):
        shutil.copy(module, tree / "modules" / f"{number:02}-{module.name}")
    shutil.copy(HERE / "initramfs-init", tree / "init")
    (tree / "init").chmod(0o755)
    run("sh", "-c", f"find . | cpio -o -H newc --quiet > {output}", cwd=tree)


def make_root(release: str, root: Path) -> None:
    """The guest's root file system, nothing but the packages that the tests use."""
    run(
        "mmdebstrap", "-q", "--variant=custom", "--mode=root", f"--include={PACKAGES}",
        '--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/locale/*',
        '--dpkgopt=path-exclude=/usr/share/man/*', release, root, *mirrors(release),
    )  # fmt: skip
    shutil.copy(HERE / "guest-init", root / "sbin" / "guest-init")
    (root / "sbin" / "guest-init").chmod(0o755)
    for leftover in (*root.glob("var/lib/apt/lists/*"), *root.glob("var/cache/apt/*.bin")):
        if leftover.is_file():
            leftover.unlink()


def install_libraries(root: Path) -> None:
    """Put the core's dependencies into the guest, whatever Python this is."""
    python = next(root.glob("usr/bin/python3.[0-9]*")).name.removeprefix("python")
    platforms = [f"--platform=manylinux_2_{minor}_x86_64" for minor in GLIBC]
    run(
        sys.executable, "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check",
        "--no-compile", "--only-binary=:all:", f"--python-version={python}", *platforms,
        "--target", root / LIBRARIES, *dependencies(),
    )  # fmt: skip


def make_disk(root: Path, output: Path) -> None:
    """An ext4 image of the root file system, without what would be written at every boot."""
    used = int(run("du", "-sm", root).split()[0])
    run(
        "mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^metadata_csum,^64bit", "-m", "0",
        "-d", root, output, f"{used + used // 4 + 64}M",
    )  # fmt: skip


def construct(output: Path) -> None:
    """Build everything below a temporary folder, then give it its name in one step."""
    for leftover in output.parent.glob("building-*"):
        shutil.rmtree(leftover)
    kernel = kernel_package()
    with tempfile.TemporaryDirectory(dir=output.parent, prefix="building-") as name:
        work = Path(name)
        result = work / "lab"
        result.mkdir()
        with subprocess.Popen(
            [sys.executable, __file__, "--root", work / "root"], stdin=subprocess.DEVNULL
        ) as rootfs:
            tree, version = unpack_kernel(kernel, work)
            run(sys.executable, HERE / "bzimage.py", tree / "boot" / f"vmlinuz-{version}", result / "vmlinux")
        if rootfs.returncode:
            raise LabError("the guest's root file system could not be made; see mmdebstrap's words above")
        install_modules(tree, version, work / "root")
        install_libraries(work / "root")
        make_initramfs(work / "root", version, work, result / "initramfs.cpio")
        make_disk(work / "root", result / "root.img")
        (result / "version").write_text(version + "\n", "utf-8")
        os.rename(result, output)


def as_root() -> None:
    """Go on as root, keeping the cache's place; the files are given back by ``build``."""
    command = [
        "sudo",
        "-n",
        "env",
        f"CDEMU_LAB={cache()}",
        sys.executable,
        __file__,
        "--owner",
        str(os.getuid()),
    ]
    if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode:
        raise LabError("building the guest laboratory needs root or sudo without a password")


def build(owner: int | None = None) -> Path:
    """The laboratory's folder, built when it is not there. Raises LabError."""
    folder = cache() / fingerprint()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        if os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_UN)
            as_root()
        else:
            construct(folder)
            if owner is not None:
                run("chown", "-R", str(owner), folder)
    return folder


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--remove", action="store_true", help="remove every laboratory of this cache")
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--owner", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    try:
        if arguments.remove:
            shutil.rmtree(cache(), ignore_errors=True)
        elif arguments.root:
            make_root(codename(), arguments.root)
        else:
            print(build(arguments.owner))
    except LabError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
