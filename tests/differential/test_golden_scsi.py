"""Recorded SCSI transcripts: what a drive must answer, command for command.

The comparator beside the data judges each step. Where the drive answers otherwise on purpose, the
difference has a name, an expected answer, and a paragraph in docs/scsi-differences.md.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import re
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from cdemu_core.disc.layout import DiscBuilder
from cdemu_core.disc.model import Disc, Fragment, MediumType
from cdemu_core.disc.sector import SectorType
from cdemu_core.loading.loader import ImageLoader, LoadedImage, LoadRequest
from cdemu_core.plugin.host import PluginHost
from cdemu_core.scsi.drive import DeviceId, Drive
from cdemu_core.scsi.events import InternalError
from cdemu_core.testing.discs import data_disc
from cdemu_core.testing.initiator import Answer, Initiator, direct

GOLDEN = Path(os.environ.get("CDEMU_GOLDEN", "/nonexistent"))
PAGE = Path(__file__).parent.parent.parent / "docs" / "scsi-differences.md"
FAMILIES = (
    "empty",
    "events",
    "audioplay",
    "cue-*",
    "ccd-*",
    "mds-*",
    "mdx-*",
    "nrg-*",
    "flt-*",
    "big-*",
    "iso-*",
)
"""Transcripts of which the installed plugins read the images."""
UNIT_ATTENTION = 6
STEP = 0.001
"""Seconds a step takes."""
LEAD_IN_POINTS = tuple(range(4 + 5 * 11, 4 + 7 * 11))
"""Bytes of the points B0 and C0 of a first session with two tracks."""
HEX_LIMIT = 512
"""Longer replies are recorded as length and SHA-256."""


class Difference(NamedTuple):
    """A step answered otherwise on purpose: patterns of the CDB and of the whole answer (codes or data).

    ``free``: bytes of the answer that differ; the others are as recorded.
    """

    name: str
    cdb: str
    answer: str
    sets: str = "*"
    free: tuple[int, ...] = ()


DIFFERENCES = (
    Difference("no medium first", "2a000000000000000000", "2/3A/00"),
    Difference("overflowing address", "28007fffffff00000100", "5/21/00"),
    Difference("descriptor sense", "0301.*", "7200001500000000"),
    Difference("more mode pages", "(5a|1a)00(08|48|88)00.*", "(0012.{12}|0f.{6})080a0{20}"),
    Difference("more mode pages", "(5a|1a)00(1c|5c|9c)00.*", "(0012.{12}|0f.{6})1c0a0{20}"),
    Difference("more mode pages", "(5a|1a)00(1d|9d)00.*", "(0012.{12}|0f.{6})1d0a0{10}3c003c0000"),
    Difference("more mode pages", "(5a|1a)005d00.*", "(0012.{12}|0f.{6})1d0a0{20}"),
    Difference("more mode pages", "(5a|1a)00(3f|7f|bf)00.*", ".*080a0{20}0a0a.*1c0a0{20}1d0a.*2a[13].*"),
    Difference("more event classes", "4a01000010000000(04|08)00", "0006045e.*", free=(3,)),
    Difference("more event classes", "4a0100007e0000000800", "0006015e0[02]00000[01]"),
    Difference("more event classes", "4a010000020000000800", "0006015e0[02]00000[01]"),
    Difference("events apart from attentions", "4a010000100000000800", "0006045e02020000"),
    Difference("attention told once", "000000000000", "", sets="events"),
    Difference("more commands", "1d0{10}", ""),
    Difference("more commands", "(2f|3b|3c)0{18}", "|2/3A/00"),
    Difference("more commands", "(040{10}|(2e|54)0{18}|a10{22})", "7/27/00|2/3A/00"),
    Difference("more commands", "4d0{18}", ""),
    Difference("more commands", "(4e0{18}|880{30})", "|2/3A/00"),
    Difference("more commands", "a30{22}", "5/30/02|5/24/00"),
    Difference("more commands", "a60{22}", ""),
    Difference("more commands", "a70{22}", "|2/3A/00"),
    Difference("more commands", "ba0{22}", "|2/3A/00|5/64/00"),
    Difference("the image's lead-in", "43.*", "00860102.*", sets="ccd-*", free=LEAD_IN_POINTS),
    Difference("sub-channel at random", "42.*", "0015000c.*", sets="ccd-*"),
)


def answer_text(step: dict[str, Any]) -> str:
    """A step's answer as :class:`Difference` writes it."""
    if step["status"]:
        sense = step["sense"]
        return f"{int(sense[5], 16):X}/{sense[24:26]}/{sense[26:28]}".upper()
    return str(step.get("data", step.get("sha256", "")))


def explained(compare: ModuleType, name: str, step: dict[str, Any], done: dict[str, Any]) -> str | None:
    """The name of the difference a step shows, or None."""
    for each in DIFFERENCES:
        if not fnmatch(name, each.sets) or not re.fullmatch(each.cdb, done["cdb"]):
            continue
        if re.fullmatch(each.answer, answer_text(done)) and (
            not each.free or not failures(compare, {**step, "ignore": list(each.free)}, done)
        ):
            return each.name
    return None


def failures(compare: ModuleType, step: dict[str, Any], done: dict[str, Any]) -> list[str]:
    """What the comparator says of one step."""
    found: list[str] = compare.scsi({"steps": [step]}, {"steps": [done]}, {})[0]
    return found


