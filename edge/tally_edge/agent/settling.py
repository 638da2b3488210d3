"""The settlements of one metering point: at its opening, at each boundary of the site's calendar, at its closing.

A boundary that was read, and whose settlement found no room, keeps its registers and counts until there is some. One
that was not read is settled from the meter's own freeze where it has one, and otherwise left to the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from tally_edge.agent import own_record
from tally_edge.agent.config import PointConfig
from tally_edge.agent.point_state import AtBoundary, OpenGap
from tally_edge.agent.reading import with_registers
from tally_edge.agent.telling import Telling
from tally_edge.device import NO_SETTLEMENT, Boundary, Counts, GapReason, RegisterValue, Settlement
from tally_edge.drivers.interface import Driver
from tally_edge.errors import OutboxFullError

_LOG = logging.getLogger(__name__)


class Settling:
    """Says what is owed, behind what `telling` holds. Times are Unix seconds."""

    def __init__(self, point: PointConfig, driver: Driver, telling: Telling, lost_since: int | None = None) -> None:
        """A point that was never settled is opened by its first reading; what was lost before is said with that."""
        self._point = point
        self._driver = driver
        self._telling = telling
        self.opens = telling.durable.settled_at is None
        self._lost_since = lost_since

    def owed(self, now: int) -> list[tuple[int, Boundary]]:
        """The boundaries up to `now` that are not settled."""
        settled = self._telling.durable.settled_at
        return [] if settled is None else self._point.time.boundaries(settled, now)

    def keep(self, registers: tuple[RegisterValue, ...], taken_at: int) -> None:
        """Keep what was read at a boundary, until its settlement is said."""
        view = self._telling.view
        if any(at == taken_at for at, _ in self.owed(taken_at)):
            self._telling.view = replace(view, unsettled=AtBoundary(taken_at, registers, view.counts))

    def late(self, before: int, now: int, since: int = 0) -> None:
        """Boundaries before `before` that passed: settled now where they were read, or frozen by the meter itself.

        The meter's freezes are asked for after `since` alone.
        """
        self._quietly(lambda: self._late(before, now, since))

    def now(self, registers: tuple[RegisterValue, ...], taken_at: int, *, closing: bool) -> None:
        """What was read at `taken_at` opens the point, closes it, or settles a boundary."""
        self._quietly(lambda: self._now(registers, taken_at, closing=closing))

    def _quietly(self, settle: Callable[[], None]) -> None:
        """Where there is no room for a settlement, it is owed at the next reading; the reading itself stands."""
        try:
            settle()
        except OutboxFullError as error:
            _LOG.warning("%s: %s", self._point.uri, error)

    def _late(self, before: int, now: int, since: int) -> None:
        telling = self._telling
        for at, kind in self.owed(before - 1):
            kept = telling.view.unsettled
            if kept is not None and kept.at == at:
                self._settle(kind, at, kept.registers, at, kept.counts)
                continue
            frozen = own_record.frozen(self._driver, at, self._point) if at > since else None
            if frozen is not None:
                if telling.view.read_at is None or at > telling.view.read_at:
                    telling.view = with_registers(telling.view, frozen, at, self._point)
                self._settle(kind, at, frozen, now)

    def _now(self, registers: tuple[RegisterValue, ...], taken_at: int, *, closing: bool) -> None:
        owed = self.owed(taken_at)
        if self.opens:
            if self._lost_since is not None:
                self._telling.gap(OpenGap(self._lost_since, GapReason.STATE_LOST, 0, taken_at, ()), taken_at)
                self._lost_since = None
            self._settle(Boundary.OPENING, taken_at, registers, taken_at)
            self.opens = False
        elif closing:
            self._settle(Boundary.CLOSING, taken_at, registers, taken_at)
        elif owed:
            at, kind = owed[-1]
            self._settle(kind, at, registers, taken_at)

    def _settle(
        self,
        kind: Boundary,
        at: int,
        registers: tuple[RegisterValue, ...],
        read_at: int,
        counts: Counts | None = None,
    ) -> None:
        """`counts`: those of the boundary, where more has been counted since."""
        telling = self._telling
        telling.flush()
        view = telling.view
        said = Settlement(
            boundary=kind,
            at=at,
            local=self._point.time.local_text(at),
            registers=registers,
            serial=self._point.serial,
            multiplier=self._point.multiplier,
            facts=view.facts,
            counts=view.counts if counts is None else counts,
            previous=NO_SETTLEMENT,  # the stream knows the one before
            read_at=None if read_at == at else read_at,
        )
        awaits = view.unsettled if view.unsettled is not None and view.unsettled.at > at else None
        telling.aside(said, replace(view, settled_at=at, closed=kind is Boundary.CLOSING, unsettled=awaits))
