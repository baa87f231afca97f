"""Blank discs: written through the drive, found again as images."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from struct import pack

import pytest

from cdemu_core.daemon.daemon import Daemon
from cdemu_core.errors import InvalidWriterParameter, StreamError
from cdemu_core.testing.discs import iso_payload, payload

Run = Callable[..., None]
CLOSE_TRACK, CLOSE_SESSION = "5B 00 01 00 00 01 00 00 00 00", "5B 00 02 00 00 00 00 00 00 00"
FINALISE = "5B 00 06 00 00 00 00 00 00 00"
READY = "00 00 00 00 00 00"


class Writer:
    """Sends commands to drive 0."""

    def __init__(self, port: object) -> None:
        self.port = port

    async def __call__(self, cdb: str, data: bytes = b"", room: int = 0) -> bytes:
        submit = self.port.submit  # type: ignore[attr-defined]
        reply = await asyncio.wrap_future(submit(bytes.fromhex(cdb), room, data))
        assert reply.status == 0, (cdb, reply.sense.hex(" "))
        await asyncio.sleep(0.01)
        return bytes(reply.data)

    async def write(self, lba: int, data: bytes, size: int = 2048) -> None:
        for first in range(0, len(data) // size, 32):
            part = data[first * size : (first + 32) * size]
            await self(pack(">BBixHB", 0x2A, 0, lba + first, len(part) // size, 0).hex(), part)

    async def audio_mode(self) -> None:
        page = bytearray((await self("5A 00 05 00 00 00 00 01 00 00", room=256))[8:])
        page[3], page[4] = 0, 0
        await self("55 10 00 00 00 00 00 00 3C 00", bytes(8) + page)


async def ready(house: object) -> Writer:
    """The attention of the new disc taken."""
    port = house.road.ports[0]  # type: ignore[attr-defined]
    await asyncio.wrap_future(port.submit(bytes(6), 0))
    return Writer(port)


async def blank(daemon: Daemon, path: Path, medium: str = "cdr80", writer: str = "WRITER-ISO") -> None:
    await daemon.create_blank(0, str(path), {"writer-id": writer, "medium-type": medium})


@pytest.mark.parametrize("medium", ["cdr74", "cdr80", "cdr90", "cdr99", "dvd+r", "bdr"])
def test_what_was_written_is_loaded_again(house: Run, tmp_path: Path, medium: str) -> None:
    path, data = tmp_path / "burnt.iso", iso_payload(320)

    async def scenario(h: object) -> None:
        daemon = h.daemon  # type: ignore[attr-defined]
        await blank(daemon, path, medium)
        assert daemon.status(0) == (True, [str(path)])
        send = await ready(h)
        await send.write(0, data)
        assert await send("28 00 00 00 00 10 00 00 10 00", room=65536) == data[16 * 2048 : 32 * 2048]
        await send(CLOSE_TRACK)
        h.heard.signals.clear()  # type: ignore[attr-defined]
        await send(CLOSE_SESSION if medium.startswith("cd") else FINALISE)
        assert h.heard.signals == [("status", 0)]  # type: ignore[attr-defined]
        assert path.read_bytes() == data
        assert daemon.status(0) == (True, [str(path)])
        await daemon.unload(0)
        assert daemon.status(0) == (False, [])
        assert [file.name for file in tmp_path.iterdir()] == ["burnt.iso"]
        await daemon.load(0, [str(path)], {})
        await ready(h)
        assert await send("28 00 00 00 00 00 00 01 40 00", room=1 << 20) == data

    house(scenario)


def test_two_audio_tracks_through_a_toc_file(house: Run, tmp_path: Path) -> None:
    path, sound = tmp_path / "songs.toc", payload(640 * 2352)

    async def scenario(h: object) -> None:
        daemon = h.daemon  # type: ignore[attr-defined]
        await blank(daemon, path, writer="writer-toc")
        send = await ready(h)
        await send.audio_mode()
        await send.write(0, sound[: 320 * 2352], 2352)
        await send(CLOSE_TRACK)
        await send.write(470, sound[320 * 2352 :], 2352)
        await send(CLOSE_TRACK)
        await send(CLOSE_SESSION)
        before = await send("43 00 00 00 00 00 00 01 00 00", room=256)
        await daemon.unload(0)
        await daemon.load(0, [str(path)], {})
        await ready(h)
        assert await send("43 00 00 00 00 00 00 01 00 00", room=256) == before
        assert await send("BE 04 00 00 01 D6 00 01 40 10 00 00", room=1 << 20) == sound[320 * 2352 :]

    house(scenario)


def test_complete_tracks_outlive_the_drive(house: Run, tmp_path: Path) -> None:
    path, data = tmp_path / "kept.iso", iso_payload(320)

    async def scenario(h: object) -> None:
        await blank(h.daemon, path)  # type: ignore[attr-defined]
        send = await ready(h)
        await send.write(0, data)
        await send(CLOSE_TRACK)
        assert not path.exists()
        await h.daemon.remove_device()  # type: ignore[attr-defined]
        assert path.read_bytes() == data

    house(scenario)
    assert [file.name for file in tmp_path.iterdir()] == ["kept.iso"]


def test_a_blank_disc_leaves_nothing(house: Run, tmp_path: Path) -> None:
    async def scenario(h: object) -> None:
        await blank(h.daemon, tmp_path / "never.iso")  # type: ignore[attr-defined]
        send = await ready(h)
        await send.write(0, bytes(2048))
        assert len(list(tmp_path.iterdir())) == 1
        await h.daemon.unload(0)  # type: ignore[attr-defined]
        assert not list(tmp_path.iterdir())

    house(scenario)


def test_requests_that_cannot_be_met_change_nothing(house: Run, tmp_path: Path) -> None:
    async def scenario(h: object) -> None:
        daemon = h.daemon  # type: ignore[attr-defined]
        with pytest.raises(StreamError, match="another folder"):
            await blank(daemon, tmp_path / "missing" / "disc.iso")
        with pytest.raises(InvalidWriterParameter):
            await blank(daemon, tmp_path / "disc.iso", "DVD+R", "WRITER-TOC")
        assert daemon.status(0) == (False, [])
        assert ("status", 0) not in h.heard.signals  # type: ignore[attr-defined]
        await daemon.create_blank(0, str(tmp_path / "d.iso"), {"Writer-ID": "writer-iso", "writer.nope": 1})
        await daemon.unload(0)

    house(scenario)
    assert not list(tmp_path.iterdir())


def test_an_image_that_cannot_be_made_is_an_error_of_the_medium(house: Run, tmp_path: Path) -> None:
    path = tmp_path / "taken"

    async def scenario(h: object) -> None:
        await blank(h.daemon, path)  # type: ignore[attr-defined]
        send = await ready(h)
        await send.write(0, iso_payload(320))
        (tmp_path / "taken.iso").mkdir()
        reply = await h.command(CLOSE_SESSION)  # type: ignore[attr-defined]
        assert (reply.sense[2], reply.sense[12]) == (3, 0x0C)
        (tmp_path / "taken.iso").rmdir()
        await h.daemon.unload(0)  # type: ignore[attr-defined]
        assert (tmp_path / "taken.iso").read_bytes() == iso_payload(320)

    house(scenario)
    assert [file.name for file in tmp_path.iterdir()] == ["taken.iso"]
