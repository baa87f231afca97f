"""The one door for plugin authors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

from .disc.cdtext import block_text, decode_packs, encode_packs, text_block
from .disc.complete import complete_frames
from .disc.export import generated_lead, has_subchannel, stored_sectors
from .disc.layout import DiscBuilder, SessionBuilder, TrackBuilder
from .disc.model import (
    CdTextBlock,
    Control,
    Disc,
    DiscStructure,
    Dpm,
    Fragment,
    MainChannel,
    MediumType,
    PackType,
    Session,
    SessionType,
    Subchannel,
    TocPoint,
    Track,
)
from .disc.sector import STORED, SYNC_PATTERN, SectorType, Span, SubchannelForm
from .disc.structures import physical_format
from .disc.toc import session_points
from .errors import (
    CorruptImage,
    ImageError,
    MissingFile,
    PasswordRequired,
    StreamError,
    UnsupportedImage,
)
from .plugin.descriptors import (
    HOOKS_VERSION,
    Evidence,
    Feature,
    FilterRole,
    ImageFormat,
    ImageWriter,
    Magic,
    StreamFilter,
    WriterParameter,
)
from .plugin.source import ImageSource, ProbeView
from .stream.base import Stream
from .stream.blocks import BlockStream
from .stream.output import Output, OutputFile
from .stream.sound import SOUND_SUFFIXES, write_sound
from .stream.spool import SpoolStream
from .stream.window import JoinedStream, MemoryStream, WindowStream
from .units import Msf, frames_to_msf, from_bcd, lba_to_msf, msf_to_frames, msf_to_lba, to_bcd

if TYPE_CHECKING:
    from .disc.reader import DiscReader

hookimpl = HookimplMarker("cdemu")


def __getattr__(name: str) -> Any:
    """DiscReader, at its first use: writers need it, parsers do not."""
    if name == "DiscReader":
        from .disc.reader import DiscReader

        return DiscReader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "HOOKS_VERSION",
    "SOUND_SUFFIXES",
    "STORED",
    "SYNC_PATTERN",
    "BlockStream",
    "CdTextBlock",
    "Control",
    "CorruptImage",
    "Disc",
    "DiscBuilder",
    "DiscReader",
    "DiscStructure",
    "Dpm",
    "Evidence",
    "Feature",
    "FilterRole",
    "Fragment",
    "ImageError",
    "ImageFormat",
    "ImageSource",
    "ImageWriter",
    "JoinedStream",
    "Magic",
    "MainChannel",
    "MediumType",
    "MemoryStream",
    "MissingFile",
    "Msf",
    "Output",
    "OutputFile",
    "PackType",
    "PasswordRequired",
    "ProbeView",
    "SectorType",
    "Session",
    "SessionBuilder",
    "SessionType",
    "Span",
    "SpoolStream",
    "Stream",
    "StreamError",
    "StreamFilter",
    "Subchannel",
    "SubchannelForm",
    "TocPoint",
    "Track",
    "TrackBuilder",
    "UnsupportedImage",
    "WindowStream",
    "WriterParameter",
    "block_text",
    "complete_frames",
    "decode_packs",
    "encode_packs",
    "frames_to_msf",
    "from_bcd",
    "generated_lead",
    "has_subchannel",
    "hookimpl",
    "lba_to_msf",
    "msf_to_frames",
    "msf_to_lba",
    "physical_format",
    "session_points",
    "stored_sectors",
    "text_block",
    "to_bcd",
    "write_sound",
]
