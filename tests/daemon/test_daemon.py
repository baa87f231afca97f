"""The daemon's verbs, and what the drives do by themselves."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdemu_core.audio.sink import choose_sink
from cdemu_core.daemon import daemon as daemon_module
from cdemu_core.errors import (
    AlreadyLoaded,
    DriveError,
    ImageError,
    InvalidOption,
    MissingFile,
    NoSuchDrive,
    PortUnavailable,
    UnknownWriter,
)
from cdemu_core.testing.discs import payload
from cdemu_core.transport.port import Road

LOCK, UNLOCK, EJECT = "1e0000000100", "1e0000000000", "1b0000000200"
READ_16 = "28000000001000000100"
PLAY_FROM_100 = "4500000000640007d000"
GET_MEDIA_EVENT = "4a010000100000000800"

Run = Callable[..., None]


def open_files(path: str) -> int:
    """How many descriptors of this process are open on ``path``."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}") == path
        except OSError:
            continue
    return count


def cdemu_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith(("cdemu-drive", "cdemu-audio"))]


def test_a_loaded_disc_can_be_read(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})
        await h.command(READ_16, 2048)  # the attention after the change
        reply = await h.command(READ_16, 2048)
        assert reply.data[1:6] == b"CD001"

    house(scenario)


@pytest.mark.parametrize("way", ["unload", "eject", "remove", "stop"])
def test_files_are_closed_by_whatever_way_the_disc_leaves(house: Run, image: str, way: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})
        assert open_files(image) == 1
        h.heard.signals.clear()
        if way == "unload":
            await h.daemon.unload(0)
        elif way == "eject":
            assert (await h.command(EJECT)).status in (0, 2)
            await h.command(EJECT)
        elif way == "remove":
            await h.daemon.remove_device()
        else:
            return
        await asyncio.sleep(0.1)
        assert open_files(image) == 0
        assert h.heard.signals[0] == ("status", 0)

    house(scenario)
    assert open_files(image) == 0
    assert cdemu_threads() == []


def test_a_locked_drive_takes_the_request_and_keeps_the_disc(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})
        await h.command(LOCK)  # reports the change
        assert (await h.command(LOCK)).status == 0
        await h.daemon.unload(0)
        assert h.daemon.status(0) == (True, [image])
        event = (await h.command(GET_MEDIA_EVENT, 8)).data
        assert event[4] & 0x0F in (1, 2)  # an eject request, or the new medium before it
        assert (await h.command(UNLOCK)).status == 0
        assert (await h.command(EJECT)).status == 0
        assert h.daemon.status(0) == (False, [])
        assert ("status", 0) in h.heard.signals

    house(scenario)


