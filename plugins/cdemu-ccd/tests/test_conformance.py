"""CloneCD images against the conformance kit."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdemu_core.api import Control, Evidence, PackType, SectorType, SessionType
from cdemu_core.disc.reader import DiscReader
from cdemu_core.loading.loader import ImageLoader, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.testing.discs import payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests

SYNC = b"\0" + b"\xff" * 10 + b"\0"
ENTRY = """[Entry {number}]
Session={session}
Point=0x{point:02x}
ADR=0x{adr:02x}
Control=0x{control:02x}
TrackNo=0
AMin=0
ASec=0
AFrame=0
ALBA=-150
Zero=0
PMin={pmin}
PSec={psec}
PFrame=0
PLBA={plba}
"""


def frames(kind: int | None, count: int, seed: int) -> bytes:
    """Raw frames: audio (None) or data of mode ``kind`` with sync and mode byte."""
    if kind is None:
        return payload(count * 2352, seed)
    head = SYNC + b"\x00\x02\x00" + bytes([kind])
    return b"".join(head + payload(2336, seed + n) for n in range(count))


def descriptor(rows: list[tuple[int, int, int, int, int]], extra: str = "", version: int = 3) -> str:
    """A CCD text; ``rows``: session, point, control, PSec, PLBA."""
    text = f"[CloneCD]\nVersion={version}\n[Disc]\nTocEntries={len(rows)}\nSessions=2\n"
    for number, (session, point, control, psec, plba) in enumerate(rows):
        adr = 5 if point in (0xB0, 0xC0) else 1
        text += ENTRY.format(
            number=number,
            session=session,
            point=point,
            adr=adr,
            control=control,
            pmin=1 if point == 0xA0 else 0,
            psec=psec,
            plba=plba,
        )
    return text + extra


ONE = [
    (1, 0xA0, 4, 0, 4350),
    (1, 0xA1, 0, 0, 8850),
    (1, 0xA2, 0, 0, 90),
    (1, 1, 4, 0, 0),
    (1, 2, 2, 0, 50),
]
TRACKS = """[TRACK 1]
MODE=1
INDEX 1=0
[TRACK 2]
MODE=0
ISRC=USRC17607839
INDEX 0=30
INDEX 1=50
INDEX 2=60
"""


def mixed(folder: Path) -> Path:
    """A data and an audio track with a stored pregap and sub-channel."""
    (folder / "mixed.ccd").write_text(descriptor(ONE, TRACKS).replace("Sessions=2", "CATALOG=0000000000017"))
    (folder / "mixed.img").write_bytes(frames(1, 30, 1) + frames(None, 60, 2))
    (folder / "mixed.sub").write_bytes(payload(90 * 96, 3))
    return folder / "mixed.ccd"


def two_sessions(folder: Path) -> Path:
    """An audio session and an XA session, with no .sub and a name in capitals."""
    rows = [
        (1, 0xA0, 0, 0, 4350),
        (1, 0xA2, 0, 0, 40),
        (1, 1, 0, 0, 0),
        (1, 0xB0, 0, 0, 0),
        (2, 0xA0, 4, 0x20, 8850),
        (2, 0xA2, 4, 0, 11520),
        (2, 2, 4, 0, 11440),
    ]
    (folder / "TWO.CCD").write_text(descriptor(rows, version=2))
    (folder / "TWO.IMG").write_bytes(frames(None, 40, 1) + frames(2, 80, 5))
    return folder / "TWO.CCD"


class TestCcd(ImageFormatTests):
    image_format = "ccd"
    least_evidence = Evidence.TEXT
    samples = (
        Sample(
            make=mixed,
            facts=DiscFacts(
                ((1, SectorType.MODE1, 0, 30), (1, SectorType.AUDIO, 50, 40)),
                mcn="0000000000017",
                isrcs=(None, "USRC17607839"),
            ),
        ),
        Sample(
            make=two_sessions,
            facts=DiscFacts(((1, SectorType.AUDIO, 0, 40), (2, SectorType.MODE2_MIXED, 11440, 80))),
        ),
    )


@pytest.fixture
def load():
    host = PluginHost()
    opened = []

    def load(path: Path):
        loaded = ImageLoader(host).load(LoadRequest((str(path),)))
        opened.append(loaded)
        return loaded

    yield load
    for loaded in opened:
        loaded.close()


def test_indices_control_and_stored_subchannel(load, tmp_path: Path) -> None:
    disc = load(mixed(tmp_path)).disc
    second = disc.tracks[1]
    assert second.control == Control.COPY_PERMITTED
    assert (second.pregap, [(i.number, i.address) for i in second.indices]) == (20, [(2, 30)])
    stored = (tmp_path / "mixed.sub").read_bytes()[10 * 96 : 11 * 96]
    assert DiscReader(disc).read_q(10) == stored[12:24]


def test_lead_out_and_points_of_the_first_session(load, tmp_path: Path) -> None:
    first, second = load(two_sessions(tmp_path)).disc.sessions
    assert first.leadout_length == 11440 - 150 - 40
    assert [point.point for point in first.toc_points] == [0xB0]
    assert second.type is SessionType.CD_ROM_XA


def test_cdtext_packs_get_their_crc(load, tmp_path: Path) -> None:
    pack = bytes([0x80, 0, 0, 0]) + b"Disc\0One\0Two"
    size = bytes([0x8F, 0, 1, 0, 0, 1, 2, 0]) + bytes(8)
    text = f"[CDText]\nEntries=2\nEntry 0={pack.hex(' ')}\nEntry 1={size.hex(' ')}\n"
    mixed(tmp_path)
    path = tmp_path / "mixed.ccd"
    path.write_text(path.read_text() + text)
    (block,) = load(path).disc.sessions[0].cdtext
    assert block.texts[PackType.TITLE, 0] == b"Disc"
    assert block.texts[PackType.TITLE, 1] == b"One"


def test_scrambled_data_is_recognised_by_its_mode_byte(load, tmp_path: Path) -> None:
    mixed(tmp_path)
    image = tmp_path / "mixed.img"
    data = bytearray(image.read_bytes())
    for sector in range(30):
        data[sector * 2352 + 15] ^= 0x60
    image.write_bytes(data)
    track = load(tmp_path / "mixed.ccd").disc.tracks[0]
    assert track.sector_type is SectorType.MODE1
    assert track.fragments[-1].main.scrambled


def test_a_short_image_is_refused_naming_the_track(load, tmp_path: Path) -> None:
    from cdemu_core.errors import CorruptImage

    mixed(tmp_path)
    (tmp_path / "mixed.img").write_bytes(frames(1, 30, 1))
    with pytest.raises(CorruptImage, match="Track 2"):
        load(tmp_path / "mixed.ccd")


def test_a_wrapped_address_of_a_long_disc_is_taken_from_its_time(load, tmp_path: Path) -> None:
    rows = [(1, 0xA2, 0, 0, -45000), (1, 1, 0, 2, 0), (1, 2, 0, 0, -45150)]
    text = descriptor(rows)
    for plba, minute in ((-45000, 90), (-45150, 90)):
        text = text.replace(
            f"PMin=0\nPSec=0\nPFrame=0\nPLBA={plba}", f"PMin={minute}\nPSec=0\nPFrame=0\nPLBA={plba}"
        )
    text = text.replace("PSec=0\nPFrame=0\nPLBA=-45000", "PSec=2\nPFrame=0\nPLBA=-45000")
    (tmp_path / "long.ccd").write_text(text)
    with (tmp_path / "long.img").open("wb") as image:
        image.truncate(405000 * 2352)
    disc = load(tmp_path / "long.ccd").disc
    assert [(t.index1, t.end) for t in disc.tracks] == [(0, 404850), (404850, 405000)]
