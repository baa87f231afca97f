"""What a drive remembers about each initiator, and the media event that polling reads.

Unit attentions (SAM-5, 5.14) and media events (MMC-6, GET EVENT STATUS NOTIFICATION) are told
apart: reading one never loses the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from enum import IntEnum

from .sense import Sense, SenseData


class MediaEvent(IntEnum):
    """Event codes of the media class (MMC-6, GET EVENT STATUS NOTIFICATION)."""

    NONE = 0
    EJECT_REQUEST = 1
    NEW_MEDIA = 2
    MEDIA_REMOVAL = 3


class NexusState:
    """One initiator: pending unit attentions, its last sense data, its newest unread events."""

    __slots__ = ("attentions", "external_event", "media_event", "operational_change", "sense")

    def __init__(self) -> None:
        self.attentions: deque[Sense] = deque()
        self.sense: SenseData | None = None
        self.media_event = MediaEvent.NONE
        self.operational_change = False
        self.external_event = b""

    def attend(self, sense: Sense) -> None:
        """Queue a unit attention once."""
        if sense not in self.attentions:
            self.attentions.append(sense)


class Nexuses:
    """All initiators met so far. The one that roads leave unnamed (None) is known from the start."""

    def __init__(self, first_attention: Sense | None) -> None:
        self._first_attention = first_attention
        self._states: dict[Hashable, NexusState] = {}
        self.get = self._states.get
        self.meet(None)

    def meet(self, nexus: Hashable) -> NexusState:
        """The state of ``nexus``, made if this is its first command."""
        state = self._states.get(nexus)
        if state is None:
            state = self._states[nexus] = NexusState()
            if self._first_attention is not None:
                state.attend(self._first_attention)
        return state

    def forget(self, nexus: Hashable) -> None:
        """The initiator has gone (its session ended)."""
        self._states.pop(nexus, None)

    def __iter__(self) -> Iterator[NexusState]:
        return iter(self._states.values())

    def others(self, nexus: Hashable) -> Iterator[NexusState]:
        """Every state but that of ``nexus``."""
        return (state for key, state in self._states.items() if key != nexus)

    def attend(self, sense: Sense) -> None:
        """Queue a unit attention for everybody."""
        for state in self:
            state.attend(sense)

    def notify(self, event: MediaEvent) -> None:
        """Set the media event for everybody; the newest replaces one nobody has read."""
        for state in self:
            state.media_event = event
