"""Player: sound of one drive, made in threads of its own from readers of its own.

The drive computes where playback is from the time alone; the player follows the drive's events and
keeps step with the same clock, so nothing asks the player for a position.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..disc.model import Disc
from ..disc.reader import DiscReader
from ..disc.sector import SectorType
from ..errors import CdemuError, WrongSectorType
from ..units import FRAMES_PER_SECOND
from . import volume
from .sink import Sink, SinkMaker

CHUNK = 15
"""Sectors played at a time: a fifth of a second."""

Complaint = Callable[[str], None]


class Silence:
    """What :meth:`Player.halt` returns: the sound that is about to end."""

    def __init__(self, thread: threading.Thread | None) -> None:
        self._thread = thread

    def wait(self, seconds: float = 2.0) -> bool:
        """Wait until nothing reads the disc any more; False when it takes longer than ``seconds``."""
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()


class Player:
    """Plays ranges of discs one after another; no method waits.

    ``complain`` gets a sentence, in the player's thread, when sound fails.
    """

    def __init__(self, make_sink: SinkMaker, complain: Complaint, name: str = "cdemu-audio") -> None:
        self._make_sink = make_sink
        self._complain = complain
        self._name = name
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.ports: volume.Ports = volume.DEFAULT
        """How the sound comes out, also of what is playing; set as a whole."""

    @property
    def playing(self) -> bool:
        """Whether sound is being made now."""
        return self._thread is not None and self._thread.is_alive()

    def play(self, disc: Disc, start: int, end: int) -> None:
        """Play sectors [start, end); what was playing ends first."""
        before = self.halt()
        self._stop = threading.Event()
        arguments = (before, disc, range(start, end), self._stop)
        self._thread = threading.Thread(target=self._run, args=arguments, name=self._name, daemon=True)
        self._thread.start()

    def halt(self) -> Silence:
        """End the sound soon."""
        self._stop.set()
        return Silence(self._thread)

    def _run(self, before: Silence, disc: Disc, sectors: range, stop: threading.Event) -> None:
        before.wait()
        try:
            sink = self._make_sink()
        except OSError as problem:
            self._complain(f"Audio is not heard: {problem}.")
            return
        try:
            self._play(DiscReader(disc), sink, sectors, stop)
        except (CdemuError, OSError) as problem:
            self._complain(f"Audio stopped: {problem}")
        finally:
            sink.close()

    def _play(self, reader: DiscReader, sink: Sink, sectors: range, stop: threading.Event) -> None:
        """Feed ``sink``; one that takes data at once is fed at the speed of the disc."""
        began = time.monotonic()
        for offset in range(0, len(sectors), CHUNK):
            part = sectors[offset : offset + CHUNK]
            if stop.is_set():
                return
            for lba in (part[0], part[-1]):
                found = reader.sector_type(lba)
                if found is not SectorType.AUDIO:
                    raise WrongSectorType(lba, found.name)
            sink.write(volume.mix(reader.read_frames(part[0], len(part)), self.ports))
            ahead = began + (offset + len(part)) / FRAMES_PER_SECOND - time.monotonic()
            if not sink.paced and ahead > 0 and stop.wait(ahead):
                return
