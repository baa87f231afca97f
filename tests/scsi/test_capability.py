"""Features, events, performance, speeds."""

from __future__ import annotations

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Fragment, MediumType
from cdemu_core.disc.sector import SectorType
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.features import FEATURES
from cdemu_core.scsi.profiles import Profile
from cdemu_core.testing.discs import data_disc
from cdemu_core.testing.initiator import Initiator, direct

ROWS = (
    ("empty", "46 02 00 01 00 00 00 00 FF 00", "00 00 00 10 00 00 00 00 00 01 0B 08 00 00 00 02 00 00 00 00"),
    ("data", "46 02 00 1E 00 00 00 00 FF 00", "00 00 00 0C 00 00 00 08 00 1E 09 04 03 00 00 00"),
    ("dvd", "46 02 00 1E 00 00 00 00 FF 00", "00 00 00 0C 00 00 00 10 00 1E 08 04 03 00 00 00"),
    ("bd", "46 02 00 20 00 00 00 00 FF 00", "00 00 00 04 00 00 00 40"),
    ("empty", "46 02 01 05 00 00 00 00 FF 00", "00 00 00 0C 00 00 00 00 01 05 07 04 00 00 00 00"),
    ("empty", "46 02 01 08 00 00 00 00 FF 00", "00 00 00 0C 00 00 00 00 01 08 03 04 30 30 30 20"),
    ("empty", "46 00 FF FF 00 00 00 00 FF 00", "00 00 00 04 00 00 00 00"),
    ("fresh", "46 00 00 00 00 00 00 00 08 00", "00 00 00 EC 00 00 00 08"),
    ("data", "46 03 00 00 00 00 00 00 FF 00", "5/24/00"),
    ("data", "4A 00 00 00 10 00 00 00 08 00", "5/24/00"),
    ("empty", "4A 01 00 00 10 00 00 00 08 00", "00 06 04 5E 00 00 00 00"),
    ("fresh", "4A 01 00 00 10 00 00 00 08 00", "00 06 04 5E 02 02 00 00"),
    ("fresh", "4A 01 00 00 5E 00 00 00 08 00", "00 06 01 5E 02 00 00 01"),
    ("empty", "4A 01 00 00 14 00 00 00 08 00", "00 06 02 5E 00 01 00 00"),
    ("empty", "4A 01 00 00 08 00 00 00 08 00", "00 06 03 5E 00 00 00 00"),
    ("empty", "4A 01 00 00 40 00 00 00 08 00", "00 06 06 5E 00 00 00 00"),
    ("empty", "4A 01 00 00 21 00 00 00 08 00", "00 02 80 5E"),
    ("empty", "4A 01 00 00 00 00 00 00 08 00", "00 02 80 5E"),
    ("data", "AC 10 00 00 00 00 00 00 00 00 00 00", "00 00 00 04 00 00 00 00"),
    (
        "data",
        "AC 10 00 00 00 00 00 00 00 05 00 00",
        "00 00 00 14 00 00 00 00" + "00000000 00000B4E 000001C2 00001B90",
    ),
    ("data", "AC 14 00 00 00 00 00 00 00 05 00 00", "00 00 00 04 02 00 00 00"),
    ("data", "AC 11 00 00 00 00 00 00 00 05 00 00", "00 00 00 04 01 00 00 00"),
    (
        "dvd",
        "AC 10 00 00 00 00 00 00 00 05 00 00",
        "00 00 00 14 00 00 00 00" + "00000000 00001AA2 00000190 000040EC",
    ),
    (
        "bd",
        "AC 10 00 00 00 00 00 00 00 05 00 00",
        "00 00 00 14 00 00 00 00" + "00000000 000039A0 000001F4 00008C78",
    ),
    (
        "empty",
        "AC 10 00 00 00 00 00 00 00 05 00 00",
        "00 00 00 14 00 00 00 00" + "00000000 00002383 00000000 00005690",
    ),
    (
        "empty",
        "AC 14 00 00 00 00 00 00 00 05 00 00",
        "00 00 00 14 02 00 00 00" + "00000000 00005690 00000000 00005690",
    ),
    ("data", "AC 00 00 00 00 00 00 00 00 05 00 00", "5/24/00"),
    (
        "bd",
        "AC 00 00 00 00 00 00 00 00 05 03 00",
        "00 00 00 14 00 00 00 00" + "00000000 000001F4 0000231E 0000231E",
    ),
    ("dvd", "AC 00 00 00 00 00 00 00 00 00 03 00", "00 00 00 C4 00 00 00 00"),
    *(("data", f"AC 00 00 00 00 00 00 00 00 05 0{kind} 00", "5/24/00") for kind in (1, 2, 4, 5)),
    *(("empty", f"AC 00 00 00 00 00 00 00 00 05 0{kind} 00", "5/24/00") for kind in (1, 2, 4, 5)),
    ("data", "AC 00 00 00 00 00 00 00 00 05 06 00", "5/24/00"),
    ("data", "BB 00 FF FF FF FF 00 00 00 00 00 00", ""),
    ("data", "A7 00 00 00 00 00 00 00 00 10 00 00", ""),
    ("data", "A7 00 00 00 00 00 00 00 02 00 00 00", "5/21/00"),
    ("empty", "A7 00 00 00 00 00 00 00 00 10 00 00", "2/3A/00"),
    ("data", "5C 00 00 00 00 00 00 00 0C 00", "00 0A 00 00 00 02 02 00 00 02 02 00"),
    ("data", "5C 01 00 00 00 00 00 00 0C 00", "00 0A 00 01 00 00 00 00 00 00 00 40"),
    ("empty", "5C 00 00 00 00 00 00 00 0C 00", "2/3A/00"),
    ("data", "B6 00 00 00 00 00 00 00 00 00 1B 00", "5/1A/00"),
    ("data", "B6 00 00 00 00 00 00 00 00 00 1C 00", "5/1A/00"),
    ("data", "B6 00 00 00 00 00 00 00 05 00 1C 00", "5/24/00"),
    ("data", "A2 01 00 00 00 00 00 00 00 04 00 00", "5/1A/00"),
)


