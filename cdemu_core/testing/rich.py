"""Discs that have what formats may lose: texts, codes, indices, forms, sessions, sub-channel, odd sectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..disc.cdtext import text_block
from ..disc.complete import complete_frames
from ..disc.layout import DiscBuilder, TrackBuilder
from ..disc.model import (
    CdTextBlock,
    Control,
    Disc,
    DiscStructure,
    Dpm,
    Fragment,
    MainChannel,
    MediumType,
    PackType,
    Subchannel,
)
from ..disc.sector import STORED, SUBMODE_FORM2, SYNC_PATTERN, SectorType, SubchannelForm
from ..stream.window import MemoryStream
from ..units import RAW_SECTOR, SUBCHANNEL_SIZE, lba_to_msf, to_bcd
from .discs import audio_disc, data_disc, iso_payload, mixed_disc, payload

LEAD: Final = 150


def store(
    track: TrackBuilder, data: bytes, stride: int, *, sub: bytes | None = None, form: str = "pw96"
) -> None:
    """Append the sectors of ``data`` to ``track``, ``stride`` bytes each, with 96 bytes of ``sub`` each."""
    main = MainChannel(MemoryStream(data), 0, stride, STORED[track.sector_type, stride])
    channel = None
    if sub is not None:
        channel = Subchannel(MemoryStream(sub), 0, SUBCHANNEL_SIZE, SubchannelForm(form))
    track.add_fragment(Fragment(len(data) // stride, main, channel))


def xa_frames(start: int, count: int, *, seed: int = 1) -> bytes:
    """``count`` frames of Mode 2 from LBA ``start``; every third is of Form 2."""
    frames = bytearray()
    for number in range(count):
        msf = bytes(map(to_bcd, lba_to_msf(start + number)))
        form2 = number % 3 == 2
        head = SYNC_PATTERN + msf + b"\x02" + bytes([1, 0, SUBMODE_FORM2 if form2 else 8, 0]) * 2
        frame = bytearray(head + payload(2328, seed + number))
        complete_frames(frame, SectorType.MODE2_FORM2 if form2 else SectorType.MODE2_FORM1)
        frames += frame
    return bytes(frames)


def mode1_frames(start: int, data: bytes) -> bytearray:
    """``data`` (n × 2048 bytes) as whole Mode 1 frames from LBA ``start``."""
    frames = bytearray()
    for number in range(len(data) // 2048):
        msf = bytes(map(to_bcd, lba_to_msf(start + number)))
        user = data[number * 2048 : number * 2048 + 2048]
        frames += SYNC_PATTERN + msf + b"\x01" + user + bytes(288)
    complete_frames(frames, SectorType.MODE1)
    return frames


def album_texts(tracks: int) -> tuple[CdTextBlock, ...]:
    """Two languages of CD-TEXT."""
    titles: dict[tuple[PackType, int], str | bytes] = {(PackType.TITLE, 0): 'Album "of" noise'}
    titles |= {(PackType.TITLE, n): f"Noise no. {n} à l'eau" for n in range(1, tracks + 1)}
    titles |= {(PackType.PERFORMER, n): "Nobody" for n in range(tracks + 1)}
    other: dict[tuple[PackType, int], str | bytes] = {
        (PackType.TITLE, n): f"Rauschen {n}" for n in range(tracks + 1)
    }
    return text_block(9, 0, titles), text_block(8, 0, other)


def album_disc(*, stored_pregap: bool = False) -> Disc:
    """Four audio tracks: catalogue number, ISRC, CD-TEXT, flags, indices and a pregap."""
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    session.mcn = "1234567890128"
    session.cdtext = album_texts(4)
    flags = (Control.NONE, Control.COPY_PERMITTED, Control.PRE_EMPHASIS, Control.COPY_PERMITTED)
    for number, control in enumerate(flags, 1):
        track = session.add_track(SectorType.AUDIO, control=control, isrc=f"XXAAA260000{number}")
        if number == 3:
            if stored_pregap:
                store(track, payload(40 * RAW_SECTOR, 40), RAW_SECTOR)
            else:
                track.add_fragment(Fragment(40))
            track.pregap = 40
        store(track, payload(330 * RAW_SECTOR, number), RAW_SECTOR)
        if number in (2, 3):
            track.add_index(2, track.pregap + 100)
            track.add_index(3, track.pregap + 200)
    return builder.build()


def pregap_disc() -> Disc:
    """As :func:`album_disc`, with sound in the pregap."""
    return album_disc(stored_pregap=True)


def xa_disc() -> Disc:
    """A Mode 2 track of both forms, then an audio track behind a pregap."""
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    store(session.add_track(SectorType.MODE2_MIXED), xa_frames(0, 330), RAW_SECTOR)
    audio = session.add_track(SectorType.AUDIO)
    audio.add_fragment(Fragment(LEAD))
    audio.pregap = LEAD
    store(audio, payload(330 * RAW_SECTOR, 5), RAW_SECTOR)
    return builder.build()


def sessions_disc(*, gap: int | None = None) -> Disc:
    """Two audio tracks, then a session with a Mode 2 track; ``gap``: lead-out and lead-in between them."""
    builder = DiscBuilder(MediumType.CD)
    first = builder.add_session()
    for seed in (1, 2):
        store(first.add_track(SectorType.AUDIO), payload(330 * RAW_SECTOR, seed), RAW_SECTOR)
    first.leadout_length = gap
    start = 660 + LEAD + (11250 if gap is None else gap)
    second = builder.add_session()
    store(second.add_track(SectorType.MODE2_MIXED), xa_frames(start, 330), RAW_SECTOR)
    return builder.build()


def odd_gap_disc() -> Disc:
    """As :func:`sessions_disc`, with an unusual gap between the sessions."""
    return sessions_disc(gap=12000)


def faulty_disc() -> Disc:
    """A Mode 1 track, sector 40 of which has a wrong EDC and sector 50 a wrong parity byte."""
    frames = mode1_frames(0, iso_payload(330))
    frames[40 * RAW_SECTOR + 2064] ^= 1
    frames[50 * RAW_SECTOR + 2300] ^= 1
    builder = DiscBuilder(MediumType.CD)
    store(builder.add_session().add_track(SectorType.MODE1), bytes(frames), RAW_SECTOR)
    return builder.build()


def graphics_disc() -> Disc:
    """An audio track with noise in R–W, P and Q as they should be."""
    from ..disc.reader import DiscReader

    plain = audio_disc(1, 330)
    sub = bytearray(DiscReader(plain).read_subchannel(0, 330))
    noise = payload(len(sub), 9)
    for at in range(len(sub)):
        sub[at] = sub[at] & 0xC0 | noise[at] & 0x3F
    builder = DiscBuilder(MediumType.CD)
    track = builder.add_session().add_track(SectorType.AUDIO)
    store(track, payload(330 * RAW_SECTOR, 1), RAW_SECTOR, sub=bytes(sub))
    return builder.build()


def dvd_disc() -> Disc:
    """A DVD of 400 sectors."""
    return data_disc(400, medium=MediumType.DVD)


def measured_dvd() -> Disc:
    """As :func:`dvd_disc`, with structures and data position measurements."""
    builder = DiscBuilder(MediumType.DVD)
    store(builder.add_session().add_track(SectorType.MODE1), iso_payload(400), 2048)
    builder.dpm = Dpm(0, 100, (300, 610, 930))
    physical = bytes([1, 2, 1]).ljust(2048, b"\x07")
    builder.structures = [
        DiscStructure(0, 0x00, physical),
        DiscStructure(0, 0x01, b"\x01\x02\x00\x00"),
        DiscStructure(0, 0x04, payload(2048, 4)),
    ]
    return builder.build()


def cooked_disc() -> Disc:
    """A data track of which only user data is stored."""
    return data_disc(330)


RICH: Final[tuple[Callable[[], Disc], ...]] = (
    cooked_disc,
    album_disc,
    pregap_disc,
    mixed_disc,
    xa_disc,
    sessions_disc,
    odd_gap_disc,
    faulty_disc,
    graphics_disc,
    dvd_disc,
    measured_dvd,
)
"""All kinds, for matrices of discs and formats."""
