"""Volume, channel selection and mute of CD audio (MMC-6, mode page 0E)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

FULL: Final = 255
LEFT, RIGHT = 0x01, 0x02
DEFAULT: Final = ((LEFT, FULL), (RIGHT, FULL))
"""Both channels on their own port, as loud as they are."""

Ports = Sequence[tuple[int, int]]
"""(channel selection, volume) of each output port; those behind the second are not heard."""


def is_plain(ports: Ports) -> bool:
    """Whether ``ports`` leave the sound as it is."""
    return tuple(ports[:2]) == DEFAULT


def mix(data: bytes | bytearray, ports: Ports) -> bytes | bytearray:
    """Stereo samples (16 bit, little-endian) as they come out of the first two ``ports``.

    No channel selected is silence; both selected are averaged. Volume is linear.
    """
    if is_plain(ports):
        return data
    import numpy as np

    heard = np.frombuffer(data, "<i2").reshape(-1, 2).astype(np.int32)
    out = np.zeros_like(heard)
    for port, (selection, volume) in enumerate(ports[:2]):
        channels = [channel for channel in (0, 1) if selection >> channel & 1]
        if channels:
            out[:, port] = heard[:, channels].sum(axis=1) * volume // (FULL * len(channels))
    return out.astype("<i2").tobytes()
