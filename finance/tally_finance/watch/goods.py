"""Alerts about the goods (1xx): attestation, shortage, leak, what left, the floor of a dynamic pledge. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_chain.verify.verdict import time_text
from tally_finance.errors import ReleaseError
from tally_finance.quantity.attested import Standing
from tally_finance.quantity.tickets import Weighed
from tally_finance.release.matching import Watched, match
from tally_finance.release.remark import Name
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Floor, LotSeen, Weighing, Yard

_WITHOUT: Final = (Name.NO_ORDER, Name.OUTSIDE_WINDOW, Name.PLATE_UNKNOWN)
"""Why a load counts for no order."""


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about goods."""
    for lot in seen.lots:
        yield from _of_lot(lot, seen.at)
    for yard in seen.yards:
        yield from _left(yard, seen)
    for floor in seen.floors:
        yield from _of_floor(floor, limits)


def _of_lot(lot: LotSeen, now: int) -> Iterator[Alert]:
    touches, evidence = f"lot {lot.lot}", (lot.evidence,)
    age_s = now - lot.attested_at
    if age_s > lot.max_age_s:
        yield Alert(Code.ATTESTATION_OLD, touches, {"age_s": str(age_s), "max_age_s": str(lot.max_age_s)}, evidence)
    en = "-" if lot.en is None else f"{lot.en:.2f}"
    if lot.is_short:
        said = {
            "upper_kg": f"{lot.upper_kg:f}",
            "weighed_kg": "-" if lot.weighed_kg is None else f"{lot.weighed_kg:f}",
            "allowance_kg": f"{lot.allowance_kg:f}",
        }
        yield Alert(Code.SHORT, touches, said, evidence)
    elif lot.standing is Standing.LESS:
        yield Alert(Code.LESS, touches, {"en": en}, evidence)
    elif lot.standing is Standing.SURPLUS:
        yield Alert(Code.SURPLUS, touches, {"en": en}, evidence)
    if lot.pledged_kg > lot.lower_kg:
        said = {"pledged_kg": f"{lot.pledged_kg:f}", "lower_kg": f"{lot.lower_kg:f}"}
        yield Alert(Code.MORE_THAN_ATTESTED, touches, said, evidence)
    if lot.leak is not None:
        said = {"lost_kg": f"{lot.leak.lost_kg:.0f}", "since_at": time_text(lot.leak.since_at)}
        yield Alert(Code.LEAK, touches, said, evidence)
    if lot.held_short:
        yield Alert(Code.LOT_HELD_SHORT, touches, {}, evidence)


def _left(yard: Yard, seen: Seen) -> Iterator[Alert]:
    """What went over the scale of a static pledge, held against the lender's orders."""
    out = {one.ticket.evidence: one for one in seen.weighings if _is_judged(one, yard)}
    loads = tuple(sorted((one.ticket for one in out.values()), key=lambda one: (one.alibi, one.at)))
    whys: dict[str, str] = {}
    try:
        watched = Watched(Weighed(loads, (), Decimal(0)), seen.openings, yard.since, seen.at)
        matched = match(yard.orders, watched)
        unordered, released = matched.unordered, matched.released
        whys = {remark.touches: remark.name.text for remark in matched.remarks if remark.name in _WITHOUT}
    except ReleaseError as error:  # orders or loads that can not be: then none covers anything
        unordered, released = loads, ()
        whys = {f"ticket {load.number}": str(error) for load in loads}
    for load in unordered:
        one, why = out[load.evidence], whys.get(f"ticket {load.number}", Name.NO_ORDER.text)
        said = {"ticket": load.number, "net_kg": f"{load.net_kg:f}", "why": why}
        yield Alert(Code.OUTBOUND_WITHOUT_ORDER, f"lot {yard.lot}, {one.name}", said, (one.statement_id,))
    for order in released:
        if order.over_g:
            said = {"out_g": str(order.quantity_g), "ordered_g": str(order.order.quantity_g)}
            statements = tuple(load.source.statement_id for load in order.loads)
            touches = f"lot {yard.lot}, order {order.order.order.hex()}"
            yield Alert(Code.OVER_PICKED, touches, said, (order.order.order, *statements))


def _is_judged(one: Weighing, yard: Yard) -> bool:
    ticket = one.ticket
    here = one.point == yard.point and not ticket.came and ticket.at >= yard.since
    return here and ticket.evidence not in yard.accounted


def _of_floor(floor: Floor, limits: Limits) -> Iterator[Alert]:
    said = {"pledged_g": str(floor.pledged_g), "floor_g": str(floor.floor_g)}
    if floor.pledged_g < floor.floor_g:
        yield Alert(Code.FLOOR_BROKEN, f"receipt {floor.receipt}", said, (floor.evidence,))
    elif floor.pledged_g < floor.floor_g * (1 + Fraction(limits.floor_share)):
        yield Alert(Code.FLOOR_NEAR, f"receipt {floor.receipt}", said, (floor.evidence,))
