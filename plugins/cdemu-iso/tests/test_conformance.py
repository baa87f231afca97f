"""Bare sector images against the conformance kit."""

from __future__ import annotations

from pathlib import Path

from cdemu_core.api import Evidence, MediumType, SectorType
from cdemu_core.disc.reader import DiscReader
from cdemu_core.testing.discs import audio_disc, data_disc, iso_payload, payload
from cdemu_core.testing.facts import DiscFacts, Sample
from cdemu_core.testing.formats import ImageFormatTests

SECTORS = 60


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def user_data(folder: Path) -> Path:
    return write(folder, "volume.iso", iso_payload(SECTORS))


def raw_frames(folder: Path) -> Path:
    return write(folder, "raw.bin", bytes(DiscReader(data_disc(SECTORS)).read_frames(0, SECTORS)))


def with_subchannel(folder: Path) -> Path:
    reader = DiscReader(data_disc(SECTORS))
    frames, sub = reader.read_frames(0, SECTORS), reader.read_subchannel(0, SECTORS)
    sectors = [
        bytes(frames[n * 2352 : (n + 1) * 2352]) + bytes(sub[n * 96 : (n + 1) * 96]) for n in range(SECTORS)
    ]
    return write(folder, "sub.img", b"".join(sectors))


def two_files(folder: Path) -> Path:
    write(folder, "second.iso", iso_payload(40, seed=2))
    return user_data(folder)


def audio(folder: Path) -> Path:
    return write(folder, "audio.bin", bytes(DiscReader(audio_disc(1)).read_frames(0, 300)))


def no_file_system(folder: Path) -> Path:
    return write(folder, "data.img", payload(SECTORS * 2048))


DATA = ((1, SectorType.MODE1, 0, SECTORS),)


class TestIso(ImageFormatTests):
    image_format = "iso"
    samples = (
        Sample(make=user_data, facts=DiscFacts(DATA)),
        Sample(make=raw_frames, facts=DiscFacts(DATA)),
        Sample(make=with_subchannel, facts=DiscFacts(DATA)),
        Sample(
            make=two_files,
            files=("second.iso",),
            facts=DiscFacts((*DATA, (1, SectorType.MODE1, SECTORS + 150, 40))),
        ),
    )


class TestIsoWithoutSignature(ImageFormatTests):
    image_format = "iso"
    least_evidence = Evidence.SHAPE
    mutation_count = 50
    truncation_count = 50
    samples = (
        Sample(make=audio, facts=DiscFacts(((1, SectorType.AUDIO, 0, 300),), MediumType.CD)),
        Sample(make=no_file_system, facts=DiscFacts(DATA)),
    )
