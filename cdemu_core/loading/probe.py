"""Recognises files: narrowing by declarations, scoring by kind of evidence, the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import attrs

from ..errors import AmbiguousImage, ImageError, UnknownImage
from ..plugin.descriptors import Evidence, ImageFormat, Magic, StreamFilter
from ..plugin.source import ProbeView
from .contain import shown
from .view import StreamView

Descriptor = TypeVar("Descriptor", ImageFormat, StreamFilter)

NOTHING: Final[tuple[int, bool]] = (Evidence.NONE, False)
"""The rank of no claim."""
SETTLED: Final[tuple[int, bool]] = (Evidence.MAGIC, True)
"""The rank from which name and content agree."""
OWNERS: Final = {
    ".bin": "cdemu-iso",
    ".ccd": "cdemu-ccd",
    ".cso": "cdemu-containers",
    ".cue": "cdemu-cue",
    ".dax": "cdemu-containers",
    ".dmg": "cdemu-containers",
    ".dvd": "cdemu-ccd",
    ".ecm": "cdemu-containers",
    ".flac": "cdemu-sndfile",
    ".img": "cdemu-iso",
    ".iso": "cdemu-iso",
    ".isz": "cdemu-containers",
    ".mds": "cdemu-mds",
    ".mdx": "cdemu-mds",
    ".mp3": "cdemu-sndfile",
    ".nrg": "cdemu-nrg",
    ".ogg": "cdemu-sndfile",
    ".udf": "cdemu-iso",
    ".xmd": "cdemu-mds",
    ".zso": "cdemu-containers",
}
"""Distribution to install for a suffix that no installed plugin owns."""
DESCRIPTORS: Final = {".mdf": ".mds", ".sub": ".ccd", ".xmf": ".xmd"}
"""Suffix of a data file → suffix of the descriptor to load instead."""


@attrs.frozen
class Verdict:
    """What one format or filter shows for a file; ``named`` where the file's suffix is its own."""

    descriptor: ImageFormat | StreamFilter
    evidence: Evidence
    named: bool
    reason: str

    @property
    def rank(self) -> tuple[int, bool]:
        """Higher wins; equal ranks cannot be told apart."""
        return self.evidence, self.named


def judge(descriptor: ImageFormat | StreamFilter, view: ProbeView, *, trailing: bool = True) -> Verdict:
    """The evidence of one format or filter; a probe runs only where name or signature admits it.

    ``trailing``: look for signatures at the end too.
    """
    named = _is_named(descriptor, view)
    signed = any(has_magic(view, magic) for magic in descriptor.magics if trailing or magic.offset >= 0)
    silent = not descriptor.suffixes and not descriptor.magics
    if not (named or signed or silent):
        return Verdict(descriptor, Evidence.NONE, named, "neither the name nor a signature fits")
    if descriptor.probe is not None:
        return _asked(descriptor, descriptor.probe, view, named)
    if signed:
        return Verdict(descriptor, Evidence.MAGIC, named, "the signature fits")
    if named and not descriptor.magics:
        return Verdict(descriptor, Evidence.SUFFIX, named, "only the name fits")
    return Verdict(descriptor, Evidence.NONE, named, "the signature is missing")


def judge_all(
    descriptors: Sequence[Descriptor], view: StreamView, rivals: Sequence[ImageFormat] = ()
) -> list[tuple[Verdict, Descriptor]]:
    """:func:`judge` each, without reading a costly end where the head settles the choice.

    Behind a layer that decodes forwards only, once a claim shows its signature at the head and its suffix
    in the name, a signature at the end is looked for only by those whose suffix the name has too.
    ``rivals``: formats whose claims count for that though they are not judged here.
    """
    if not view.forward:
        return [(judge(descriptor, view), descriptor) for descriptor in descriptors]
    verdicts = [(judge(descriptor, view, trailing=False), descriptor) for descriptor in descriptors]
    ranks = [verdict.rank for verdict, _ in verdicts]
    ranks += [judge(rival, view, trailing=False).rank for rival in rivals if rival.detect]
    best = max(ranks, default=NOTHING)
    return [
        (judge(descriptor, view), descriptor) if _may_win(descriptor, view, best) else (verdict, descriptor)
        for verdict, descriptor in verdicts
    ]


