"""What is said of one metering point, and what its disk knows of that. Nothing changes here before it is durable there.

Readings wait in a pack; a gap or a settlement is said beside it, behind what is packed wherever there is room for that.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from tally_edge import senml
from tally_edge.agent.config import PointConfig
from tally_edge.agent.point_state import OpenGap, PointState, with_counts
from tally_edge.agent.stream import Said, Stream
from tally_edge.device import Gap
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import OutboxFullError
from tally_edge.senml import Reading

_LOG = logging.getLogger(__name__)


class Telling:
    """The pack of one point, and its state. `view` is what will be so once the pack is said."""

    def __init__(self, point: PointConfig, stream: Stream, state: PointState) -> None:
        """`state` is what the disk knows."""
        self._point = point
        self._stream = stream
        self._state = state
        self.view = state
        self._pending: list[Reading] = []
        self._stuck = False

    @property
    def durable(self) -> PointState:
        """What the disk knows."""
        return self._state

    @property
    def stuck(self) -> bool:
        """Whether a pack is due that found no room."""
        return self._stuck

    @property
    def packed(self) -> int:
        """How many readings are packed."""
        return len(self._pending)

    @property
    def packed_since(self) -> int | None:
        """The time of the oldest reading in the pack, Unix seconds; None where it is empty."""
        return self._pending[0].taken_at if self._pending else None

    def changed(self, state: PointState, view: PointState) -> None:
        """Go on with these, which the disk holds or the next statement takes there."""
        self._state, self.view = state, view

    def add(self, readings: list[RegisterReading], taken_at: int) -> bool:
        """Put readings into the pack, behind one that is full. False: no room."""
        readings = sorted(readings, key=lambda reading: reading.taken_at)
        too_many = len(self._pending) + len(readings) > self._point.pack_readings
        earlier = bool(self._pending) and readings[0].taken_at < self._pending[0].taken_at
        if (too_many or earlier) and not self.flush():
            return False
        self._pending += [
            Reading(self._point.uri, reading.register, reading.taken_at, reading.value, reading.unit)
            for reading in readings
        ]
        self.view = replace(self.view, read_at=taken_at, declared_at=None)
        return True

    def flush(self) -> bool:
        """Say what is packed. False: no room; it stays packed, and reading stops until there is."""
        if not self._pending:
            return True
        ordered = sorted(self._pending, key=lambda reading: reading.taken_at)
        try:
            self._stream.say(self._point.uri, senml.encode(ordered), self.view)
        except OutboxFullError as error:
            _LOG.warning("%s: %s", self._point.uri, error)
            self._stuck = True
            return False
        self._state = self.view
        self._pending, self._stuck = [], False
        return True

    def remember_thinned(self, thinned: OpenGap) -> None:
        """Thinning began, and a restart must not take what it finds for whole. Raises OutboxError."""
        state = replace(self._state, thinned=thinned)
        self._stream.remember(self._point.uri, state)
        self.changed(state, replace(self.view, thinned=thinned))

    def gap(self, gap: OpenGap, before: int) -> None:
        """Declare a gap that ends at `before`. Raises OutboxError."""
        if before <= gap.after + 1:
            return
        self.flush()
        said = Gap(gap.after, before, gap.reason, gap.registers, gap.missing, gap.kept_every_s)
        # Where there is no room, what is thinned is still to be said.
        thinned = self.view.thinned if gap.kept_every_s is None else None
        self.aside(said, replace(with_counts(self.view, gaps=1), declared_at=before, thinned=thinned))

    def aside(self, said: Said, state: PointState) -> None:
        """Say something beside a pack that may still be here: the disk must not believe that the pack was said."""
        durable = state
        if self._pending:
            before = self._state
            durable = replace(state, read_at=before.read_at, declared_at=before.declared_at, unsettled=before.unsettled)
        self._stream.say(self._point.uri, said, durable)
        self.changed(durable, state)
