"""The main branch: more goods, part of the goods released through the gate, repayment, delivery."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tally_finance.book.loan_events import Repaid
from tally_finance.desk.asked import Cure, PartRelease
from tally_finance.desk.asked import ReleaseOrder as Asked
from tally_finance.lending.rounding import down
from tally_finance.release.matching import Matched, Watched, match
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import Picker, encode_picker
from tally_trial.errors import TrialError
from tally_trial.receipts_demo import days, papers
from tally_trial.receipts_demo.beginning import attested, watched
from tally_trial.receipts_demo.cast import FIRMS, digest, number_of
from tally_trial.receipts_demo.files import leave
from tally_trial.receipts_demo.papers import ReceiptPaper
from tally_trial.receipts_demo.pledging import pledged
from tally_trial.receipts_demo.terms import FACILITY
from tally_trial.receipts_demo.works import Seen, grams
from tally_trial.receipts_demo.world import World, kg, yuan
from tally_trial.scene import DAY_S

PART: Final = Decimal(200_000)
ORDERED_G: Final = 33_000_000
"""More than any truck of this yard carries."""


def topped_up(world: World, called_on: int) -> None:
    """The borrower pledges its second receipt; the call is cured."""
    watched(world, called_on + 1, days.TOPPED_UP + 1)
    world.go(days.TOPPED_UP, 10)
    attested(world, days.TOPPED_UP)
    lot = world.kept
    quantity = min(world.receipts["WR-2"].quantity_g, lot.lower - lot.pledged)
    before = world.desk.position
    pledged(world, "WR-2", quantity)
    world.prepared(Cure(world.receipts["WR-1"].number))
    world.desk.left("topped-up")
    world.desk.looked()
    position = world.desk.position
    world.step(
        "top-up 补仓",
        f"{kg(quantity)} more at CNY {position.secured.lots[0].price_per_t}/t: lendable "
        f"{yuan(down(before.secured.lendable))} becomes "
        f"{yuan(down(position.secured.lendable))}, and {yuan(position.exposure)} are owed; the call is cured",
        kg(quantity),
    )
    world.note()
    world.record.figures |= {
        "top_up_kg": f"{Decimal(quantity) / 1000:f}",
        "top_up_lendable": f"{down(position.secured.lendable):f}",
    }


def released(world: World) -> None:
    """Part is repaid; a release order lets one truck out; gate and scale show that it was that truck."""
    watched(world, days.TOPPED_UP + 1, days.REPAID_IN_PART + 1)
    world.go(days.REPAID_IN_PART, 14)
    _repay(world, PART, "part")
    order = _ordered(world)
    watched(world, days.REPAID_IN_PART + 1, days.TAKEN_OUT + 1)
    world.go(days.TAKEN_OUT, 10)
    seen = world.works.seen(days.TAKEN_OUT)
    _executed(world, seen, order)
    watched(world, days.TAKEN_OUT + 1, days.TAKEN_OUT + 2)
    world.go(days.TAKEN_OUT + 1, 10)
    attested(world, days.TAKEN_OUT + 1)
    world.desk.left("released")
    world.note()


def _repay(world: World, amount: Decimal, name: str) -> None:
    payment = papers.written(world.folder / "payments" / f"{name}.txt", f"还款凭证: CNY {amount:f}\n")
    world.desk.record(Repaid(FACILITY, amount, payment))
    paid = world.desk.position.loan.allocations[-1]
    world.step(
        "repayment 还款",
        f"{yuan(amount)}: {yuan(down(paid.interest))} interest first (民法典 Art. 561), the rest principal; "
        f"{yuan(world.desk.position.exposure)} stay owed",
        yuan(amount),
    )
    world.note()
    world.record.figures |= {
        f"repaid_{name}": f"{amount:f}",
        f"repaid_{name}_interest": f"{down(paid.interest):f}",
        f"repaid_{name}_left": f"{world.desk.position.exposure:f}",
    }


def _ordered(world: World) -> ReleaseOrder:
    """The lender tests what would be afterwards, and signs by two keys."""
    truck = next(one for one in world.works.trucks if one.traffic == "release")
    picker = Picker(truck.plate, "司机 0001 driver", digest("picker")[:16])
    leave(world.folder / "release" / "picker.json", encode_picker(picker).encode())
    begins, ends = days.at(days.REPAID_IN_PART + 1, 8), days.at(days.REPAID_IN_PART + 1, 18)
    number = world.receipts["WR-1"].number
    asked = Asked(number, ORDERED_G, picker.digest, begins, ends)
    order = world.prepared(asked).digest
    most = world.desk.position.secured.releasable_kg(world.lot.hex(), Decimal(0))
    world.step(
        "release order 放货指令",
        f"up to {kg(ORDERED_G)} of WR-1, one vehicle, {days.shown(begins)} to {days.shown(ends)}: afterwards "
        f"{yuan(down(world.desk.position.credit.lendable))} lendable cover {yuan(world.desk.position.exposure)}; "
        f"{most:,f} kg could go at most",
        f"up to {kg(ORDERED_G)}",
    )
    return ReleaseOrder(order, number, ORDERED_G, picker.digest, begins, ends, picker)


def _executed(world: World, seen: Seen, order: ReleaseOrder) -> None:
    """The load that the scale signed is matched with the order, and recorded (出库)."""
    found = _matched(world, seen, order)
    (out,) = found.released
    (load,) = out.loads
    world.did(
        "Execute",
        order=order.order, receipt=order.receipt, quantity=out.quantity_g, picker=order.names,
        evidence=(load.evidence,), serials=(), leftAt=load.at, places=(),
    )  # fmt: skip
    world.recorded.add(load.evidence)
    world.step(
        "release 出库",
        f"{kg(out.quantity_g)} of {kg(order.quantity_g)} ordered: ticket {load.number} at {days.shown(load.at)}, the "
        "order's vehicle, in its window, once; nothing left without an order",
        kg(out.quantity_g),
    )
    world.record.figures["released_kg"] = f"{Decimal(out.quantity_g) / 1000:f}"


def _matched(world: World, seen: Seen, order: ReleaseOrder) -> Matched:
    until, accounted = seen.position.at, frozenset(world.recorded)
    found = match([order], Watched(seen.weighed, world.works.plates, until - DAY_S, until, accounted=accounted))
    if found.remarks or found.unordered:
        raise TrialError(f"a load went out otherwise than ordered: {found.remarks}")
    return found


def discharged(world: World) -> None:
    """All is repaid; the lender frees the goods."""
    watched(world, days.TAKEN_OUT + 2, days.REPAID + 1)
    world.go(days.REPAID, 14)
    _repay(world, world.desk.position.exposure, "rest")
    for name in ("WR-1", "WR-2"):
        number = world.receipts[name].number
        quantity = world.on_chain(name).charge.pledged
        world.prepared(PartRelease(number, quantity))
        papers.written(world.folder / "pledges" / name / "discharge.txt", f"注销登记: {name} {number.hex()}\n")
    world.step(
        "discharge 解押",
        "nothing is owed: two keys of the lender free both receipts, and their filings are to be discharged (注销登记)",
    )
    world.desk.left("discharged")
    world.note()


def delivered(world: World) -> None:
    """The receipts become one; its goods are taken out; the keeper takes over what fills no truck."""
    old = [world.receipts[name] for name in ("WR-1", "WR-2")]
    face = sum(world.on_chain(one.name).quantity for one in old)
    merged = ReceiptPaper("WR-3", number_of("WR-3"), face, world.clock.at, old[0].until, old[0].insured)
    document = papers.written(world.folder / "receipts" / "WR-3.txt", merged.text())
    world.did(
        "Merge",
        receipts=tuple(one.number for one in old),
        number=merged.number,
        document=document,
    )
    world.receipts["WR-3"] = merged
    world.step("merge 合并", f"WR-1 and WR-2 become WR-3 over {kg(face)}", f"WR-3, {kg(face)}")
    world.go(days.DELIVERED, 10)
    seen = world.works.seen(days.DELIVERED)
    loads = [one for one in seen.went if one.evidence not in world.recorded]
    out = sum(grams(one.net_kg) for one in loads)
    world.did(
        "Deliver",
        receipt=merged.number, quantity=out, evidence=tuple(one.evidence for one in loads), serials=(), last=False,
        leftAt=max(one.at for one in loads), places=(),
    )  # fmt: skip
    world.recorded |= {one.evidence for one in loads}
    world.step("delivery 提货", f"{len(loads)} trucks, {kg(out)}, against WR-3, each by its ticket", kg(out))
    world.go(days.DELIVERED + 1, 10)
    attested(world, days.DELIVERED + 1)
    world.did("Surrender", receipt=merged.number)
    world.did("Cancel", receipt=merged.number)
    world.did("CloseLot", lot=world.lot, depositors=(FIRMS["borrower"].id,), places=(1, 2))
    rest = face - out
    world.step(
        "cancel 注销",
        f"{kg(rest)} fill no truck: the keeper buys them, WR-3 is surrendered to it and cancelled, the lot is closed, "
        "the slot is free",
        kg(rest),
    )
    world.note()
    world.record.figures |= {
        "merged_kg": f"{Decimal(face) / 1000:f}",
        "delivered_kg": f"{Decimal(out) / 1000:f}",
        "rest_kg": f"{Decimal(rest) / 1000:f}",
    }
