"""The choice among roads."""

from __future__ import annotations

import pytest

from cdemu_core.errors import ConfigError, PortUnavailable
from cdemu_core.transport import roads, vhba
from cdemu_core.transport.iscsi.portal import IscsiSettings
from cdemu_core.transport.port import RoadState
from cdemu_core.transport.roads import RoadSettings, choose


@pytest.fixture
def nothing(tmp_path) -> RoadSettings:
    """Neither vhba nor iSCSI can work."""
    return RoadSettings(str(tmp_path / "vhba_ctl"), IscsiSettings(address="0.0.0.0"))


def test_auto_takes_vhba_where_its_node_opens(tmp_path):
    node = tmp_path / "vhba_ctl"
    node.touch()
    road, explanation = choose("auto", RoadSettings(str(node)))
    assert road.name == "vhba"
    assert explanation == f"vhba: {node} can be opened."


def test_auto_falls_back_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(roads, "AUTO", ("vhba", "iscsi"))
    road, explanation = choose("auto", RoadSettings(str(tmp_path / "vhba_ctl")))
    assert road.name == "iscsi"
    assert explanation.startswith(f"vhba: {tmp_path / 'vhba_ctl'} does not exist")
    assert "iscsi: Drives are reachable" in explanation


def test_order_of_preference(nothing):
    assert choose(["iscsi", "loopback"], nothing)[0].name == "loopback"
    assert choose("loopback", nothing)[0].name == "loopback"


def test_nothing_works(nothing):
    with pytest.raises(PortUnavailable, match="No road") as caught:
        choose(["vhba", "iscsi"], nothing)
    assert caught.value.cure in (vhba.CURE_INSTALL, vhba.CURE_LOAD, vhba.CURE_SIGN)
    assert "CHAP" in str(caught.value)


@pytest.mark.parametrize("preference", ["carrier-pigeon", [], ["vhba", "tin-can"]])
def test_unknown_roads(preference):
    with pytest.raises(ConfigError, match="choose from: auto, vhba"):
        choose(preference, RoadSettings())


class Pigeon:
    """A road of a plugin."""

    name = "pigeon"

    def probe(self) -> RoadState:
        return RoadState(True, "Pigeons fly.")


def test_auto_prefers_roads_without_a_module_to_build():
    assert roads.AUTO == ("vhba", "usbip", "tcmu", "iscsi")


def test_plugins_roads_come_after_the_cores_own(nothing, monkeypatch):
    monkeypatch.setattr(roads, "AUTO", ("vhba", "iscsi"))
    assert choose("auto", nothing, lambda: {"pigeon": lambda told: Pigeon()})[0].name == "pigeon"


def test_a_plugins_road_by_name(nothing):
    road, why = choose(["vhba", "pigeon"], nothing, lambda: {"pigeon": lambda told: Pigeon()})
    assert road.name == "pigeon"
    assert why.startswith("vhba: ")
    assert why.endswith("pigeon: Pigeons fly.")


def test_plugins_are_not_asked_while_the_cores_roads_do():
    def asked():
        raise AssertionError("plugins were discovered")

    assert choose("loopback", RoadSettings(), asked)[0].name == "loopback"
