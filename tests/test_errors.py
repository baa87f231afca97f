"""The error tree: drawn as it is, told in sentences, and known to every floor that translates it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

from cdemu_core import errors
from cdemu_core.dbus.errors import DBUS_NAME_FOR, dbus_error
from cdemu_core.dbus.names import ERROR_DAEMON, ERROR_MIRAGE
from cdemu_core.errors import CdemuError, ImageError, MediumError, StreamError
from cdemu_core.scsi.sense import SENSE_FOR


def below(base: type[CdemuError]) -> Iterator[type[CdemuError]]:
    """All subclasses of ``base`` that the house itself defines."""
    for child in base.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from below(child)


def name(cls: type[CdemuError]) -> str:
    return cls.__name__


ALL: list[type[CdemuError]] = [CdemuError, *below(CdemuError)]
READING: list[type[CdemuError]] = [*below(MediumError), StreamError, ImageError]
LEAVES = [cls for cls in ALL if not list(below(cls))]
EXTRA: dict[type[CdemuError], dict[str, object]] = {
    errors.PluginMismatch: {"wants": "2.0", "has": "1.0"},
    errors.DuplicateName: {"name": "iso", "owners": ("a", "b")},
}


def make(cls: type[CdemuError]) -> CdemuError:
    """An instance, made as the house makes them."""
    if cls is errors.WrongSectorType:
        return errors.WrongSectorType(16, "audio")
    if cls in (errors.AddressOutOfRange, errors.UnreadableSector):
        return cls(16)
    if cls is MediumError:
        return MediumError("The disc is odd.", lba=16)
    return cls("Something is wrong.", **EXTRA.get(cls, {}))


def test_the_drawing_is_the_tree() -> None:
    drawn = re.findall(r"[├└]─ (\w+)", errors.__doc__ or "")
    assert sorted(drawn) == sorted(cls.__name__ for cls in ALL if cls is not CdemuError)


@pytest.mark.parametrize("cls", LEAVES, ids=name)
def test_the_bus_has_a_name_for_every_leaf(cls: type[CdemuError]) -> None:
    assert cls in DBUS_NAME_FOR
    bus_name, message = dbus_error(make(cls))
    assert bus_name.startswith((ERROR_DAEMON, ERROR_MIRAGE))
    assert message == str(make(cls))


@pytest.mark.parametrize("cls", READING, ids=name)
def test_the_drive_has_sense_for_every_error_of_reading(cls: type[CdemuError]) -> None:
    assert cls in SENSE_FOR


@pytest.mark.parametrize("cls", ALL, ids=name)
def test_every_error_is_one_full_sentence(cls: type[CdemuError]) -> None:
    text = str(make(cls))
    assert text[0].isupper()
    assert text.endswith(".")
    assert inspect.getdoc(cls)


def test_errors_of_the_system_stay_errors_of_the_system() -> None:
    missing = errors.MissingFile("There is no file “x”.", path="x", wanted_by="y")
    assert isinstance(missing, FileNotFoundError)
    assert (missing.path, missing.wanted_by) == ("x", "y")
    assert isinstance(errors.StreamError("x", offset=5), OSError)
