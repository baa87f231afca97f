"""Blank recordable media: what a request for one must say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import DriveError, InvalidOption, InvalidWriterParameter
from .catalogue import find_writer

if TYPE_CHECKING:
    from ..plugin.descriptors import ImageWriter
    from ..plugin.host import PluginHost


MEDIA: dict[str, tuple[str, int]] = {
    "cdr74": ("cd", 333_000),
    "cdr80": ("cd", 360_000),
    "cdr90": ("cd", 405_000),
    "cdr99": ("cd", 445_500),
    "dvd+r": ("dvd", 2_295_104),
    "bdr": ("bd", 12_219_392),
}
"""Kind and capacity (sectors) of each medium type."""
DEFAULT_MEDIUM = "cdr80"
WRITER_PREFIX = "writer."


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

    Raises:
        InvalidOption: an unknown medium type.
        UnknownWriter, InvalidWriterParameter: by their names.
        DriveError: no writer was named.
    """
    medium = given.get("medium-type", DEFAULT_MEDIUM)
    if not isinstance(medium, str) or medium.lower() not in MEDIA:
        raise InvalidOption(f"There is no medium type “{medium}”; the types are {', '.join(MEDIA)}.")
    identifier = given.get("writer-id")
    if not isinstance(identifier, str):
        raise DriveError("No image writer was named: give its id as the parameter writer-id.")
    writer = find_writer(host, identifier)
    parameters = _parameters(writer, given)
    kind = MEDIA[medium.lower()][0]
    if kind not in writer.media:
        raise InvalidWriterParameter(
            f"{writer.title} cannot write {kind.upper()} media; it writes {', '.join(writer.media)}."
        )
    return BlankRequest(writer, medium.lower(), path, parameters)
