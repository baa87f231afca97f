"""The one door for plugin authors."""

from __future__ import annotations

from importlib import import_module
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
    PortLost,
    PortUnavailable,
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
    Transport,
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
    from .scsi.command import Command, Completion, Status, Target
    from .transport.port import Mapping as DriveMapping
    from .transport.port import Port, Road, RoadState

hookimpl = HookimplMarker("cdemu")
LATE = {
    "DiscReader": ("disc.reader", "DiscReader"),
    "Command": ("scsi.command", "Command"),
    "Completion": ("scsi.command", "Completion"),
    "Status": ("scsi.command", "Status"),
    "Target": ("scsi.command", "Target"),
    "DriveMapping": ("transport.port", "Mapping"),
    "Port": ("transport.port", "Port"),
    "Road": ("transport.port", "Road"),
    "RoadState": ("transport.port", "RoadState"),
}
"""Where what writers and transports need comes from: parsers start without it."""


def __getattr__(name: str) -> Any:
    """Names that few plugins need, imported at their first use."""
    if name in LATE:
        module, member = LATE[name]
        return getattr(import_module(f"cdemu_core.{module}"), member)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "HOOKS_VERSION",
    "SOUND_SUFFIXES",
    "STORED",
    "SYNC_PATTERN",
    "BlockStream",
    "CdTextBlock",
    "Command",
    "Completion",
    "Control",
    "CorruptImage",
    "Disc",
    "DiscBuilder",
    "DiscReader",
    "DiscStructure",
    "Dpm",
    "DriveMapping",
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
    "Port",
    "PortLost",
    "PortUnavailable",
    "ProbeView",
    "Road",
    "RoadState",
    "SectorType",
    "Session",
    "SessionBuilder",
    "SessionType",
    "Span",
    "SpoolStream",
    "Status",
    "Stream",
    "StreamError",
    "StreamFilter",
    "Subchannel",
    "SubchannelForm",
    "Target",
    "TocPoint",
    "Track",
    "TrackBuilder",
    "Transport",
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