def _may_win(descriptor: ImageFormat | StreamFilter, view: ProbeView, best: tuple[int, bool]) -> bool:
    """Whether a signature at the end is worth a costly look, ``best`` being what the head shows."""
    if all(magic.offset >= 0 for magic in descriptor.magics):
        return False
    return best < SETTLED or _is_named(descriptor, view)


def _is_named(descriptor: ImageFormat | StreamFilter, view: ProbeView) -> bool:
    return any(view.name.lower().endswith(suffix) for suffix in descriptor.suffixes)


def has_magic(view: ProbeView, magic: Magic) -> bool:
    """Whether the signature is there."""
    offset = magic.offset if magic.offset >= 0 else view.size + magic.offset
    return view.read(offset, len(magic.signature)) == magic.signature


def _asked(
    descriptor: ImageFormat | StreamFilter,
    probe: Callable[[ProbeView], Evidence],
    view: ProbeView,
    named: bool,
) -> Verdict:
    try:
        evidence = Evidence(probe(view))
    except Exception as cause:  # a probe that raises knows nothing; why is kept for the user
        reason = f"its probe failed: {type(cause).__name__}: {cause}"
        return Verdict(descriptor, Evidence.NONE, named, reason)
    reason = "the content does not fit" if evidence is Evidence.NONE else f"{evidence.name.lower()} fits"
    return Verdict(descriptor, evidence, named, reason)


def rank_formats(
    formats: tuple[ImageFormat, ...], view: StreamView, file_count: int
) -> tuple[list[Verdict], list[Verdict]]:
    """(claims, best first; refusals) of all formats that are detected."""
    verdicts = []
    judged = []
    for fmt in formats:
        if not fmt.detect:
            reason = f"it is used only when asked for with --format {fmt.name}"
            verdicts.append(Verdict(fmt, Evidence.NONE, False, reason))
        elif 0 < fmt.max_files < file_count:
            reason = f"it takes at most {fmt.max_files} file(s), {file_count} were given"
            verdicts.append(Verdict(fmt, Evidence.NONE, False, reason))
        else:
            judged.append(fmt)
    verdicts += [verdict for verdict, _ in judge_all(judged, view)]
    claims = [verdict for verdict in verdicts if verdict.evidence is not Evidence.NONE]
    claims.sort(key=lambda verdict: verdict.rank, reverse=True)
    return claims, [verdict for verdict in verdicts if verdict.evidence is Evidence.NONE]


def check_unequal(claims: list[Verdict], path: str) -> None:
    """Raise AmbiguousImage where the best two of ``claims`` cannot be told apart."""
    names = tuple(claim.descriptor.name for claim in claims if claim.rank == claims[0].rank)
    if len(names) > 1:
        choices = " or ".join(f"--format {name}" for name in names)
        raise AmbiguousImage(
            f"“{shown(path)}” may be {' or '.join(names)}; say which with {choices}.",
            path=path,
            candidates=names,
        )


def unknown(
    path: str,
    view: ProbeView,
    refused: list[Verdict],
    failed: list[tuple[Verdict, str]],
    installed: frozenset[str],
) -> ImageError:
    """The error for a file nobody can read, with every format's reason and what may help.

    ``installed``: distributions that are there and need no hint.
    """
    tried = [(v.descriptor.name, v.evidence.name.lower(), reason) for v, reason in failed]
    tried += [(v.descriptor.name, "none", v.reason) for v in refused]
    if failed:
        problem = f"“{shown(path)}” cannot be read as {failed[0][0].descriptor.name}: {failed[0][1]}"
    else:
        problem = f"No installed format recognises “{shown(path)}”."
    named = [f"{v.descriptor.name}: {v.reason}" for v in refused if v.named]
    reasons = f" ({'; '.join(named)})" if named and not failed else ""
    return UnknownImage(f"{problem}{reasons}{_hint(view.suffix, installed)}", path=path, tried=tuple(tried))


def _hint(suffix: str, installed: frozenset[str]) -> str:
    if suffix in DESCRIPTORS:
        return f" This is a data file; load its “{DESCRIPTORS[suffix]}” file instead."
    owner = OWNERS.get(suffix)
    return f" Install {owner} for “{suffix}” files." if owner and owner not in installed else ""
