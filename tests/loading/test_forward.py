"""Behind a layer that decodes forwards only, the end is left alone where head and name agree."""

from __future__ import annotations

import pytest

from cdemu_core.api import Disc, Evidence, ImageFormat, ImageSource, Magic, MemoryStream, Stream
from cdemu_core.loading.probe import rank_formats
from cdemu_core.loading.view import StreamView
from cdemu_core.plugin.source import PROBE_WINDOW

SIZE = 4 * PROBE_WINDOW


class Forward(Stream):
    """Bytes with ``HEAD`` in front and ``TAIL`` at the end, whose end is costly; counts reads of it."""

    def __init__(self, head: bytes = b"HEAD", tail: bytes = b"TAIL", *, forward: bool = True) -> None:
        self._inner = MemoryStream(head.ljust(SIZE - len(tail), b"\0") + tail)
        self.name, self.size, self.forward = "forward", SIZE, forward
        self.ends = 0

    def read_at(self, offset: int, length: int) -> bytes:
        self.ends += offset + length > SIZE - PROBE_WINDOW
        return self._inner.read_at(offset, length)


def _parse(source: ImageSource) -> Disc:
    raise AssertionError("nothing is parsed here")


def fmt(name: str, *magics: Magic, probe: Evidence | None = None) -> ImageFormat:
    """A format with the suffix of its name."""
    asked = None if probe is None else lambda view: probe
    return ImageFormat(name, name, (f".{name}",), (), _parse, magics, asked)


HEADED = fmt("head", Magic(0, b"HEAD"))
TAILED = fmt("tail", Magic(-4, b"TAIL"))


def choice(stream: Forward, name: str, *formats: ImageFormat) -> list[str]:
    """Names of the claims, best first."""
    claims, _ = rank_formats(formats, StreamView(stream, name), 1)
    return [claim.descriptor.name for claim in claims]


@pytest.mark.parametrize("tailed", [TAILED, fmt("tail", Magic(-4, b"TAIL"), probe=Evidence.PROVEN)])
def test_the_end_is_left_alone_where_head_and_name_agree(tailed: ImageFormat) -> None:
    stream = Forward()
    assert choice(stream, "x.head", tailed, HEADED) == ["head"]
    assert stream.ends == 0


@pytest.mark.parametrize(
    ("name", "formats", "expected"),
    [
        ("x.tail", (HEADED, TAILED), ["tail", "head"]),  # its own suffix lets it win
        ("x.other", (HEADED, TAILED), ["head", "tail"]),  # a tie is told, not decided by cost
        ("x.other", (fmt("none", Magic(0, b"NONE")), TAILED), ["tail"]),  # the head shows nothing
        ("x.tail", (fmt("head", Magic(0, b"HEAD"), probe=Evidence.PROVEN), TAILED), ["head", "tail"]),
    ],
)
def test_it_is_read_where_it_can(name: str, formats: tuple[ImageFormat, ...], expected: list[str]) -> None:
    stream = Forward()
    assert choice(stream, name, *formats) == expected
    assert stream.ends


@pytest.mark.parametrize("name", ["x.head", "x.tail", "x.other", "x"])
@pytest.mark.parametrize("head", [b"HEAD", b"ELSE"])
@pytest.mark.parametrize("tail", [b"TAIL", b"ELSE"])
@pytest.mark.parametrize("probe", [None, Evidence.PROVEN, Evidence.TEXT])
def test_otherwise_the_choice_is_that_of_a_plain_file(
    name: str, head: bytes, tail: bytes, probe: Evidence | None
) -> None:
    if (name, head, probe) == ("x.head", b"HEAD", Evidence.PROVEN):
        return  # the one price: proof under another format's name, behind that format's signature
    formats = (HEADED, fmt("tail", Magic(-4, b"TAIL"), probe=probe))
    best = []
    for forward in (True, False):
        claims, _ = rank_formats(formats, StreamView(Forward(head, tail, forward=forward), name), 1)
        best.append({claim.descriptor.name for claim in claims if claim.rank == claims[0].rank})
    assert best[0] == best[1]
