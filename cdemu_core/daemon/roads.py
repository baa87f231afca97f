"""Settings as a choice of road."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import PortUnavailable
from ..transport.loopback import LoopbackRoad
from ..transport.port import Road
from ..transport.vhba import VhbaRoad
from .config import Settings


def all_roads(settings: Settings) -> list[Road]:
    """Every road there is, best first."""
    return [VhbaRoad(settings.ctl_device), LoopbackRoad()]


def road_finder(settings: Settings) -> Callable[[], Road]:
    """What looks for a road that works now; it raises PortUnavailable while there is none."""

    def find() -> Road:
        name = "vhba" if settings.road == "auto" else settings.road
        road = {road.name: road for road in all_roads(settings)}[name]
        state = road.probe()
        if not state.available:
            raise PortUnavailable(state.reason, cure=state.cure)
        return road

    return find
