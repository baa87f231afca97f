"""Drives in named states, and one way to send them a CDB written in hexadecimal."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cdemu_core.disc.model import Disc, MediumType
from cdemu_core.scsi.drive import Drive
from cdemu_core.testing.discs import audio_disc, data_disc, mixed_disc
from cdemu_core.testing.initiator import Answer, Initiator, direct

DISCS: dict[str, Callable[[], Disc]] = {
    "data": lambda: data_disc(300),
    "audio": lambda: audio_disc(2, 300),
    "mixed": lambda: mixed_disc(300, 300),
    "dvd": lambda: data_disc(400, medium=MediumType.DVD),
    "bd": lambda: data_disc(500, medium=MediumType.BD),
}


class Bench:
    """A drive, its clock, and its host. States: "empty", "fresh" (attention pending) or a disc of DISCS."""

    def __init__(self, state: str = "empty") -> None:
        self.now = 1000.0
        self.drive = Drive()
        self.host = Initiator(direct(self.drive, lambda: self.now))
        if state != "empty":
            self.drive.insert(DISCS["data" if state == "fresh" else state]())
        if state not in ("empty", "fresh"):
            assert self.host.test_unit_ready().codes == (6, 0x28, 0)
            assert self.host.test_unit_ready().codes == (0, 0, 0)
        self.drive.take_events()

    def send(self, cdb: str, data_out: str = "", room: int = 65536) -> Answer:
        """Send a CDB in hexadecimal."""
        return self.host.command(bytes.fromhex(cdb), room, bytes.fromhex(data_out))

    def expect(self, cdb: str, answer: str, data_out: str = "") -> None:
        """``answer``: sense codes as "5/24/00", else the data in hexadecimal; "…" at its end: and more."""
        got = self.send(cdb, data_out)
        said = "/".join(f"{code:X}" if place == 0 else f"{code:02X}" for place, code in enumerate(got.codes))
        if got.status:
            assert said == answer, f"{cdb}: {said} instead of {answer}"
            return
        assert "/" not in answer, f"{cdb}: GOOD instead of {answer}"
        wanted = bytes.fromhex(answer.removesuffix("…"))
        data = got.data[: len(wanted)] if answer.endswith("…") else got.data
        assert data == wanted, f"{cdb}: {got.data.hex(' ')[:200]} instead of {answer}"


@pytest.fixture
def bench() -> type[Bench]:
    """The class, to be called with a state."""
    return Bench
