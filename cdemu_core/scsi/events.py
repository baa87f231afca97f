"""What a drive tells its owner."""

from __future__ import annotations

import attrs


@attrs.frozen
class MediumChanged:
    """A disc went in (``loaded``) or out, by whatever way."""

    loaded: bool


@attrs.frozen
class AudioChanged:
    """PLAY/PAUSE/RESUME/STOP/SCAN changed what should be heard.

    ``status``: "playing", "paused", "stopped". ``start``/``end``: LBAs of the range (end exclusive).
    """

    status: str
    start: int
    end: int


@attrs.frozen
class VolumeChanged:
    """Mode page 0E was set. ``ports``: (channel selection bits, volume 0–255) of each output port."""

    ports: tuple[tuple[int, int], ...]


@attrs.frozen
class InternalError:
    """A handler raised something unexpected; the command got HARDWARE ERROR sense."""

    opcode: int
    error: BaseException


@attrs.frozen
class ImageWritten:
    """A session was closed and the image of the recorded disc is complete."""


@attrs.frozen
class RecordingFailed:
    """Something written could not be kept; the command ended with MEDIUM ERROR."""

    reason: str
