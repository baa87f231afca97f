"""BlockStream: the base for compressed layers made of blocks that decode one by one."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import ClassVar

from ..errors import StreamError
from .base import Stream
from .buffers import part, scatter, total

CACHE_BYTES = 16 * 2**20
"""Decoded bytes a BlockStream keeps unless told otherwise."""
_STRIPES = 8
"""Locks that blocks share by number: no block is decoded twice at once, different ones in parallel."""


class BlockStream(Stream):
    """Random access to ``inner`` through blocks, with the last used ones kept decoded.

    ``starts`` are the decoded offsets of the blocks, ascending from 0: a list, an array, or for
    equal blocks ``range(0, size, block_size)``. Block *n* ends where *n* + 1 starts, the last at
    ``size``. Keep blocks within some MiB; a longer run (of zeros, of stored bytes) is better
    given as several. A subclass implements :meth:`decode` and lists in :attr:`damage` what its
    decoder raises for bad bytes. ``inner`` is closed with the stream, once.
    """

    damage: ClassVar[tuple[type[Exception], ...]] = (ValueError, EOFError)

    def __init__(
        self,
        inner: Stream,
        starts: Sequence[int],
        size: int,
        *,
        name: str | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.inner = inner
        self.size = size
        self.forward = inner.forward
        self.name = inner.name if name is None else name
        self._starts = starts
        self._step = starts.step if isinstance(starts, range) else 0
        self._limit = cache_bytes
        self._used = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()
        self._stripes = tuple(Lock() for _ in range(_STRIPES))
        self._closed = False

    @abstractmethod
    def decode(self, block: int) -> bytes:
        """Decoded bytes of ``block``, exactly as many as the table says; called from any thread.

        Raises:
            StreamError: the block cannot be decoded; anything in :attr:`damage` becomes one.
        """

    def span(self, block: int) -> tuple[int, int]:
        """(start, end) of ``block`` in decoded bytes."""
        end = self._starts[block + 1] if block + 1 < len(self._starts) else self.size
        return self._starts[block], end

    def read_at(self, offset: int, length: int) -> bytes:
        """As :meth:`Stream.read_at`; one copy."""
        return b"".join(self._pieces(offset, length))

    def readv_at(self, offset: int, buffers: Sequence[memoryview]) -> int:
        """As :meth:`Stream.readv_at`; one copy from the decoded blocks."""
        done = 0
        for piece in self._pieces(offset, total(buffers)):
            scatter(piece, part(buffers, done, len(piece)) if done else buffers)
            done += len(piece)
        return done

    def _pieces(self, offset: int, length: int) -> Iterator[memoryview]:
        """The decoded bytes of a range, block by block, uncopied."""
        end = min(offset + length, self.size)
        if offset >= end:
            return
        block = offset // self._step if self._step else bisect_right(self._starts, offset) - 1
        while offset < end:
            start, stop = self.span(block)
            if stop > offset:
                yield memoryview(self.block(block))[offset - start : end - start]
                offset = stop
            block += 1

    def block(self, block: int) -> bytes:
        """``block`` decoded, from the cache where it is there."""
        kept = self._recall(block)
        if kept is not None:
            return kept
        with self._stripes[block % _STRIPES]:
            kept = self._recall(block)  # another thread may have decoded it meanwhile
            if kept is None:
                kept = self._checked(block)
                self._keep(block, kept)
        return kept

    def _checked(self, block: int) -> bytes:
        start, stop = self.span(block)
        if self._closed:
            raise StreamError(f"{self.name} is closed.", offset=start)
        try:
            data = self.decode(block)
        except StreamError:
            raise
        except self.damage as error:
            raise StreamError(
                f"{self.name} is damaged: block {block}, at byte {start}, does not decode ({error}).",
                offset=start,
            ) from error
        if len(data) != stop - start:
            raise StreamError(
                f"{self.name} is damaged: block {block}, at byte {start}, decodes to {len(data)} bytes"
                f" where its index says {stop - start}.",
                offset=start,
            )
        return data

    def _recall(self, block: int) -> bytes | None:
        with self._lock:
            data = self._kept.get(block)
            if data is not None:
                self._kept.move_to_end(block)
            return data

    def _keep(self, block: int, data: bytes) -> None:
        """Remember ``data``; the newest block stays even where it alone is larger than the cache."""
        with self._lock:
            self._kept[block] = data
            self._used += len(data)
            while self._used > self._limit and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._used -= len(old)

    def close(self) -> None:
        """Forget the decoded blocks and close the stream below."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._kept.clear()
            self._used = 0
        self.inner.close()
