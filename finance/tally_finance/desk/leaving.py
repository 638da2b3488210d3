"""What left for a release order (放货核对): the chain's order and execution against the scales of a lot's bundles.

Looked at are the bundles that were taken for the lot since the order began, the first ones, until they show its whole
time; each is verified under the desk's policy as whoever asks has it opened. Pickers and plates open by the files of
the folder that the desk's sheet names (docs/release.md): who deletes a file there has deleted the person.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tally_chain.receipts.history import Entry, SignedOperation
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import Order, OrderState, Use
from tally_chain.verify.one_statement import Openable
from tally_edge.errors import ConfigError
from tally_finance.desk.desk import Desk
from tally_finance.errors import QuantityError, ReleaseError
from tally_finance.quantity import sheet
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.store import Pieces
from tally_finance.quantity.tickets import Ticket, Weighed, weighed
from tally_finance.release.gate import Passing, passings
from tally_finance.release.matching import Watched, match
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.standing import Executed, Looked, Standing, standing
from tally_finance.watch_service.openings import Folder, Openings

MOST_BUNDLES: Final = 8
"""Of one look; an order is for hours or days, and a bundle shows a day at least."""

Opened = Callable[[bytes], Openable]
"""A bundle that was taken for the lot, by its digest, verified under the desk's policy."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A bundle that was looked at, and the period that it shows, Unix seconds; `why`: it says nothing of the scale."""

    bundle: bytes
    from_at: int
    to_at: int
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """`standing` is None where nothing can be said, and then `unjudged` says why.

    `bundle_of`: by the id of a statement, the bundle that carries it. `by_floor`: a floor (最低控货值) lets goods of
    the lot leave without an order, so that loads without one are not told of.
    """

    order: Order
    lot: bytes
    executed: Executed | None
    is_opened: bool
    by_floor: bool
    standing: Standing | None
    unjudged: str | None = None
    shown: tuple[Shown, ...] = ()
    bundle_of: dict[bytes, bytes] = field(default_factory=dict)


class Leaving:
    """The openings of one desk, each file read once. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Folder | None = None

    def openings(self, desk: Desk) -> Openings:
        """What lies in the folder that the desk's sheet names; nothing where it names none."""
        if desk.sheet.pickers is None:
            return Openings()
        with self._lock:
            if self._folder is None:
                self._folder = Folder(desk.sheet.pickers)
            return self._folder.read()

    def of(self, desk: Desk, name: bytes, about: Iterable[Entry], opened: Opened) -> Left:
        """What became of order `name` of the desk's chain; `about`: the entries of its history that name the order."""
        book, known = desk.view.book, self.openings(desk)
        order = book.orders[name]
        lot = book.receipts[order.receipt].lot
        is_opened = any(one.digest == order.picker for one in known.pickers)
        executed = _executed(name, about)
        by_floor = _has_floor(book, lot)
        without = (
            "sheet of the lot's store" if lot not in desk.sheet.stores else "policy" if desk.policy is None else ""
        )
        if without:
            return Left(order, lot, executed, is_opened, by_floor, None, f"this desk has no {without}")
        scales = _Scales(desk, lot)
        try:
            for taken in desk.documents.of_lot(lot):
                if taken.received_at >= order.begins and not scales.shows(order) and len(scales.shown) < MOST_BUNDLES:
                    scales.take(taken.digest, opened(taken.digest))
            matched = match(_orders(book, lot, known), scales.watched(order, known), None)
            looked = Looked(scales.loads, matched, scales.watched_until(order))
            found = standing(name, order, executed, looked, desk.now(), is_opened=is_opened)
        except ReleaseError as error:
            return Left(order, lot, executed, is_opened, by_floor, None, str(error), tuple(scales.shown))
        return Left(order, lot, executed, is_opened, by_floor, found, None, tuple(scales.shown), scales.bundle_of)


