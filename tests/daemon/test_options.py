"""Rows of the option table."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdemu_core.daemon.mapping import wait_for_mapping
from cdemu_core.daemon.options import IDENTITY_WIDTHS, OPTIONS, checked_value, fit_identity, signed32
from cdemu_core.errors import InvalidOption
from cdemu_core.transport.port import Mapping


@given(st.integers())
def test_masks_are_32_bits(value: int) -> None:
    fitted = signed32(value)
    assert -(2**31) <= fitted < 2**31
    assert (fitted - value) % 2**32 == 0


@given(st.lists(st.text(), min_size=4, max_size=4))
def test_identities_fit_their_fields(texts: list[str]) -> None:
    fitted = fit_identity(texts)
    assert all(len(text) <= width for text, width in zip(fitted, IDENTITY_WIDTHS, strict=True))
    assert fit_identity(fitted) == fitted
    assert all(text.isascii() for text in fitted)


def test_defaults_have_their_own_type() -> None:
    for name, option in OPTIONS.items():
        assert checked_value(name, option.signature, option.default) == option.default


@pytest.mark.parametrize("signature", ["i", "u", "s", "(sss)", "v"])
def test_types_are_exact(signature: str) -> None:
    with pytest.raises(InvalidOption, match="takes a value of D-Bus type"):
        checked_value("dpm-emulation", signature, True)


def test_waiting_ends_with_both_nodes_or_with_patience() -> None:
    looks = [Mapping(), Mapping(sr="/dev/sr0"), Mapping(sr="/dev/sr0", sg="/dev/sg1")]
    found = asyncio.run(wait_for_mapping(lambda: looks.pop(0)))
    assert found == Mapping(sr="/dev/sr0", sg="/dev/sg1")
    assert asyncio.run(wait_for_mapping(Mapping, patience=0.05)) == Mapping()
