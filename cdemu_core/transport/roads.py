"""Which roads there are, and which one to take."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from ..errors import ConfigError, PortUnavailable
from . import vhba
from .iscsi.portal import IscsiSettings
from .port import Road


@attrs.frozen
class RoadSettings:
    """What roads can be told."""

    vhba_node: str = vhba.NODE
    iscsi: IscsiSettings = attrs.field(factory=IscsiSettings)


def _iscsi(settings: RoadSettings) -> Road:
    from .iscsi.port import IscsiRoad

    return IscsiRoad(settings.iscsi)


def _usbip(settings: RoadSettings) -> Road:
    from .usbip.port import UsbipRoad

    return UsbipRoad()


def _tcmu(settings: RoadSettings) -> Road:
    from .tcmu.port import TcmuRoad

    return TcmuRoad()


def _loopback(settings: RoadSettings) -> Road:
    from .loopback import LoopbackRoad

    return LoopbackRoad()


ROADS: dict[str, Callable[[RoadSettings], Road]] = {
    "vhba": lambda settings: vhba.VhbaRoad(settings.vhba_node),
    "usbip": _usbip,
    "tcmu": _tcmu,
    "iscsi": _iscsi,
    "loopback": _loopback,
}
AUTO = ("vhba", "usbip", "tcmu", "iscsi")  # the best first


def choose(preference: Sequence[str] | str, settings: RoadSettings) -> tuple[Road, str]:
    """The first road of ``preference`` ("auto", a name, or several) that works here.

    The second value explains the choice, with a sentence for each road looked at. Raises ConfigError
    for an unknown name and PortUnavailable, with the first road's cure, when none works.
    """
    names: Sequence[str] = (preference,) if isinstance(preference, str) else preference
    wanted = [road for name in names for road in (AUTO if name == "auto" else (name,))]
    unknown = [name for name in wanted if name not in ROADS]
    if unknown or not wanted:
        known = ", ".join(["auto", *ROADS])
        raise ConfigError(f"There is no road called {', '.join(unknown) or 'nothing'}; choose from: {known}.")
    reasons: list[str] = []
    cure: str | None = None
    for name in dict.fromkeys(wanted):
        road = ROADS[name](settings)
        state = road.probe()
        reasons.append(f"{name}: {state.reason}")
        if state.available:
            return road, " ".join(reasons)
        road.close()
        cure = cure or state.cure
    raise PortUnavailable(f"No road to the drives works here. {' '.join(reasons)}", cure=cure)
