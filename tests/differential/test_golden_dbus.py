"""The recorded conversation with the bus interface, step by step, against the running daemon."""

from __future__ import annotations

import asyncio
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from cdemu_core.dbus import names
from cdemu_core.dbus.introspection import daemon_xml, root_xml
from cdemu_core.testing.bus import DaemonProcess, private_bus
from cdemu_core.testing.discs import iso_payload

FREE = {"GetDaemonVersion", "GetLibraryVersion", "DeviceGetMapping"}
"""Calls whose reply is the implementation's own."""
CLIENT_SIDE = {18}
"""Refused by the recording's client before it was sent."""
NEEDS = (
    (range(10, 11), "WRITER-ISO"),
    (range(11, 12), "WRITER-TOC"),
    (range(111, 115), "FILTER-DMG"),
    (range(115, 119), "FILTER-ISZ"),
    (range(125, 128), "PARSER-TOC"),
    (range(130, 133), "WRITER-ISO"),
    (range(133, 136), "WRITER-TOC"),
    (range(136, 139), "WRITER-ISO"),
    (range(148, 160), "WRITER-ISO"),
)
"""Steps that only a daemon with this format, filter or writer can answer as recorded."""
REFUSALS = {
    "PARSER": {f"{names.ERROR_MIRAGE}ParserError"},
    "FILTER": {f"{names.ERROR_MIRAGE}ParserError", f"{names.ERROR_MIRAGE}DataFileError"},
    "WRITER": {f"{names.ERROR_MIRAGE}LibraryError"},
}
"""How a daemon without it refuses."""
TOKEN = re.compile(
    r"""\s*(?:(?P<type>@[a-z{}()]+)|(?P<cast>u?int32)\b|(?P<word>true|false)\b"""
    r"""|(?P<number>-?\d+)|(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<sign>[\[\](){}<>,:]))"""
)


