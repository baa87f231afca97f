"""Variants of the bus and Python values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbus_fast.signature import Variant

Scalar = bool | int | str
_SIGNATURES: dict[type, str] = {bool: "b", int: "i", str: "s"}


def wrap(value: Scalar) -> Variant:
    """A variant of a boolean (``b``), a 32-bit integer (``i``) or a text (``s``)."""
    return Variant(_SIGNATURES[type(value)], value)


def wrap_dict(values: Mapping[str, Scalar]) -> dict[str, Variant]:
    """An ``a{sv}`` dictionary."""
    return {key: wrap(value) for key, value in values.items()}


def unwrap_dict(values: Mapping[str, Variant]) -> dict[str, Any]:
    """The values of an ``a{sv}`` dictionary, variants inside values left as they are."""
    return {key: variant.value for key, variant in values.items()}