@pytest.mark.parametrize(("state", "cdb", "answer"), ROWS)
def test_rows(bench, state: str, cdb: str, answer: str) -> None:
    bench(state).expect(cdb, answer)


def features(data: bytes) -> dict[int, bytes]:
    found, at = {}, 8
    while at < len(data):
        end = at + 4 + data[at + 3]
        found[data[at] << 8 | data[at + 1]] = data[at + 2 : end]
        at = end
    assert at == len(data) == int.from_bytes(data[:4], "big") + 4
    return found


CURRENT = {  # MMC-6 section 5.4: the mandatory features of each profile that are not persistent
    "empty": (0x0000, set()),
    "data": (0x0008, {0x10, 0x1D, 0x1E, 0x103, 0x107}),
    "dvd": (0x0010, {0x10, 0x1F, 0x106, 0x107}),
    "bd": (0x0040, {0x10, 0x40, 0x107}),
}


_READ = {0x00, 0x01, 0x02, 0x03, 0x10, 0x100, 0x105, 0x107}
MANDATORY = {  # MMC-6 section 5.4: the mandatory features of each profile, by profile number
    0x08: _READ | {0x1E},
    0x09: _READ | {0x1E, 0x21, 0x2D},
    0x0A: _READ | {0x1D, 0x1E, 0x21, 0x23, 0x26, 0x2D},
    0x10: _READ | {0x1F},
    0x11: _READ | {0x1F, 0x21, 0x2F, 0x108},
    0x12: _READ | {0x1F, 0x20, 0x23, 0x24},
    0x13: _READ | {0x1F, 0x23, 0x26, 0x2C, 0x108},
    0x14: _READ | {0x1F, 0x21, 0x23, 0x2F, 0x108},
    0x15: _READ | {0x1F, 0x21, 0x2F, 0x108},
    0x16: _READ | {0x1F, 0x21, 0x2F, 0x33, 0x108},
    0x1A: _READ | {0x1F, 0x20, 0x23, 0x2A, 0x108, 0x10A},
    0x1B: _READ | {0x1F, 0x2B, 0x108, 0x10A},
    0x2A: _READ | {0x1F, 0x20, 0x23, 0x3A, 0x108, 0x10A},
    0x2B: _READ | {0x1F, 0x3B, 0x108, 0x10A},
    0x40: _READ | {0x40},
    0x41: _READ | {0x21, 0x40, 0x41, 0x108},
    0x42: _READ | {0x20, 0x40, 0x41, 0x108},
    0x43: _READ | {0x20, 0x23, 0x24, 0x40, 0x41, 0x108},
    0x50: _READ | {0x50},
}


class Medium:
    """A medium that says what it is, and on which nothing was written."""

    changed = False

    def __init__(self, profile: Profile) -> None:
        self.profile = profile


@pytest.mark.parametrize("profile", [each for each in Profile if each], ids=lambda each: each.name)
def test_every_profile_has_its_mandatory_features(profile: Profile) -> None:
    drive = Drive()
    host = Initiator(direct(drive))
    drive.insert(data_disc(), recordable=Medium(profile))
    host.test_unit_ready()
    data = host.get_configuration().data
    assert data[6:8] == profile.to_bytes(2, "big")
    every = features(data)
    current = {code for code, body in every.items() if body[0] & 1}
    assert current >= MANDATORY[profile]
    assert set(features(host.get_configuration(requested=1).data)) == current
    listed = every[0][2:]
    profiles = {listed[at] << 8 | listed[at + 1]: listed[at + 2] & 1 for at in range(0, len(listed), 4)}
    assert profiles[profile] == 1