def test_refusals(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        for number in (-1, 1, 99):
            with pytest.raises(NoSuchDrive):
                h.daemon.status(number)
        with pytest.raises(ImageError, match="No image file"):
            await h.daemon.load(0, [], {})
        with pytest.raises(MissingFile):
            await h.daemon.load(0, ["/nonexistent/x.iso"], {})
        with pytest.raises(InvalidOption):
            h.daemon.get_option(0, "nope")
        await h.daemon.load(0, [image], {"format": "iso"})
        with pytest.raises(AlreadyLoaded):
            await h.daemon.load(0, ["/nonexistent/x.iso"], {})

    house(scenario)


def test_two_loads_of_one_drive_are_told_apart(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        loads = [h.daemon.load(0, [image], {}) for _ in range(4)]
        results = await asyncio.gather(*loads, return_exceptions=True)
        assert [type(result) for result in results] == [type(None)] + [AlreadyLoaded] * 3
        assert open_files(image) == 1

    house(scenario)


def test_blank_requests_are_checked(house: Run, tmp_path: Path) -> None:
    async def scenario(h: Any) -> None:
        path = str(tmp_path / "blank.iso")
        with pytest.raises(InvalidOption, match="medium type"):
            await h.daemon.create_blank(0, path, {"writer-id": "WRITER-ISO", "medium-type": "floppy"})
        with pytest.raises(DriveError, match="No image writer"):
            await h.daemon.create_blank(0, path, {"medium-type": "cdr80"})
        with pytest.raises(UnknownWriter):
            await h.daemon.create_blank(0, path, {"writer-id": "NOPE", "medium-type": "cdr80"})
        assert h.daemon.status(0) == (False, [])

    house(scenario)


def test_options_reach_the_drive(house: Run) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.set_option(0, "device-id", "(ssss)", ["Vendor", "Product", "9.9", "x"])
        inquiry = (await h.command("120000002400", 36)).data
        assert inquiry[8:36] == b"Vendor  Product         9.9 "
        assert h.heard.signals[-1] == ("option", 0, "device-id")

    house(scenario)


def test_mappings_are_told_after_the_addition(house: Run) -> None:
    async def scenario(h: Any) -> None:
        await asyncio.sleep(0.1)
        assert h.heard.signals == [("mapping", 0)]
        await h.daemon.add_device()
        await asyncio.sleep(0.1)
        assert h.heard.signals == [("mapping", 0), ("added",), ("mapping", 1)]
        assert h.daemon.mapping(1).url == "loopback:1"

    house(scenario)


def test_the_disc_stays_over_a_sleep(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [image], {})
        await asyncio.sleep(0.1)
        h.heard.signals.clear()
        await h.daemon.suspend()
        assert h.daemon.mapping(0).url == ""
        await h.daemon.resume()
        await asyncio.sleep(0.2)
        assert h.heard.signals == [("mapping", 0)]
        assert h.daemon.mapping(0).url == "loopback:0"
        assert h.daemon.status(0) == (True, [image])
        await h.command(READ_16, 2048)  # power on
        assert (await h.command(READ_16, 2048)).data[1:6] == b"CD001"

    house(scenario)


def test_drives_appear_when_the_road_works(house: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon_module, "RETRY_SECONDS", 0.05)
    works: list[Road] = []

    def find() -> Road:
        if not works:
            raise PortUnavailable("There is no road yet.", cure="Wait.")
        return works[0]

    async def scenario(h: Any) -> None:
        assert h.daemon.number_of_devices == 0
        with pytest.raises(PortUnavailable):
            await h.daemon.add_device()
        works.append(h.road)
        await asyncio.sleep(0.4)
        assert h.daemon.number_of_devices == 2
        assert h.heard.signals.count(("added",)) == 2

    house(scenario, drives=2, find_road=find)


def test_only_the_last_drive_goes(house: Run) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.remove_device()
        await h.daemon.remove_device()
        assert h.daemon.number_of_devices == 0
        with pytest.raises(DriveError):
            await h.daemon.remove_device()

    house(scenario, drives=2)


def test_stopping_is_quick_and_leaves_no_thread(house: Run, image: str) -> None:
    async def scenario(h: Any) -> None:
        await h.daemon.load(3, [image], {})

    began = time.monotonic()
    house(scenario, drives=8)
    assert time.monotonic() - began < 5
    assert cdemu_threads() == []


def test_playback_is_heard_and_ends_with_the_disc(house: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "audio.cue"
    (tmp_path / "audio.bin").write_bytes(payload(2352 * 3000))
    sheet.write_text('FILE "audio.bin" BINARY\n TRACK 01 AUDIO\n  INDEX 01 00:00:00\n', "utf-8")
    heard = tmp_path / "heard.wav"

    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [str(sheet)], {})
        await h.command(PLAY_FROM_100)  # the attention after the change
        assert (await h.command(PLAY_FROM_100)).status == 0
        await asyncio.sleep(0.5)
        await h.daemon.unload(0)
        await asyncio.sleep(0.5)
        assert open_files(str(tmp_path / "audio.bin")) == 0

    house(scenario, make_sink=choose_sink(f"wav:{heard}"))
    with wave.open(str(heard)) as file:
        data = file.readframes(file.getnframes())
    assert len(data) >= 15 * 2352
    assert data == payload(2352 * 3000)[100 * 2352 :][: len(data)]


def test_the_volume_that_a_host_sets_is_heard(house: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "audio.cue"
    (tmp_path / "audio.bin").write_bytes(payload(2352 * 3000))
    sheet.write_text('FILE "audio.bin" BINARY\n TRACK 01 AUDIO\n  INDEX 01 00:00:00\n', "utf-8")
    heard = tmp_path / "heard.wav"
    page = bytes(8) + bytes.fromhex("0E 0E 00 00 00 00 4B 4B 02 FF 00 00 00 00 00 00")

    async def scenario(h: Any) -> None:
        await h.daemon.load(0, [str(sheet)], {})
        await h.command(PLAY_FROM_100)  # the attention after the change
        select = bytes.fromhex("55 10 00 00 00 00 00 00 18 00")
        reply = await asyncio.wrap_future(h.road.ports[0].submit(select, 0, page))
        assert reply.status == 0
        await asyncio.sleep(0.05)
        assert (await h.command(PLAY_FROM_100)).status == 0
        await asyncio.sleep(0.5)
        await h.daemon.unload(0)
        await asyncio.sleep(0.3)

    house(scenario, make_sink=choose_sink(f"wav:{heard}"))
    with wave.open(str(heard)) as file:
        data = file.readframes(file.getnframes())
    assert len(data) >= 15 * 2352
    plain = payload(2352 * 3000)[100 * 2352 :][: len(data)]
    frames = [plain[at + 2 : at + 4] + bytes(2) for at in range(0, len(plain), 4)]
    assert data == b"".join(frames), "the right channel on the left, the right muted"
