"""Every error has its place in the tables of the floors above."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdemu_core import errors
from cdemu_core.dbus.errors import DBUS_NAME_FOR, dbus_error
from cdemu_core.dbus.names import ERROR_DAEMON, ERROR_MIRAGE
from cdemu_core.scsi.sense import SENSE_FOR

NICKS = {
    ERROR_DAEMON: {"InvalidArgument", "AlreadyLoaded", "DeviceLocked", "DaemonError"},
    ERROR_MIRAGE: {
        "LibraryError", "ParserError", "FragmentError", "DiscError", "LanguageError", "SectorError",
        "SessionError", "TrackError", "StreamError", "ImageFileError", "DataFileError", "CannotHandle",
        "EncryptedImage", "WriterError",
    },
}  # fmt: skip
"""The names that clients of the old interface know."""
REACH_A_COMMAND = (errors.MediumError, errors.StreamError)
"""What can fly while a command is carried out: the disc, and the file behind it."""


def tree(base: type[errors.CdemuError]) -> Iterator[type[errors.CdemuError]]:
    """``base`` and what derives from it in the error module; other modules' kin is their own matter."""
    yield base
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from tree(kind)


def leaves() -> list[type[errors.CdemuError]]:
    kinds = list(tree(errors.CdemuError))
    return [k for k in kinds if not any(other is not k and issubclass(other, k) for other in kinds)]


@pytest.mark.parametrize("kind", leaves(), ids=lambda kind: kind.__name__)
def test_every_leaf_has_a_name_on_the_bus(kind: type[errors.CdemuError]) -> None:
    assert kind in DBUS_NAME_FOR, f"give {kind.__name__} a row in cdemu_core/dbus/errors.py"


def test_names_on_the_bus_are_the_known_ones() -> None:
    known = {prefix + nick for prefix, nicks in NICKS.items() for nick in nicks}
    assert set(DBUS_NAME_FOR.values()) <= known


@pytest.mark.parametrize("base", REACH_A_COMMAND, ids=lambda kind: kind.__name__)
def test_what_reaches_a_command_has_sense_data(base: type[errors.CdemuError]) -> None:
    for kind in tree(base):
        if not kind.__subclasses__():
            assert any(up in SENSE_FOR for up in kind.__mro__), f"give {kind.__name__} a row in SENSE_FOR"


def test_an_error_of_the_tree_says_its_sentence_and_its_cure() -> None:
    name, text = dbus_error(errors.PortUnavailable("There is no road.", cure="Load the module."))
    assert (name, text) == (f"{ERROR_DAEMON}DaemonError", "There is no road. Load the module.")
    assert dbus_error(errors.PasswordRequired("It is encrypted."))[0] == f"{ERROR_MIRAGE}EncryptedImage"


def test_a_foreign_exception_leaks_nothing() -> None:
    name, text = dbus_error(KeyError("/home/someone/secret"))
    assert name == f"{ERROR_DAEMON}DaemonError"
    assert "secret" not in text


def test_a_new_kind_goes_by_its_base() -> None:
    class Fresh(errors.StreamError):
        pass

    assert dbus_error(Fresh("New."))[0] == f"{ERROR_MIRAGE}DataFileError"