@pytest.mark.parametrize("kind", [1, 2, 4, 5])
@pytest.mark.parametrize("profile", [Profile.DVD_RAM, Profile.BD_RE])
def test_media_whose_defects_are_managed_have_empty_lists_of_them(profile: Profile, kind: int) -> None:
    drive = Drive()
    drive.insert(data_disc(), recordable=Medium(profile))
    host = Initiator(direct(drive))
    host.test_unit_ready()
    assert host.command(bytes([0xAC, *bytes(8), 5, kind, 0]), 64).data == bytes([0, 0, 0, 4, 0, 0, 0, 0])


@pytest.mark.parametrize("state", CURRENT)
def test_current_features_follow_the_profile(bench, state: str) -> None:
    profile, expected = CURRENT[state]
    host = bench(state).host
    data = host.get_configuration().data
    assert data[6:8] == profile.to_bytes(2, "big")
    every = features(data)
    assert sorted(every) == [feature.code for feature in FEATURES]
    current = {code for code, body in every.items() if body[0] & 1}
    persistent = {code for code, body in every.items() if body[0] & 2}
    assert persistent == {0x00, 0x01, 0x02, 0x03, 0x100, 0x105, 0x108}
    assert current == persistent | expected
    assert features(host.get_configuration(requested=1).data) == {code: every[code] for code in current}
    assert set(features(host.get_configuration(0x100).data)) == {code for code in every if code >= 0x100}
    listed = [every[0][at : at + 4] for at in range(2, len(every[0]), 4)]
    assert [int.from_bytes(each[:2], "big") for each in listed if each[2]] == ([profile] if profile else [])


@pytest.mark.parametrize(
    ("medium", "sectors", "profile"),
    [
        (MediumType.HD, 1000, 0x0010),
        (MediumType.HD, 4_200_000, 0x0040),
        (MediumType.HD_DVD, 1000, 0x0050),
    ],
)
def test_every_medium_has_a_profile(medium: MediumType, sectors: int, profile: int) -> None:
    builder = DiscBuilder(medium)
    builder.add_session().add_track(SectorType.MODE1).add_fragment(Fragment(sectors))
    drive = Drive()
    drive.insert(builder.build())
    assert drive.profile == profile
    drive.remove()
    assert drive.profile == 0


def test_set_streaming_takes_a_performance_descriptor(bench) -> None:
    bench("data").expect("B6 00 00 00 00 00 00 00 00 00 1C 00", "", "00" * 28)


def test_an_event_is_reported_once_and_not_lost_in_a_header(bench) -> None:
    drive = bench("fresh")
    drive.expect("4A 01 00 00 10 00 00 00 04 00", "00 06 04 5E")
    drive.expect("4A 01 00 00 10 00 00 00 08 00", "00 06 04 5E 02 02 00 00")
    drive.expect("4A 01 00 00 10 00 00 00 08 00", "00 06 04 5E 00 02 00 00")


def test_polling_and_attention_do_not_eat_each_other(bench) -> None:
    drive = bench("fresh")
    drive.host.get_event_status()
    assert drive.host.test_unit_ready().codes == (6, 0x28, 0)
    other = bench("fresh")
    assert other.host.test_unit_ready().codes == (6, 0x28, 0)
    assert other.host.get_event_status().data[4] == 2


def test_an_external_event_reaches_the_others() -> None:
    drive = Drive()
    one, two = (Initiator(direct(drive, nexus=name)) for name in "ab")
    for host in (one, two):
        host.test_unit_ready()
    event = "00 06 03 00 01 00 00 02"
    answer = one.command(bytes.fromhex("A2 01 00 00 00 00 00 00 00 08 00 00"), 0, bytes.fromhex(event))
    assert answer.status == 0
    assert one.get_event_status(0x08).data[4:] == bytes(4)
    assert two.get_event_status(0x08).data[4:] == bytes([1, 0, 0, 2])
    assert two.get_event_status(0x08).data[4:] == bytes(4)
    media = one.command(
        bytes.fromhex("A2 01 00 00 00 00 00 00 00 08 00 00"), 0, bytes([0, 6, 4, 0, 1, 0, 0, 0])
    )
    assert media.codes == (5, 0x26, 0)


def test_every_initiator_has_its_own_events() -> None:
    drive = Drive()
    one, two = (Initiator(direct(drive, nexus=name)) for name in "ab")
    for host in (one, two):
        assert host.test_unit_ready().codes == (2, 0x3A, 0)
    drive.insert(data_disc())
    for host in (one, two):
        assert host.get_event_status().data[4] == 2
        assert host.test_unit_ready().codes == (6, 0x28, 0)
        assert host.test_unit_ready().status == 0
