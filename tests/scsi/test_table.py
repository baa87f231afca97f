"""The table, its tests and its page agree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from cdemu_core.scsi.command import Command
from cdemu_core.scsi.drive import Drive
from cdemu_core.scsi.opcodes import OpCode
from cdemu_core.scsi.table import COMMANDS, SPECS, markdown

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "commands.md"
LENGTHS = (6, 10, 12, 16)


def opcodes_with_rows() -> set[int]:
    """First bytes of all string constants in the tests here that are CDBs in hexadecimal."""
    found = set()
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                digits = node.value.replace(" ", "")
                if re.fullmatch(r"(?:[0-9A-F]{2})+", digits) and len(digits) // 2 in LENGTHS:
                    found.add(int(digits[:2], 16))
    return found


def test_every_command_has_a_section_a_handler_and_a_test() -> None:
    tested = opcodes_with_rows()
    for spec in SPECS:
        assert re.match(r"(SPC-[24]|MMC-[36]|SBC-3|SCSI-2)[ ,]", spec.section), spec.opcode
        assert callable(spec.handler)
        assert (spec.handler.__doc__ or "").strip(), f"{spec.handler.__name__} says nothing"
        assert spec.opcode in tested, f"no row in {HERE.name} tests {spec.opcode.name}"


def test_rows_ascend_and_are_unique() -> None:
    codes = [spec.opcode for spec in SPECS]
    assert codes == sorted(set(codes))
    assert [spec for spec in COMMANDS if spec is not None] == list(SPECS)


def test_the_page_is_printed_from_the_table() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "run: python -m cdemu_core.scsi.table > docs/commands.md"


def test_every_other_code_is_unknown() -> None:
    drive = Drive()
    known = {spec.opcode for spec in SPECS}
    for code in set(range(256)) - known:
        completion = drive.execute(Command(bytes([code]) + bytes(15), memoryview(bytearray(16))), 0.0)
        assert completion.sense[2] == 5
        assert completion.sense[12:14] == b"\x20\0"
    assert known <= set(OpCode)
