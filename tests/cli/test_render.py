"""Tables, completion and manual page."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cdemu_core.cli.completion import commands, script
from cdemu_core.cli.main import VERBS, build_parser
from cdemu_core.cli.man import page
from cdemu_core.cli.render import plain_table


def test_plain_table_aligns_all_but_the_last_column() -> None:
    text = plain_table(("DEV", "LOADED", "FILENAME"), [("0", "True", "/a b.iso"), ("10", "False", "")])
    assert text.splitlines() == ["DEV  LOADED  FILENAME", "0    True    /a b.iso", "10   False"]


def test_verbs_are_unique_and_explained() -> None:
    names = [verb.name for verb in VERBS]
    assert len(names) == len(set(names))
    assert all(verb.help for verb in VERBS)


REFERENCE_VERBS = """load unload status create-blank add-device remove-device device-mapping device-id
dpm-emulation tr-emulation bad-sector-emulation dvd-report-css daemon-debug-mask library-debug-mask
enum-parsers enum-writers enum-filter-streams enum-daemon-debug-masks enum-library-debug-masks
enum-writer-parameters version"""


@pytest.mark.parametrize("name", REFERENCE_VERBS.split())
def test_every_verb_of_the_reference_client_exists(name: str) -> None:
    assert name in commands(build_parser())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_verb(shell: str) -> None:
    text = script(shell)
    assert all(verb.name in text for verb in VERBS)
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=text, text=True, capture_output=True)
        assert checked.returncode == 0, checked.stderr


def test_bash_completion_completes() -> None:
    probe = script("bash") + '\nCOMP_WORDS=(cdemu ins); COMP_CWORD=1; _cdemu; echo "${COMPREPLY[*]}"'
    done = subprocess.run(["bash", "-c", probe], text=True, capture_output=True, check=True)
    assert done.stdout.split() == ["inspect"]


def test_manual_page_has_every_verb_and_option() -> None:
    text = page(build_parser()).replace("\\-", "-")
    for name, command in commands(build_parser()).items():
        assert f".SS {name}" in text
        for action in command._actions:
            assert all(option in text for option in action.option_strings)