class _Scales:
    """What the scales and gates of a lot's store signed, of several bundles, each weighing once."""

    def __init__(self, desk: Desk, lot: bytes) -> None:
        self._desk, self._lot = desk, lot
        self.shown: list[Shown] = []
        self.loads: dict[bytes, Ticket] = {}
        self.bundle_of: dict[bytes, bytes] = {}
        self._passed: dict[tuple[str, int], Passing] = {}
        self._has_gate = False
        self._unticketed_kg = Decimal(0)

    def take(self, digest: bytes, openable: Openable) -> None:
        """One more bundle."""
        verdict, store = openable.examined.verdict, self._desk.sheet.stores[self._lot]
        try:
            if not verdict.holds:
                raise QuantityError("the evidence does not hold under the desk's policy")
            found = sheet.parse(store.text, store.path, verdict.to_at)
            halls = found.halls if isinstance(found, Pieces) else ()
            scales = [one.scale.point for one in halls] if isinstance(found, Pieces) else [found.bridge.point]
            evidence = evidence_of(openable.examined, {*scales, *(one.gate for one in halls)})
        except (QuantityError, ConfigError) as error:
            self.shown.append(Shown(digest, verdict.from_at, verdict.to_at, str(error)))
            return
        self.shown.append(Shown(digest, verdict.from_at, verdict.to_at))
        self._has_gate = self._has_gate or bool(halls)
        of_scales = [weighed(evidence, point) for point in scales]
        for ticket in (one for scale in of_scales for one in scale.tickets if not one.came):
            self.loads.setdefault(ticket.evidence, ticket)
            self.bundle_of.setdefault(ticket.source.statement_id, digest)
        for passing in (one for hall in halls for one in passings(evidence, hall.gate)):
            self._passed.setdefault((passing.serial, passing.at), passing)
            self.bundle_of.setdefault(passing.source.statement_id, digest)
        # Periods of bundles overlap, so what several miss is not added.
        self._unticketed_kg = max(self._unticketed_kg, sum((one.unticketed_kg for one in of_scales), Decimal(0)))

    def watched_until(self, order: Order) -> int | None:
        """Up to when the time from the order's beginning on is shown without a hole; None: not even that."""
        until = None
        for one in sorted((one for one in self.shown if one.why is None), key=lambda one: one.from_at):
            if one.from_at <= (order.begins if until is None else until) <= one.to_at:
                until = one.to_at
        return until

    def shows(self, order: Order) -> bool:
        """Whether all of the order's time is shown."""
        until = self.watched_until(order)
        return until is not None and until >= order.until

    def watched(self, order: Order, known: Openings) -> Watched:
        """As `match` takes it."""
        loads = tuple(sorted(self.loads.values(), key=lambda one: (one.at, one.alibi)))
        weighings = self._desk.view.book.weighings.items()
        return Watched(
            Weighed(loads, (), self._unticketed_kg),
            known.plates,
            order.begins,
            self.watched_until(order) or order.begins,
            tuple(sorted(self._passed.values(), key=lambda one: (one.at, one.serial))) if self._has_gate else None,
            frozenset(name for name, one in weighings if one.lot == self._lot and one.use is Use.OUT),
        )


def _orders(book: Book, lot: bytes, known: Openings) -> list[ReleaseOrder]:
    """The open orders of a lot whose pickers are known."""
    opened = {one.digest: one for one in known.pickers}
    return [
        ReleaseOrder(name, one.receipt, one.quantity, one.picker, one.begins, one.until, opened[one.picker])
        for name, one in book.orders.items()
        if one.state is OrderState.OPEN and one.picker in opened and book.receipts[one.receipt].lot == lot
    ]


def _executed(name: bytes, about: Iterable[Entry]) -> Executed | None:
    """What the chain accounts for."""
    for one in about:
        if isinstance(one, SignedOperation) and one.operation.kind == "Execute":
            values = one.operation.values
            if values["order"] == name:
                return Executed(values["quantity"], tuple(values["evidence"]), values["leftAt"])
    return None


def _has_floor(book: Book, lot: bytes) -> bool:
    return any(
        allowed.floor > 0
        for number, one in book.receipts.items()
        if one.lot == lot and (allowed := book.allowed.get(one.charge.pledge + number)) is not None
    )
