"""Settings as a choice of road."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..transport.iscsi.chap import Credentials
from ..transport.iscsi.portal import IscsiSettings
from ..transport.port import Road
from ..transport.roads import ROADS, Factory, RoadSettings, choose
from .config import Settings

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def credentials(settings: Settings) -> Credentials | None:
    """CHAP user and secret; None where neither is set.

    Raises:
        ConfigError: one of them is missing, or the secret cannot be read.
    """
    user, path = settings.iscsi_user, settings.iscsi_secret_file
    if user is None and path is None:
        return None
    if user is None or path is None:
        raise ConfigError("CHAP needs both iscsi-user and iscsi-secret-file.")
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"The iSCSI secret file {path} cannot be read: {problem}.") from problem
    return Credentials(user, secret)


def road_settings(settings: Settings) -> RoadSettings:
    """What the roads are told. Raises ConfigError."""
    iscsi = IscsiSettings(
        address=settings.iscsi_address, port=settings.iscsi_port, credentials=credentials(settings)
    )
    return RoadSettings(vhba_node=settings.ctl_device, iscsi=iscsi)


def plugin_roads() -> dict[str, Factory]:
    """Roads of plugins by name; asking for them discovers the plugins."""
    from ..plugin.host import PluginHost

    return {name: transport.factory for name, transport in PluginHost().transports.items()}


def all_roads(settings: Settings) -> list[Road]:
    """Every road there is, best first."""
    told = road_settings(settings)
    return [make(told) for make in {**ROADS, **plugin_roads()}.values()]


def road_finder(settings: Settings, logger: FilteringBoundLogger) -> Callable[[], Road]:
    """What looks for a road that works now; it raises PortUnavailable while there is none.

    Raises:
        ConfigError: the settings name no road, or an unreadable secret.
    """
    told = road_settings(settings)

    def find() -> Road:
        road, why = choose(settings.road.split(","), told, plugin_roads)
        logger.info(f"Drives take the road {road.name}. {why}")
        return road

    return find
