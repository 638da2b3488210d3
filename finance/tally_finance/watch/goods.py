"""Alerts about the goods (1xx): attestation, shortage, leak, what left, the floor of a dynamic pledge. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tally_chain.verify.verdict import time_text
from tally_finance.quantity.attested import Standing
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Floor, LotSeen, Seen


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about goods."""
    for lot in seen.lots:
        yield from _of_lot(lot, seen.at)
    yield from _left(seen)
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


def _left(seen: Seen) -> Iterator[Alert]:
    """What went over the scale of a static pledge without the lender's order."""
    yards = {yard.point: yard for yard in seen.yards}
    for one in seen.weighings:
        yard = yards.get(one.point)
        if yard is None or one.came or one.at < yard.since or one.weighing in yard.ordered:
            continue
        said = {"ticket": one.ticket, "net_kg": f"{one.net_kg:f}"}
        yield Alert(Code.OUTBOUND_WITHOUT_ORDER, f"lot {yard.lot}, {one.name}", said, (one.evidence,))


def _of_floor(floor: Floor, limits: Limits) -> Iterator[Alert]:
    said = {"pledged_g": str(floor.pledged_g), "floor_g": str(floor.floor_g)}
    if floor.pledged_g < floor.floor_g:
        yield Alert(Code.FLOOR_BROKEN, f"receipt {floor.receipt}", said, (floor.evidence,))
    elif floor.pledged_g < floor.floor_g * (1 + Fraction(limits.floor_share)):
        yield Alert(Code.FLOOR_NEAR, f"receipt {floor.receipt}", said, (floor.evidence,))