class Text:
    """A reader of GVariant text, as far as the recording uses it."""

    def __init__(self, text: str) -> None:
        self.tokens = [(m.lastgroup, m[m.lastgroup or ""]) for m in TOKEN.finditer(text)]
        self.at = 0

    def take(self) -> tuple[str | None, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def value(self) -> tuple[str, Any]:
        """(signature, value); structures are lists, variants Variants."""
        kind, text = self.take()
        if kind == "type":
            return text[1:], self.value()[1]
        if kind == "cast":
            return {"int32": "i", "uint32": "u"}[text], self.value()[1]
        if kind == "word":
            return "b", text == "true"
        if kind == "number":
            return "i", int(text)
        if kind == "text":
            return "s", re.sub(r"\\(.)", r"\1", text[1:-1])
        return self.container(text)

    def container(self, sign: str) -> tuple[str, Any]:
        end = {"[": "]", "(": ")", "{": "}", "<": ">"}[sign]
        items: list[tuple[str, Any]] = []
        while self.tokens[self.at][1] != end:
            items.append(self.value())
            if self.tokens[self.at][1] in (",", ":"):
                self.at += 1
        self.at += 1
        values = [value for _, value in items]
        if sign == "<":
            return "v", Variant(*items[0])
        if sign == "(":
            return f"({''.join(kind for kind, _ in items)})", values
        if sign == "[":
            return f"a{items[0][0] if items else 's'}", values
        return "a{sv}", dict(zip(values[::2], values[1::2], strict=True))


def body_of(step: dict[str, Any]) -> tuple[str, list[Any]]:
    """Signature and body of a step's call; a text argument is written without quotes."""
    table = names.METHODS.get(step["call"])
    kinds = [kind for _, kind in table.inputs] if table else []
    if step.get("interface"):
        kinds = ["s"] * len(step["args"])
    parsed = [
        ("s", text) if number < len(kinds) and kinds[number] == "s" else Text(text).value()
        for number, text in enumerate(step["args"])
    ]
    return "".join(kind for kind, _ in parsed), [value for _, value in parsed]


class Recorder:
    """A client that keeps the order of replies and signals."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.signals: list[str] = []

    def hear(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface == names.INTERFACE:
            arguments = "".join(f"{argument!r}," for argument in message.body)
            arguments = ", ".join(map(repr, message.body)) if len(message.body) > 1 else arguments
            self.signals.append(f"{message.interface}.{message.member} ({arguments})")

    async def play(self, step: dict[str, Any]) -> dict[str, Any]:
        """One step; signals that came before the reply are told from those after it."""
        self.signals.clear()
        signature, body = body_of(step)
        reply = await self.bus.call(
            Message(
                destination=names.BUS_NAME,
                path=step.get("path", names.OBJECT_PATH),
                interface=step.get("interface", names.INTERFACE),
                member=step["call"],
                signature=signature,
                body=body,
            )
        )
        before = list(self.signals)
        failed = reply.message_type is MessageType.ERROR
        return {
            "error_name": reply.error_name if failed else None,
            "reply": None if failed else list(reply.body),
            "signals": before,
        }


async def converse(address: str, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to ``steps``; an empty one where nothing was sent."""
    bus = await MessageBus(address).connect()
    recorder = Recorder(bus)
    bus.add_message_handler(recorder.hear)
    await bus.call(
        Message(
            destination="org.freedesktop.DBus",
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="AddMatch",
            signature="s",
            body=[f"type='signal',path='{names.OBJECT_PATH}'"],
        )
    )
    answers: list[dict[str, Any]] = []
    for number, step in enumerate(steps):
        if number in CLIENT_SIDE or step["call"].startswith("("):
            answers.append({})
            continue
        answers.append(await recorder.play(step))
        if step["call"] == "DeviceLoad" and "error_name" in step and answers[-1]["error_name"] is None:
            await recorder.play({"call": "DeviceUnload", "args": ["0"]})  # as if it had been refused
    bus.disconnect()
    return answers


def stand_ins(directory: Path) -> None:
    """Images of our own under the names that the conversation uses and the recording does not bring."""
    iso = directory / "iso-2048" / "image.iso"
    cue = directory / "cue-latin1" / "image.cue"
    if not iso.exists():
        iso.parent.mkdir()
        iso.write_bytes(iso_payload(40))
    if not cue.exists():
        cue.parent.mkdir()
        (cue.parent / "image.bin").write_bytes(bytes(2352 * 300))
        sheet = 'TITLE "Käse"\nFILE "image.bin" BINARY\n TRACK 01 AUDIO\n  INDEX 01 00:00:00\n'
        cue.write_bytes(sheet.encode("iso-8859-1"))


def is_other(signal: str) -> bool:
    """DeviceMappingReady comes when the road is ready for it, so its place is free."""
    return "MappingReady" not in signal


def plain(value: Any) -> Any:
    """Structures as lists, variants as [signature, value]."""
    if isinstance(value, Variant):
        return [value.signature, plain(value.value)]
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def differences(step: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """How an answer differs from the recorded one."""
    found = []
    if step.get("error_name") != answer["error_name"]:
        found.append(f"error {answer['error_name']}, recorded {step.get('error_name')}")
    elif "reply" in step and step["call"] not in FREE and not step["call"].startswith("Enum"):
        expected = Text(step["reply"]).value()[1]
        if plain(expected) != plain(answer["reply"]):
            found.append(f"reply {answer['reply']}, recorded {step['reply']}")
    heard = list(filter(is_other, answer["signals"]))
    if heard != list(filter(is_other, step.get("signals", []))):
        found.append(f"signals {heard}, recorded {step.get('signals')}")
    return found


@pytest.fixture(scope="module")
def golden(shared: Callable[[str], Path]) -> Path:
    return shared("golden")


@pytest.fixture(scope="module")
def recording(golden: Path) -> dict[str, Any]:
    return dict(json.loads((golden / "dbus.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def answers(
    golden: Path, recording: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """The whole conversation, once; relative image names are looked up in the daemon's directory."""
    directory = tmp_path_factory.mktemp("golden-dbus")
    for image in (golden / "images").iterdir():
        (directory / image.name).symlink_to(image)
    stand_ins(directory)
    with private_bus(directory) as address, DaemonProcess(address, directory=directory):
        return asyncio.run(converse(address, recording["steps"]))


def test_every_answer_is_the_recorded_one(
    golden: Path, recording: dict[str, Any], answers: list[dict[str, Any]]
) -> None:
    have = {row[0] for number in (6, 7, 8) for row in answers[number]["reply"][0]}
    if not (golden / "images" / "flt-isz-aes128").exists():
        have.discard("FILTER-ISZ")
    lacking = {number: need for steps, need in NEEDS if need not in have for number in steps}
    wrong = []
    for number, (step, answer) in enumerate(zip(recording["steps"], answers, strict=True)):
        if not answer or step.get("reference_bug"):
            continue
        if number not in lacking:
            wrong += [f"#{number} {step['call']} {step['args']}: {d}" for d in differences(step, answer)]
        elif answer["error_name"] is not None:
            assert answer["error_name"] in REFUSALS[lacking[number].partition("-")[0]], (number, answer)
    assert not wrong, "\n".join(wrong)


def test_encodings_are_guessed_and_refused_by_name(
    recording: dict[str, Any], answers: list[dict[str, Any]]
) -> None:
    notes = {step.get("note"): answer for step, answer in zip(recording["steps"], answers, strict=True)}
    assert notes["unknown encoding"]["error_name"].startswith(names.ERROR_MIRAGE)
    assert notes["latin-1 CUE without encoding"]["error_name"] is None


def interfaces(xml: str) -> dict[str, set[tuple[str, str, tuple[tuple[str | None, ...], ...]]]]:
    """Members of every interface with the names, types and directions of their arguments."""
    return {
        interface.attrib["name"]: {
            (
                member.tag,
                member.attrib["name"],
                tuple((a.get("name"), a.get("type"), a.get("direction")) for a in member.findall("arg")),
            )
            for member in interface
        }
        for interface in ET.fromstring(xml).findall("interface")  # noqa: S314 - our own and the recording's
    }


def test_introspection_is_the_recorded_one(recording: dict[str, Any]) -> None:
    assert interfaces(daemon_xml()) == interfaces(recording["introspection_xml"])
    roots = [ET.fromstring(x) for x in (root_xml(), recording["introspection_xml_root"])]  # noqa: S314
    assert [[n.get("name") for n in root.findall("node")] for root in roots] == [["Daemon"], ["Daemon"]]
