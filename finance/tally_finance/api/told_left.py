"""What is told of goods that left for a release order (放货核对): loads, where they stand, what does not fit. No IO."""

from __future__ import annotations

from collections.abc import Mapping

from tally_finance.api.forms import Told, written
from tally_finance.api.told_chain import OrderTold, order_told
from tally_finance.desk.leaving import Left
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.order import grams


class LoadTold(Told):
    """A load that a scale weighed out: its ticket, when, and the statement in the bundle that carries it.

    `evidence`: its id, under which the chain accounts for it. `why`: for loads that no order allows, docs/release.md.
    """

    ticket: str
    at: int
    net_g: str
    evidence: str
    statement: str
    bundle: str
    why: str | None


class PassedTold(Told):
    """A serial that went out through the gate with the order's loads."""

    serial: str
    at: int
    statement: str
    bundle: str


class ShownTold(Told):
    """A bundle that was looked at; `why`: it says nothing of the scale."""

    bundle: str
    from_at: int
    to_at: int
    why: str | None


class RemarkTold(Told):
    """A remark of docs/release.md."""

    name: str
    alarms: bool
    touches: str
    text: str


class LeftTold(Told):
    """Whether what left matches what was ordered and weighed, by docs/release.md; null where nothing can be said.

    `recorded_g`, `left_at`: what the chain accounts for; `weighed_g`: what the scale weighed of it, or for it.
    `unshown`: weighings on the chain that no bundle here shows. `unordered`: loads of the lot, since the order began,
    that no order allows; not told of where a floor lets goods leave without one (`by_floor`).
    """

    order: OrderTold
    lot: str
    verdict: str | None
    unjudged: str | None
    weighed_g: str | None
    recorded_g: str | None
    left_at: int | None
    is_opened: bool
    by_floor: bool
    loads: list[LoadTold]
    passed: list[PassedTold]
    unshown: list[str]
    unordered: list[LoadTold]
    remarks: list[RemarkTold]
    shown: list[ShownTold]


def left_told(name: bytes, left: Left) -> LeftTold:
    """All of it."""
    found = left.standing
    of = left.bundle_of
    return LeftTold(
        order=order_told(name, left.order),
        lot=written(left.lot),
        verdict=None if found is None else str(found.verdict),
        unjudged=left.unjudged,
        weighed_g=None if found is None else str(found.weighed_g),
        recorded_g=None if left.executed is None else str(left.executed.quantity_g),
        left_at=None if left.executed is None else left.executed.left_at,
        is_opened=left.is_opened,
        by_floor=left.by_floor,
        loads=[] if found is None else [_load(one, of) for one in found.loads],
        passed=[] if found is None else [
            PassedTold(
                serial=one.serial, at=one.at, statement=one.source.statement_id.hex(),
                bundle=written(of[one.source.statement_id]),
            )
            for one in found.passed
        ],
        unshown=[] if found is None else [written(one) for one in found.unshown],
        unordered=[] if found is None or left.by_floor else [
            _load(one.load, of, one.why.text) for one in found.unordered
        ],
        remarks=[] if found is None else [
            RemarkTold(name=one.name.text, alarms=one.name.alarms, touches=one.touches, text=one.sentence)
            for one in found.remarks
        ],
        shown=[
            ShownTold(bundle=written(one.bundle), from_at=one.from_at, to_at=one.to_at, why=one.why)
            for one in left.shown
        ],
    )  # fmt: skip


def _load(ticket: Ticket, bundle_of: Mapping[bytes, bytes], why: str | None = None) -> LoadTold:
    statement = ticket.source.statement_id
    return LoadTold(
        ticket=ticket.number,
        at=ticket.at,
        net_g=str(grams(ticket)),
        evidence=written(ticket.evidence),
        statement=statement.hex(),
        bundle=written(bundle_of[statement]),
        why=why,
    )
