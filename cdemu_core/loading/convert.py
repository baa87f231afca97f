"""convert: plan, write, load what was written and compare, and only then give it its name."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import attrs

from ..disc.model import Disc
from ..errors import CorruptImage, ImageError, StreamError
from ..plugin.descriptors import Feature, ImageWriter
from ..plugin.host import PluginHost
from .contain import contained, shown
from .loader import ImageLoader, LoadedImage, LoadRequest
from .plan import ConversionPlan, Loss, losses_dict, plan
from .watch import Progress, watched

WRITING_SHARE: Final = 0.5
"""Of the progress; the rest is the comparison."""


class LossyConversion(ImageError):
    """The format would lose something and that was not allowed; ``plan`` says what."""

    def __init__(self, message: str, losses: tuple[Loss, ...]) -> None:
        super().__init__(message)
        self.losses = losses


@attrs.frozen
class ConversionReport:
    """``files``: what was written; ``found``: what the comparison found missing, all planned or allowed."""

    plan: ConversionPlan
    files: tuple[str, ...]
    found: tuple[Loss, ...]

    def as_dict(self) -> dict[str, Any]:
        """Members for JSON."""
        found = [losses_dict(loss) for loss in self.found]
        return {"files": list(self.files), **self.plan.as_dict(), "found": found}


@attrs.frozen
class Permission:
    """``allow_loss``: go on though something is lost; ``strict``: not even what is harmless may be.
    ``overwrite``: replace files that exist."""

    allow_loss: bool = False
    strict: bool = False
    overwrite: bool = False

    def check(self, losses: Sequence[Loss], name: str) -> None:
        """Refuse.

        Raises:
            LossyConversion: ``losses`` are not permitted.
        """
        refused = tuple(
            loss for loss in losses if self.strict or (loss.level == "loss" and not self.allow_loss)
        )
        if refused:
            details = " ".join(loss.detail for loss in refused)
            cure = "choose another format or parameters" + ("" if self.strict else ", or allow the loss")
            raise LossyConversion(
                f"The format “{name}” would lose {', '.join(loss.feature.value for loss in refused)}: "
                f"{details} To go on, {cure}.",
                refused,
            )


def convert(
    image: LoadedImage,
    writer: ImageWriter,
    path: str,
    host: PluginHost,
    *,
    parameters: Mapping[str, str] | None = None,
    permission: Permission | None = None,
    progress: Progress | None = None,
) -> ConversionReport:
    """Write ``image`` to ``path`` by ``writer``; its files appear when they have been compared, or none does.

    Raises:
        LossyConversion: what the plan or the comparison finds is not permitted.
        UnsupportedImage, InvalidWriterParameter: as :func:`plan`.
        DiscsDiffer: what was written does not hold the disc's data.
        ImageError: a file is there already, or is one of the image's own.
        StreamError: something cannot be read or written.
    """
    permission = permission or Permission()
    path = os.path.abspath(path)
    _check_target(image, [path], overwrite=permission.overwrite)
    planned = plan(image.disc, writer, parameters)
    permission.check(planned.losses, writer.name)
    with _workshop(path) as folder:
        disc = image.disc if progress is None else watched(image.disc, _first_part(progress))
        made = os.path.join(folder, os.path.basename(path))
        with contained(path, writer.title, host.owner(writer)):
            files = list(writer.write(disc, made, dict(planned.parameters)))
        found = _differences(image.disc, files, writer, host)
        _check_found(found, planned, permission, writer)
        targets = [os.path.join(os.path.dirname(path), os.path.basename(file)) for file in files]
        _check_target(image, targets, overwrite=permission.overwrite)
        _move(files, targets)
    if progress is not None:
        progress(1.0)
    return ConversionReport(planned, tuple(targets), found)


def _first_part(progress: Progress) -> Progress:
    return lambda share: progress(share * WRITING_SHARE)


def _check_target(image: LoadedImage, targets: Sequence[str], *, overwrite: bool) -> None:
    own = {os.path.realpath(file) for file in image.files}
    for target in targets:
        if os.path.realpath(target) in own:
            raise ImageError(
                f"“{shown(target)}” belongs to the image that is read; choose another name.", path=target
            )
        if os.path.lexists(target) and not overwrite:
            raise ImageError(
                f"“{shown(target)}” is there already; choose another name, or allow to overwrite it.",
                path=target,
            )


@contextmanager
def _workshop(path: str) -> Iterator[str]:
    """A folder beside ``path`` that is gone afterwards."""
    try:
        folder = tempfile.mkdtemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
    except OSError as problem:
        raise StreamError(
            f"Nothing can be written to “{os.path.dirname(path)}”: {problem.strerror}."
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _differences(disc: Disc, files: Sequence[str], writer: ImageWriter, host: PluginHost) -> tuple[Loss, ...]:
    from .compare import compare  # numpy

    wanted = tuple(file for file in files if os.path.splitext(file)[1].lower() in writer.suffixes)
    if not wanted:
        raise CorruptImage(f"The format “{writer.name}” wrote nothing that can be loaded again.")
    fmt = writer.name if writer.name in host.formats else None
    try:
        loaded = ImageLoader(host).load(LoadRequest(wanted, format=fmt))
    except ImageError as problem:
        raise CorruptImage(
            f"What the format “{writer.name}” makes of this disc cannot be loaded again: {problem}"
        ) from problem
    try:
        found = compare(disc, loaded.disc)
    finally:
        loaded.close()
    return tuple(Loss(feature, detail) for feature, detail in found.items())


def _check_found(
    found: Sequence[Loss], planned: ConversionPlan, permission: Permission, writer: ImageWriter
) -> None:
    """What was not planned needs a permission of its own."""
    expected = {loss.feature for loss in planned.losses}
    permission.check([loss for loss in found if loss.feature not in expected], writer.name)


def _move(files: Sequence[str], targets: Sequence[str]) -> None:
    """Give all files their names, the first one last; where that fails, those that are new go again."""
    fresh: list[str] = []
    try:
        for file, target in reversed(list(zip(files, targets, strict=True))):
            existed = os.path.lexists(target)
            os.replace(file, target)
            if not existed:
                fresh.append(target)
    except OSError as problem:
        for target in fresh:
            os.unlink(target)
        raise StreamError(f"“{problem.filename2}” cannot be written: {problem.strerror}.") from None


def unplanned(report: ConversionReport) -> set[Feature]:
    """Features that the comparison found missing and the plan had not foreseen."""
    return {loss.feature for loss in report.found} - {loss.feature for loss in report.plan.losses}
