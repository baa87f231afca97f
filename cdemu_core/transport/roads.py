"""Which roads there are, and which one to take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

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


Factory = Callable[[RoadSettings], Road]
ROADS: dict[str, Factory] = {
    "vhba": lambda settings: vhba.VhbaRoad(settings.vhba_node),
    "usbip": _usbip,
    "tcmu": _tcmu,
    "iscsi": _iscsi,
    "loopback": _loopback,
}
AUTO = ("vhba", "usbip", "tcmu", "iscsi")  # the best first; roads of plugins follow


def choose(
    preference: Sequence[str] | str,
    settings: RoadSettings,
    more: Callable[[], Mapping[str, Factory]] = dict,
) -> tuple[Road, str]:
    """The first road of ``preference`` ("auto", a name, or several) that works here.

    ``more`` gives roads beside the core's own; it is called only if those do not do. The second value
    explains the choice, with a sentence for each road looked at. Raises ConfigError for an unknown name
    and PortUnavailable, with the first road's cure, when none works.
    """
    names: Sequence[str] = (preference,) if isinstance(preference, str) else preference
    roads = ROADS
    if not names or set(names) - {"auto", *ROADS}:
        roads = {**ROADS, **more(), **ROADS}
        _refuse_unknown(names, roads)
    reasons: list[str] = []
    cure: str | None = None
    for name, factory in _in_order(names, roads, more):
        road = factory(settings)
        state = road.probe()
        reasons.append(f"{name}: {state.reason}")
        if state.available:
            return road, " ".join(reasons)
        road.close()
        cure = cure or state.cure
    raise PortUnavailable(f"No road to the drives works here. {' '.join(reasons)}", cure=cure)


def _refuse_unknown(names: Sequence[str], roads: Mapping[str, Factory]) -> None:
    unknown = [name for name in names if name != "auto" and name not in roads]
    if unknown or not names:
        known = ", ".join(["auto", *roads])
        raise ConfigError(f"There is no road called {', '.join(unknown) or 'nothing'}; choose from: {known}.")


def _in_order(
    names: Sequence[str], roads: Mapping[str, Factory], more: Callable[[], Mapping[str, Factory]]
) -> Iterator[tuple[str, Factory]]:
    """Each road once, in the order to look at them."""
    seen: set[str] = set()
    for name in names:
        for found, factory in _automatic(more) if name == "auto" else [(name, roads[name])]:
            if found not in seen:
                seen.add(found)
                yield found, factory


def _automatic(more: Callable[[], Mapping[str, Factory]]) -> Iterator[tuple[str, Factory]]:
    yield from ((name, ROADS[name]) for name in AUTO)
    yield from more().items()
