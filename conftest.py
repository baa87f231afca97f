"""Where the whole suite finds data that is not part of the project, and fixtures that every room may use.

Comparisons with recorded answers need ``$CDEMU_GOLDEN``, tests on foreign images ``$CDEMU_CORPUS``;
unset, they are looked for beside the checkout, in ``../shared/golden`` and ``../shared/corpus``. Test
modules that list files while they are collected call ``os.environ.get``; tests take the fixture ``shared``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

# A busy machine is no failure: examples are bounded in number, tests in time, single examples not.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

BESIDE = Path(__file__).resolve().parent.parent / "shared"
VARIABLES = {"golden": "CDEMU_GOLDEN", "corpus": "CDEMU_CORPUS"}

for _kind, _variable in VARIABLES.items():
    if _variable not in os.environ and (BESIDE / _kind).is_dir():
        os.environ[_variable] = str(BESIDE / _kind)


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """``shared("golden")``, ``shared("corpus")``: the folder; the test is skipped where it is absent."""

    def find(kind: str) -> Path:
        given = os.environ.get(VARIABLES[kind])
        if given is None or not Path(given).is_dir():
            pytest.skip(
                f"compares with data outside the project: set {VARIABLES[kind]} to the folder that has it"
            )
        return Path(given)

    return find
