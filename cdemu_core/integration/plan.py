"""Which files there are for a layout, and their contents: a pure function of what the caller knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import NamedTuple

from . import mime
from .layout import Layout
from .quoting import percent, plain

BUS_NAME = "net.sf.cdemu.CDEmuDaemon"
RULES = "60-cdemu-vhba.rules"
"""Below 70, where the tag uaccess is read."""


class Facts(NamedTuple):
    """What the files say: programs by absolute path, texts made by the programs themselves.

    ``completions`` by shell; ``manuals`` by file name, e.g. ``cdemu.1``; ``group`` may use the daemon of the
    system bus and the control device; ``modules`` are kernel modules to load.
    """

    client: str
    daemon: str
    types: Sequence[mime.FileType]
    completions: Mapping[str, str]
    manuals: Mapping[str, str]
    group: str | None = None
    modules: Sequence[str] = ()


def render(template: str, **values: str) -> str:
    """A template of this package, filled in."""
    text = files(__package__).joinpath("templates", template).read_text("utf-8")
    return Template(text).substitute(values)


def _group_policy(group: str | None) -> str:
    if group is None:
        return ""
    return (
        f'  <policy group="{group}">\n'
        f'    <allow send_destination="{BUS_NAME}"/>\n'
        "  </policy>\n"
    )  # fmt: skip


def session_files(layout: Layout, facts: Facts) -> dict[str, str]:
    """The daemon of a session: activation, with and without systemd."""
    return {
        f"{layout.session_services}/{BUS_NAME}.service": render(
            "session.service", daemon=plain(facts.daemon)
        ),
        f"{layout.user_units}/cdemu-daemon.service": render("user.unit", daemon_unit=percent(facts.daemon)),
    }


def desktop_files(layout: Layout, facts: Facts) -> dict[str, str]:
    """File manager, shells, manual."""
    share = layout.share
    types = mime.claimed(facts.types)
    found = {
        f"{share}/applications/cdemu-load.desktop": render(
            "load.desktop",
            client_desktop=percent(facts.client),
            mime_types="".join(f"{name};" for name in types),
        ),
        f"{share}/mime/packages/cdemu.xml": mime.package(facts.types),
    }
    places = {
        "bash": "bash-completion/completions/cdemu",
        "zsh": "zsh/site-functions/_cdemu" if layout.system is False else "zsh/vendor-completions/_cdemu",
        "fish": "fish/vendor_completions.d/cdemu.fish",
    }
    found |= {f"{share}/{places[shell]}": text for shell, text in facts.completions.items()}
    found |= {f"{share}/man/man{name[-1]}/{name}": text for name, text in facts.manuals.items()}
    return found


def system_files(layout: Layout, facts: Facts) -> dict[str, str]:
    """What only root can put in: the system bus's daemon, the control device, the package's description."""
    group = facts.group
    media = "".join(f"    <mediatype>{name}</mediatype>\n" for name in mime.claimed(facts.types))
    found = {
        f"{layout.system_services}/{BUS_NAME}.service": render("system.service", daemon=plain(facts.daemon)),
        f"{layout.system_units}/cdemu-daemon.service": render(
            "system.unit", daemon_unit=percent(facts.daemon)
        ),
        f"{layout.bus_policy}/{BUS_NAME}.conf": render(
            "bus-policy.conf",
            group_policy=_group_policy(group),
            group_note=f" and the group {group}" if group else "",
        ),
        f"{layout.udev_rules}/{RULES}": render(
            "vhba.rules", group_rule=f', GROUP="{group}", MODE="0660"' if group else ""
        ),
        f"{layout.share}/metainfo/net.sf.cdemu.cdemu.metainfo.xml": render("metainfo.xml", media_types=media),
    }
    if facts.modules:
        found[f"{layout.modules}/cdemu.conf"] = render("modules.conf", modules="\n".join(facts.modules))
    return found


def plan(layout: Layout, facts: Facts) -> dict[str, bytes]:
    """Contents by absolute path, in the order of the paths."""
    found = {**session_files(layout, facts), **desktop_files(layout, facts)}
    if layout.system:
        found |= system_files(layout, facts)
    return {path: found[path].encode() for path in sorted(found)}
