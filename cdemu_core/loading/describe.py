"""describe: a loaded image as the JSON object of ``cdemu inspect --json`` (docs/inspect-schema.md)."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from ..disc.cdtext import BINARY_TYPES, MS_JIS, TEXT_TYPES, block_text, encode_packs
from ..disc.model import CdTextBlock, Control, Disc, Dpm, PackType, Session, Track
from ..disc.sector import SectorType
from ..errors import CdemuError, UnknownImage
from .loader import LoadedImage

ADR_POSITION: Final = 1
"""ADR of sub-channel Q that carries positions: every track's (Red Book)."""
FLAGS: Final = ((Control.FOUR_CHANNEL, 1), (Control.COPY_PERMITTED, 2), (Control.PRE_EMPHASIS, 4))
"""Track flags as libMirage numbers them."""
TRIED: Final = ("format", "evidence", "reason")
"""Members of a row of UnknownImage.tried."""


def describe(
    loaded: LoadedImage, *, digest: bool = False, digest_sectors: int | None = None
) -> dict[str, Any]:
    """The layout of ``loaded``; with ``digest`` also SHA-256 of what every track reads as.

    ``digest_sectors``: digest only the first so many sectors of each track.
    """
    return {
        "format": loaded.format,
        "files": list(loaded.files),
        "notes": list(loaded.notes),
        **describe_disc(loaded.disc, digest=digest, digest_sectors=digest_sectors),
    }


def describe_error(problem: CdemuError) -> dict[str, Any]:
    """The object that stands for an image that was refused; of an unknown one, with what was tried."""
    members: dict[str, Any] = {"error": str(problem), "kind": type(problem).__name__}
    if isinstance(problem, UnknownImage):
        members["tried"] = [dict(zip(TRIED, row, strict=True)) for row in problem.tried]
    return members


def describe_disc(disc: Disc, *, digest: bool = False, digest_sectors: int | None = None) -> dict[str, Any]:
    """The members of :func:`describe` that tell of the disc."""
    return {
        "medium_type": word(disc.medium.name),
        "start": disc.start,
        "length": disc.length,
        "first_session": disc.sessions[0].number,
        "first_track": disc.sessions[0].tracks[0].number,
        "dpm": _dpm(disc.dpm),
        "structures": [
            {
                "layer": structure.layer,
                "type": structure.type,
                "length": len(structure.data),
                "sha256": hashlib.sha256(structure.data).hexdigest(),
            }
            for structure in disc.structures
        ],
        "sessions": [_session(disc, session, digest, digest_sectors) for session in disc.sessions],
    }


def word(name: str) -> str:
    """An enumeration member's name as the object spells it: ``HD_DVD`` is ``hd-dvd``."""
    return name.lower().replace("_", "-")


def _dpm(dpm: Dpm | None) -> dict[str, Any]:
    dpm = dpm or Dpm(0, 0, ())
    return {
        "start": dpm.start,
        "resolution": dpm.resolution,
        "entries": len(dpm.values),
        "values": list(dpm.values),
    }


def _session(disc: Disc, session: Session, digest: bool, limit: int | None) -> dict[str, Any]:
    packs = encode_packs(session.cdtext, session.tracks[0].number, session.tracks[-1].number)
    return {
        "number": session.number,
        "type": word(session.type.name),
        "start": session.start,
        "length": session.length,
        "leadout_length": session.leadout_length,
        "mcn": session.mcn,
        "cdtext": packs.hex() if packs else None,
        "languages": _languages(session.cdtext, 0),
        "tracks": [_track(disc, session, track, digest, limit) for track in session.tracks],
    }


def _track(disc: Disc, session: Session, track: Track, digest: bool, limit: int | None) -> dict[str, Any]:
    members: dict[str, Any] = {
        "number": track.number,
        "sector_type": word(track.sector_type.name),
        "start": track.start,
        "length": track.length,
        "track_start": track.pregap,
        "flags": sum(value for flag, value in FLAGS if flag in track.control),
        "ctl": int(track.control) | (0 if track.sector_type is SectorType.AUDIO else Control.DATA),
        "adr": ADR_POSITION,
        "fragments": len(track.fragments),
        "isrc": track.isrc,
        "indices": [index.address for index in track.indices],
        "index_numbers": [index.number for index in track.indices],
        "languages": _languages(session.cdtext, track.number),
    }
    if digest:
        from .digest import digest_track  # numpy only where it is needed

        members |= digest_track(disc, track, limit)
    return members


def _languages(blocks: tuple[CdTextBlock, ...], track: int) -> list[dict[str, Any]]:
    """Each block's packs of ``track`` (0: the album) by pack type, in hex, with the ending NULs."""
    found = []
    for block in blocks:
        packs = {
            f"{kind:02x}": (text + _terminator(block, kind)).hex()
            for (kind, number), text in sorted(block.texts.items())
            if number == track
        }
        if packs:
            found.append({"code": block.language, "packs": packs, "texts": _texts(block, track)})
    return found


def _texts(block: CdTextBlock, track: int) -> dict[str, str]:
    """The block's texts of ``track`` by the pack type's name."""
    kinds = sorted(kind for kind, number in block.texts if number == track and kind in TEXT_TYPES)
    return {word(kind.name): block_text(block, kind, track) or "" for kind in kinds}


def _terminator(block: CdTextBlock, kind: PackType) -> bytes:
    if kind in BINARY_TYPES:
        return b""
    return b"\0\0" if block.charset >= MS_JIS and kind in TEXT_TYPES else b"\0"
