"""The one door for plugin authors."""

from __future__ import annotations

from pluggy import HookimplMarker

from .disc.cdtext import decode_packs, encode_packs, text_block
from .disc.complete import complete_frames
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
    SessionType,
    Subchannel,
    TocPoint,
)
from .disc.sector import STORED, SYNC_PATTERN, SectorType, Span, SubchannelForm
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
from .stream.spool import SpoolStream
from .stream.window import JoinedStream, MemoryStream, WindowStream
from .units import Msf, frames_to_msf, from_bcd, lba_to_msf, msf_to_frames, msf_to_lba, to_bcd

hookimpl = HookimplMarker("cdemu")

__all__ = [
    "HOOKS_VERSION",
    "STORED",
    "SYNC_PATTERN",
    "BlockStream",
    "CdTextBlock",
    "Control",
    "CorruptImage",
    "Disc",
    "DiscBuilder",
    "DiscStructure",
    "Dpm",
    "Evidence",
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
    "PackType",
    "PasswordRequired",
    "ProbeView",
    "SectorType",
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
    "TrackBuilder",
    "UnsupportedImage",
    "WindowStream",
    "WriterParameter",
    "complete_frames",
    "decode_packs",
    "encode_packs",
    "frames_to_msf",
    "from_bcd",
    "hookimpl",
    "lba_to_msf",
    "msf_to_frames",
    "msf_to_lba",
    "text_block",
    "to_bcd",
]