def stand_in(name: str) -> Disc:
    """A disc laid out as the one a transcript names, for recordings whose image is not at hand."""
    if name != "cue-mixed":
        return data_disc(300)
    builder = DiscBuilder(MediumType.CD)
    session = builder.add_session()
    for kind, pregap, length in (
        (SectorType.MODE1, 0, 40),
        (SectorType.AUDIO, 150, 50),
        (SectorType.AUDIO, 0, 30),
    ):
        track = session.add_track(kind)
        track.pregap = pregap
        track.add_fragment(Fragment(pregap + length))
    return builder.build()


class Replay:
    """One drive, freshly made, that goes through a transcript."""

    def __init__(self) -> None:
        self.drive = Drive()
        self.now = 100.0
        self.initiator = Initiator(direct(self.drive, lambda: self.now))
        self.loaded: list[LoadedImage] = []
        self.borrowed = False

    def bus(self, step: dict[str, Any]) -> None:
        """Do what a D-Bus call did; its reply is another suite's business."""
        arguments = step.get("args", [])
        if step["dbus"] == "DeviceLoad" and self.drive.disc is None:
            self.drive.insert(self.load(ast.literal_eval(arguments[1]), arguments[2]))
        elif step["dbus"] == "DeviceUnload":
            self.drive.request_eject()
        elif step["dbus"] == "DeviceGetStatus":
            assert (self.drive.disc is not None) is step["reply"].startswith("(true")
        elif step["dbus"] == "DeviceSetOption":
            self.drive.identity = DeviceId(*ast.literal_eval(arguments[2].strip("<>")))

    def load(self, names: list[str], options: str) -> Disc:
        """The disc of image files, or a stand-in."""
        paths = [GOLDEN / "images" / name for name in names]
        self.borrowed = not paths[0].exists()
        if self.borrowed:
            return stand_in(names[0].split("/")[0])
        found = re.search(r"'password': <'([^']*)'>", options)
        request = LoadRequest(tuple(map(str, paths)), password=found[1] if found else None)
        self.loaded.append(ImageLoader(PluginHost()).load(request))
        return self.loaded[-1].disc

    def command(self, step: dict[str, Any]) -> dict[str, Any]:
        """The step with the drive's answer; a unit attention is taken by repeating, as hosts do."""
        cdb, data_out = bytes.fromhex(step["cdb"]), bytes.fromhex(step.get("out", ""))
        answer = self.initiator.command(cdb, step.get("inlen", 0), data_out)
        if answer.codes[0] == UNIT_ATTENTION and step.get("sense", "")[4:6] != f"{UNIT_ATTENTION:02x}":
            answer = self.initiator.command(cdb, step.get("inlen", 0), data_out)
        self.now += STEP
        return {"cdb": step["cdb"], "tag": step.get("tag"), **recorded(answer, hashed="len" in step)}

    def close(self) -> None:
        for loaded in self.loaded:
            loaded.close()


def recorded(answer: Answer, *, hashed: bool) -> dict[str, Any]:
    """An answer in the recording's words."""
    if answer.status:
        return {"status": answer.status, "sense": answer.sense.hex()}
    if hashed or len(answer.data) > HEX_LIMIT:
        return {"status": 0, "len": len(answer.data), "sha256": hashlib.sha256(answer.data).hexdigest()}
    return {"status": 0, "data": answer.data.hex()}


@pytest.fixture(scope="module")
def compare() -> ModuleType:
    """The comparator of the recordings."""
    spec = importlib.util.spec_from_file_location("golden_compare", GOLDEN / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def transcripts() -> list[str]:
    """Names of the recorded transcripts that can be replayed."""
    names = sorted(path.stem for path in (GOLDEN / "scsi").glob("*.json"))
    return [name for name in names if any(fnmatch(name, family) for family in FAMILIES)]


@pytest.mark.parametrize("name", transcripts() or [None])
def test_transcript(shared, request: pytest.FixtureRequest, name: str | None) -> None:
    shared("golden")
    assert name is not None, "no transcripts where the recordings should be"
    compare = request.getfixturevalue("compare")
    steps = json.loads((GOLDEN / "scsi" / f"{name}.json").read_text("utf-8"))["steps"]
    replay = Replay()
    wrong: list[str] = []
    told: Counter[str] = Counter()
    try:
        for step in steps:
            if "sleep" in step:
                replay.now += step["sleep"]
            elif "dbus" in step:
                replay.bus(step)
            else:
                done = replay.command(step)
                if not (replay.borrowed and "sha256" in step):  # bytes of an image that is not at hand
                    found = failures(compare, step, done)
                    difference = explained(compare, name, step, done) if found else None
                    told.update([difference] if difference else [])
                    wrong += [] if difference else found
    finally:
        replay.close()
    assert not wrong, f"{len(wrong)} steps, e.g. " + "\n".join(wrong[:10])
    assert not [event for event in replay.drive.take_events() if isinstance(event, InternalError)]
    assert sum(told.values()) <= len(steps) // 4, told


def test_every_difference_is_justified() -> None:
    page = PAGE.read_text("utf-8")
    for each in DIFFERENCES:
        assert f"## {each.name[0].upper()}{each.name[1:]}\n" in page, each.name
    titles = set(re.findall(r"^## (.*)$", page, re.MULTILINE))
    assert titles == {each.name[0].upper() + each.name[1:] for each in DIFFERENCES}


@pytest.mark.parametrize("each", DIFFERENCES, ids=lambda each: f"{each.name}: {each.cdb}")
def test_every_difference_is_still_one(shared, each: Difference) -> None:
    """No row outlives its reason: some transcript has a step it concerns."""
    shared("golden")
    for path in (GOLDEN / "scsi").glob(f"{each.sets}.json"):
        steps = json.loads(path.read_text("utf-8"))["steps"]
        if any(re.fullmatch(each.cdb, step.get("cdb", "")) for step in steps):
            return
    raise AssertionError("no recorded step is concerned")
