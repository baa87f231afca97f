"""plan: what an image format would lose of a disc, as data, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from ..disc.model import Disc
from ..errors import InvalidWriterParameter, UnsupportedImage
from ..plugin.descriptors import Feature, ImageWriter, WriterParameter

Value = bool | int | str
Level = Literal["info", "loss"]

HARMLESS: Final = frozenset({Feature.TOC_POINTS})
"""What no program that reads a disc's contents misses."""
YES: Final = ("true", "yes", "on", "1")
NO: Final = ("false", "no", "off", "0")


@attrs.frozen
class Loss:
    """A ``feature`` that the disc has and the format loses; ``detail`` is a sentence."""

    feature: Feature
    detail: str
    level: Level = "loss"


@attrs.frozen
class ConversionPlan:
    """``losses``: everything that would not be kept; ``parameters``: all of the writer's, as chosen."""

    writer: str
    parameters: Mapping[str, Value]
    losses: tuple[Loss, ...]

    @property
    def lossless(self) -> bool:
        """Whether nothing is lost that matters."""
        return all(loss.level == "info" for loss in self.losses)

    def as_dict(self) -> dict[str, Any]:
        """Members for JSON."""
        return {
            "writer": self.writer,
            "parameters": dict(self.parameters),
            "lossless": self.lossless,
            "losses": [losses_dict(loss) for loss in self.losses],
        }


def losses_dict(loss: Loss) -> dict[str, str]:
    """A loss for JSON."""
    return {"feature": loss.feature.value, "level": loss.level, "detail": loss.detail}


def plan(disc: Disc, writer: ImageWriter, given: Mapping[str, str] | None = None) -> ConversionPlan:
    """The plan that loses least, with the parameters ``given`` as text.

    Raises:
        UnsupportedImage: the writer cannot write this kind of medium.
        InvalidWriterParameter: a parameter is not known or has a wrong value.
    """
    from .survey import survey  # numpy

    medium = disc.medium.name.lower().replace("_", "-")
    if medium not in writer.media:
        raise UnsupportedImage(
            f"{writer.title} cannot hold a {medium.upper()}, only {', '.join(writer.media).upper()}; "
            "choose another format.",
            feature="medium",
        )
    chosen = typed_parameters(writer, given or {})
    features = survey(disc)
    losses = _losses(writer, chosen, features)
    for parameter in (p.id for p in writer.parameters if p.automatic and p.id not in (given or {})):
        other = chosen | {parameter: True}
        fewer = _losses(writer, other, features)
        if len(fewer) < len(losses):
            chosen, losses = other, fewer
    return ConversionPlan(writer.name, chosen, losses)


def _losses(
    writer: ImageWriter, parameters: Mapping[str, Value], features: Mapping[Feature, str]
) -> tuple[Loss, ...]:
    kept = writer.keeps(parameters) if writer.keeps else frozenset()
    return tuple(
        Loss(feature, detail, "info" if feature in HARMLESS else "loss")
        for feature, detail in sorted(features.items(), key=lambda item: item[0].value)
        if feature not in kept
    )


def typed_parameters(writer: ImageWriter, given: Mapping[str, str]) -> dict[str, Value]:
    """All parameters of ``writer``: its defaults, and what is ``given`` as text, typed as they are.

    Raises:
        InvalidWriterParameter: naming the parameter and what it takes.
    """
    sheet = {parameter.id: parameter for parameter in writer.parameters}
    unknown = sorted(given.keys() - sheet.keys())
    if unknown:
        known = ", ".join(sheet) or "none"
        raise InvalidWriterParameter(
            f"The format “{writer.name}” has no parameter “{unknown[0]}”; there are: {known}."
        )
    return {
        name: _typed(parameter, given[name]) if name in given else parameter.default
        for name, parameter in sheet.items()
    }


def _typed(parameter: WriterParameter, text: str) -> Value:
    if isinstance(parameter.default, bool):
        if text.lower() not in YES + NO:
            raise InvalidWriterParameter(f"“{parameter.id}” is true or false, not “{text}”.")
        return text.lower() in YES
    if isinstance(parameter.default, int):
        try:
            return int(text)
        except ValueError:
            raise InvalidWriterParameter(f"“{parameter.id}” is a number, not “{text}”.") from None
    if parameter.choices and text not in parameter.choices:
        raise InvalidWriterParameter(
            f"“{parameter.id}” is one of {', '.join(parameter.choices)}, not “{text}”."
        )
    return text
