"""Options of images, and a drive that appears under a new name."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.cli.verbs.devices import load_parameters
from cdemu_core.daemon.remembered import KEPT, RememberedImages
from cdemu_core.errors import ConfigError

Run = Callable[..., None]
INQUIRY = "12 00 00 00 60 00"
NAMES = ("ACME", "Reader", "2.0", "somewhere")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the options are kept."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "cdemu" / "images.json"


def test_an_image_gets_its_options_back(house: Run, image: str, settings: Path) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.set_option(0, "dpm-emulation", "b", True)
        await h.daemon.load(0, [image], {"remember": True})
        await h.daemon.unload(0)
        await h.daemon.set_option(0, "dpm-emulation", "b", False)
        h.heard.signals.clear()
        await h.daemon.load(0, [image], {})
        assert h.daemon.get_option(0, "dpm-emulation") == ("b", True)
        assert h.heard.signals[0] == ("option", 0, "dpm-emulation")

    house(scenario)
    (entry,) = json.loads(settings.read_text("utf-8")).values()
    assert entry == {name: name == "dpm-emulation" for name in KEPT}


def test_nothing_is_kept_unasked(house: Run, image: str, settings: Path) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})

    house(scenario)
    assert not settings.exists()


def test_a_replaced_file_is_another_image(tmp_path: Path) -> None:
    image = tmp_path / "a.iso"
    image.write_bytes(bytes(2048))
    kept = RememberedImages()
    kept.remember(str(image), dict.fromkeys(KEPT, True))
    assert kept.options(str(image)) == dict.fromkeys(KEPT, True)
    image.write_bytes(bytes(4096))
    assert kept.options(str(image)) == {}


@pytest.mark.parametrize("text", ["{", "[]", "\udcff"])
def test_a_damaged_file_is_named_and_stops_no_load(house: Run, image: str, settings: Path, text: str) -> None:
    settings.parent.mkdir(parents=True)
    settings.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"images\.json"):
        RememberedImages().options(image)

    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {"remember": True})
        assert h.daemon.status(0) == (True, [image])

    house(scenario)


def test_entries_that_are_no_options_are_left_out(settings: Path, image: str) -> None:
    RememberedImages().remember(image, dict.fromkeys(KEPT, True))
    images = json.loads(settings.read_text("utf-8"))
    for entry in images.values():
        entry.update({"dpm-emulation": "yes", "colour": "red"})
    settings.write_text(json.dumps(images), "utf-8")
    found = RememberedImages().options(image)
    assert found == {name: True for name in KEPT if name != "dpm-emulation"}


def test_a_new_identity_makes_the_drive_appear_anew(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})
        await asyncio.sleep(0.1)
        h.heard.signals.clear()
        gone = asyncio.wrap_future(h.road.ports[0].submit(bytes(6)))
        await asyncio.wait([gone])
        opened: list[int] = []
        port, before = h.road.ports[0], h.road.ports[0].open
        port.open = lambda: (opened.append(1), before())[1]
        await h.daemon.set_option(0, "device-id", "(ssss)", NAMES)
        await asyncio.sleep(0.2)
        assert opened == [1]
        assert h.heard.signals == [("option", 0, "device-id")]
        assert h.daemon.status(0) == (True, [image])
        assert (await h.command(INQUIRY, 96)).data[8:36] == b"ACME    Reader          2.0 "
        await h.daemon.set_option(0, "device-id", "(ssss)", NAMES)
        assert opened == [1], "the same identity again changes nothing"

    house(scenario)


def test_a_drive_in_use_keeps_its_place(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})
        await h.command("00 00 00 00 00 00")
        await h.command("1E 00 00 00 01 00")
        opened: list[int] = []
        h.road.ports[0].open = lambda: opened.append(1)
        await h.daemon.set_option(0, "device-id", "(ssss)", NAMES)
        await asyncio.sleep(0.1)
        assert opened == []
        assert (await h.command(INQUIRY, 96)).data[8:12] == b"ACME"

    house(scenario)


def test_the_client_asks_for_it_with_an_option() -> None:
    arguments = argparse.Namespace(encoding=None, password_file=None, remember=True)
    assert load_parameters(arguments) == {"remember": True}
