"""Blank recordable media: what a request for one must say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from ..errors import DriveError, InvalidOption, InvalidWriterParameter
from .catalogue import find_writer

if TYPE_CHECKING:
    from ..plugin.descriptors import ImageWriter
    from ..plugin.host import PluginHost


class BlankMedium(NamedTuple):
    """``kind``: as writers name it; ``sectors``: capacity, with a CD's pregap; ``profile``: its number."""

    kind: str
    sectors: int
    profile: int


MEDIA: dict[str, BlankMedium] = {
    "cdr74": BlankMedium("cd", 333_000, 0x09),
    "cdr80": BlankMedium("cd", 360_000, 0x09),
    "cdr90": BlankMedium("cd", 405_000, 0x09),
    "cdr99": BlankMedium("cd", 445_500, 0x09),
    "cdrw": BlankMedium("cd", 360_000, 0x0A),
    "dvd-r": BlankMedium("dvd", 2_298_496, 0x11),
    "dvd+r": BlankMedium("dvd", 2_295_104, 0x1B),
    "bdr": BlankMedium("bd", 12_219_392, 0x41),
}
"""Medium types by their names in a request (profiles: MMC-6 table 77)."""
DEFAULT_MEDIUM = "cdr80"
WRITER_ID, MEDIUM_TYPE = "writer-id", "medium-type"


@attrs.frozen
class BlankRequest:
    """A checked request: ``medium`` is a key of MEDIA, ``parameters`` are complete and typed."""

    writer: ImageWriter
    medium: str
    path: str
    parameters: dict[str, bool | int | str]


def _parameters(writer: ImageWriter, given: Mapping[str, Any]) -> dict[str, bool | int | str]:
    """The sheet's values, the given ones over the defaults; parameters no sheet has are ignored."""
    values = {}
    for parameter in writer.parameters:
        value = given.get(parameter.id, parameter.default)
        if type(value) is not type(parameter.default):
            raise InvalidWriterParameter(
                f"Parameter {parameter.id} is of type {type(parameter.default).__name__}, "
                f"not {type(value).__name__}."
            )
        if parameter.choices and value not in parameter.choices:
            raise InvalidWriterParameter(
                f"Parameter {parameter.id} cannot be “{value}”; it is one of {', '.join(parameter.choices)}."
            )
        values[parameter.id] = value
    return values


def check_request(host: PluginHost, path: str, given: Mapping[str, Any]) -> BlankRequest:
    """A request as the bus brings it, checked; nothing has been done when it raises.

    The keys ``writer-id`` and ``medium-type`` and their values are of any case.

    Raises:
        InvalidOption: an unknown medium type.
        UnknownWriter, InvalidWriterParameter: by their names.
        DriveError: no writer was named.
    """
    given = {key.lower() if key.lower() in (WRITER_ID, MEDIUM_TYPE) else key: v for key, v in given.items()}
    medium = given.get(MEDIUM_TYPE, DEFAULT_MEDIUM)
    if not isinstance(medium, str) or medium.lower() not in MEDIA:
        raise InvalidOption(f"There is no medium type “{medium}”; the types are {', '.join(MEDIA)}.")
    identifier = given.get(WRITER_ID)
    if not isinstance(identifier, str):
        raise DriveError("No image writer was named: give its id as the parameter writer-id.")
    writer = find_writer(host, identifier)
    parameters = _parameters(writer, given)
    kind = MEDIA[medium.lower()].kind
    if kind not in writer.media:
        raise InvalidWriterParameter(
            f"{writer.title} cannot write {kind.upper()} media; it writes {', '.join(writer.media)}."
        )
    return BlankRequest(writer, medium.lower(), path, parameters)
