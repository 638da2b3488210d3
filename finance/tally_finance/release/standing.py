"""What became of a release order: what was ordered, what the scale weighed, what the chain accounts for. No IO.

1. Of an order that the chain has executed: its weighings (`Executed.evidence`) are looked up among those that a
   verified scale signed, and their sum is what the chain says that left.
2. Of an open one: the loads that `matching` counts for it.
3. Loads that no order allows, since the order began, stand beside it: whose they were nobody knows yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tally_chain.receipts.rules.records import Order, OrderState
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.gate import Passing
from tally_finance.release.matching import Matched
from tally_finance.release.order import grams
from tally_finance.release.remark import Name, Remark


class Verdict(StrEnum):
    """Whether what left matches what was ordered and weighed. Names are never given another meaning."""

    MATCHES = "matches"
    """The chain accounts for exactly what the scale weighed, and it is not more than was ordered."""
    DIFFERS = "differs"
    """The chain accounts for another quantity than the scale weighed."""
    OVER = "over"
    """More left than was ordered."""
    UNSHOWN = "unshown"
    """The chain accounts for weighings that no evidence here shows."""
    LEFT = "left"
    """Loads left for it, within the order; the chain does not account for them yet."""
    UNOPENED = "unopened"
    """Nobody opened here who picks up, so no load can be told to be for it."""
    UNWATCHED = "unwatched"
    """No load is seen, and the evidence here does not show all of the time in which one may have left."""
    WAITING = "waiting"
    """No load left so far, and one still may."""
    UNUSED = "unused"
    """Its time is over, all of it was watched, and nothing left for it."""
    CANCELLED = "cancelled"
    """It allows nothing any more."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What the chain accounts for: grams that left, ids of the weighings, when the last load left (Unix seconds)."""

    quantity_g: int
    evidence: tuple[bytes, ...]
    left_at: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What the evidence of a lot shows: all loads out by their evidence ids, and for which order each counts.

    `watched_until`: up to when the order's time is shown without a hole, Unix seconds; None: not from its beginning on.
    """

    loads: Mapping[bytes, Ticket]
    matched: Matched
    watched_until: int | None


@dataclass(frozen=True, slots=True)
class Unordered:
    """A load that no order allows, and why."""

    load: Ticket
    why: Name


@dataclass(frozen=True, slots=True)
class Standing:
    """See the module's text. `unshown`: ids of weighings on the chain that no evidence here shows."""

    verdict: Verdict
    loads: tuple[Ticket, ...]
    passed: tuple[Passing, ...]
    unshown: tuple[bytes, ...]
    unordered: tuple[Unordered, ...]
    remarks: tuple[Remark, ...]

    @property
    def weighed_g(self) -> int:
        """What its loads weigh together."""
        return sum(map(grams, self.loads))


_WHY: Final = (Name.NO_ORDER, Name.OUTSIDE_WINDOW, Name.PLATE_UNKNOWN)
_LATE_S: Final = 7 * 86_400
"""Behind its last second the contract takes what left for it no longer; what left then is another order's business."""


def standing(
    name: bytes, order: Order, executed: Executed | None, looked: Looked, now: int, *, is_opened: bool
) -> Standing:
    """What became of order `name` at `now`, Unix seconds; `is_opened`: whether its picker's opening is here.

    Raises ReleaseError where a scale shows less than a gram.
    """
    released = next((one for one in looked.matched.released if one.order.order == name), None)
    counted = () if released is None else released.loads
    ids = () if executed is None else executed.evidence
    loads = tuple(looked.loads[one] for one in ids if one in looked.loads) if executed else counted
    unshown = tuple(one for one in ids if one not in looked.loads)
    whys = {one.touches: one.name for one in looked.matched.remarks if one.name in _WHY}
    unordered = tuple(
        Unordered(one, whys.get(f"ticket {one.number}", Name.NO_ORDER))
        for one in looked.matched.unordered
        if order.begins <= one.at <= order.until + _LATE_S
    )
    tickets = {f"ticket {one.number}" for one in loads}
    called = f"order 0x{name.hex()[:8]}"
    remarks = tuple(
        one for one in looked.matched.remarks
        if one.touches in tickets | {called} or one.name in (Name.UNTICKETED, Name.GATE_ALONE, Name.SERIALS_SHARED)
    )  # fmt: skip
    passed = () if released is None else released.passed
    found = Standing(Verdict.WAITING, loads, passed, unshown, unordered, remarks)
    if executed is not None:
        return replace(found, verdict=_of_executed(found, order, executed))
    return replace(found, verdict=_of_open(found, order, looked.watched_until, now, is_opened=is_opened))


def _of_executed(found: Standing, order: Order, executed: Executed) -> Verdict:
    if executed.quantity_g > order.quantity:
        return Verdict.OVER
    if found.unshown:
        return Verdict.UNSHOWN
    return Verdict.MATCHES if found.weighed_g == executed.quantity_g else Verdict.DIFFERS


def _of_open(found: Standing, order: Order, watched_until: int | None, now: int, *, is_opened: bool) -> Verdict:
    if order.state is OrderState.CANCELLED:
        return Verdict.CANCELLED
    if not is_opened:
        return Verdict.UNOPENED
    if found.loads:
        return Verdict.OVER if found.weighed_g > order.quantity else Verdict.LEFT
    if watched_until is not None and watched_until >= order.until:
        return Verdict.UNUSED
    if now <= order.until and (now < order.begins or watched_until is not None):
        return Verdict.WAITING
    return Verdict.UNWATCHED
