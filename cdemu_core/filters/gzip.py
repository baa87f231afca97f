"""gzip files (RFC 1952) as streams with random access.

Three roads:

* BGZF files say in every member where the next one begins: a plain table of blocks.
* A large file of (presumably) one member is opened without decoding it. Its size is taken from
  the last four bytes, ISIZE, while a background thread decodes everything once, verifies the
  CRCs and keeps checkpoints.
* Anything else is decoded once when it is opened, which tells the exact size.

ISIZE is only a hint: it is the size modulo 2³² of the *last* member. It is taken when all hold:
the data are large enough for a decoding pass to be felt; the ratio is one deflate can have, at
most 1032:1 and hardly below 1 (which excludes most files of several members, as their last
one alone is smaller than the file); the size is a whole number of sectors (which excludes the
bytes at the end of a truncated file, but for one in several hundred); and 4 GiB more would be a
compression by more than four. Where the pass then finds another size, every further
read raises StreamError rather than serve a disc that is too short or too long, and the file is
measured by a full pass when it is loaded again. Reading the last block waits for the pass, so
whoever looks at the end of the stream, as recognising a format does, meets the contradiction.
"""

from __future__ import annotations

import threading
from typing import ClassVar

from cdemu_core.api import BlockStream, CorruptImage, ImageSource, Stream, StreamError

from .inflate import BLOCK, CheckpointIndex, Cursor, zlib

_MOST = 1032
"""Deflate's best ratio: 258 bytes from 2 bits."""
_QUICK = 8 * 2**20
"""Decoded bytes that take no time worth a background thread."""
_SECTORS = (2048, 2336, 2352, 2448)
_AHEAD = 4 * 2**20
"""A reader this far beyond the index decodes on its own; farther, it waits for the index."""
_CURSORS = 4
"""Places remembered where recent reads ended, so that sequential reading never starts over."""
_misjudged: set[tuple[str, int]] = set()
"""(name, compressed size) of files whose hint was wrong."""


def open_gzip(stream: Stream, source: ImageSource) -> Stream:
    """The decoded bytes of ``stream``; closing them closes it.

    Raises:
        CorruptImage: a pass over all data was needed to know the size, and they are damaged.
    """
    from .bgzf import open_bgzf

    bgzf = open_bgzf(stream)
    if bgzf is not None:
        return bgzf
    index = CheckpointIndex(stream)
    hint = size_hint(stream)
    if hint is not None:
        return GzipStream(stream, index, hint)
    index.run()
    if index.size is None:
        message = str(index.failure)
        offset = index.failure.offset if index.failure else None
        raise CorruptImage(message, path=stream.name, offset=offset, structure="gzip") from index.failure
    if index.garbage:
        source.note(f"{stream.name}: what follows the gzip data is ignored.")
    return GzipStream(stream, index, index.size)


def size_hint(stream: Stream) -> int | None:
    """ISIZE where it may be believed for now (see above)."""
    packed = stream.size
    size = int.from_bytes(stream.read_at(max(0, packed - 4), 4), "little")
    plausible = (
        size > _QUICK
        and packed * 0.998 <= size <= packed * _MOST
        and any(size % sector == 0 for sector in _SECTORS)
        and (size + 2**32) / packed > 4
        and (stream.name, packed) not in _misjudged
    )
    return size if plausible else None


class GzipStream(BlockStream):
    """Decoded gzip data; ``size`` is exact where ``index`` has run, else to be verified by it."""

    damage: ClassVar[tuple[type[Exception], ...]] = (zlib.error,)

    def __init__(self, inner: Stream, index: CheckpointIndex, size: int) -> None:
        super().__init__(inner, range(0, size, BLOCK), size)
        self.forward = index.size is None
        self._index = index
        self._cursors: list[Cursor] = []
        self._cursors_lock = threading.Lock()
        if index.size is None:
            index.start()

    def block(self, block: int) -> bytes:
        """As in the base, once it is certain that nothing contradicts the size."""
        index = self._index
        if block == (self.size - 1) // BLOCK:
            index.wait(lambda: index.reached > self.size)
        self._refuse_wrong_size()
        return super().block(block)

    def _refuse_wrong_size(self) -> None:
        index = self._index
        if index.size == self.size or (index.size is None and index.reached <= self.size):
            return
        _misjudged.add((self.inner.name, self.inner.size))
        raise StreamError(
            f"{self.name} does not decode to the {self.size} bytes its end announces; load it again.",
            offset=self.size,
        )

    def decode(self, block: int) -> bytes:
        """Decode on from the nearest place known."""
        start, end = self.span(block)
        self._index.wait(lambda: self._index.reached + _AHEAD >= start)
        self._refuse_wrong_size()
        cursor = self._take(start)
        cursor.skip(start - cursor.out)
        data = cursor.read(end - start)
        if len(data) < end - start:
            raise StreamError(
                f"{self.name} ends at byte {cursor.out}, before its announced size.", offset=start
            )
        with self._cursors_lock:
            self._cursors = [*self._cursors[-_CURSORS + 1 :], cursor]
        return data

    def _take(self, start: int) -> Cursor:
        """The nearest cursor at or before ``start``, the caller's own."""
        point = self._index.nearest(start)
        with self._cursors_lock:
            usable = [cursor for cursor in self._cursors if point.out < cursor.out <= start]
            if not usable:
                return point
            best = max(usable, key=lambda cursor: cursor.out)
            self._cursors.remove(best)
        return best

    def close(self) -> None:
        """End the background pass, then as in the base."""
        self._index.stop()
        with self._cursors_lock:
            self._cursors.clear()
        super().close()
