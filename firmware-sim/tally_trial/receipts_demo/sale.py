"""The default branch: nobody tops up; notice, sale by auction, payment in order, and the surplus to the pledgor."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.book.goods_events import Disposed
from tally_finance.lending.rounding import down
from tally_finance.lending.waterfall import Paid
from tally_trial.receipts_demo import days, papers
from tally_trial.receipts_demo.beginning import attested, watched
from tally_trial.receipts_demo.cast import FIRMS
from tally_trial.receipts_demo.terms import FACILITY
from tally_trial.receipts_demo.world import World, kg, worth, yuan

_COSTS_SHARE: Final = Fraction(2, 100)
"""The auctioneer's fee and taxes, assumed."""
_STORAGE_PER_T_DAY: Final = Decimal("0.50")


def defaulted(world: World, called_on: int) -> None:
    """The call's time is over: default, and notice of the sale."""
    watched(world, called_on + 1, days.DEFAULTED + 1)
    world.go(days.DEFAULTED, 10)
    attested(world, days.DEFAULTED)
    paper, folder = world.receipts["WR-1"], world.folder / "sale"
    reason = papers.written(
        folder / "default.txt", "违约: the margin call's time is over, nothing was paid or pledged\n"
    )
    world.did("DeclareDefault", receipt=paper.number, reason=reason)
    world.step(
        "default 违约",
        "the call's time is over, which the chain checks; the goods may be sold, and do not fall to the lender "
        "(禁止流质, 民法典 Art. 428)",
    )
    price = world.desk.position.secured.lots[0].price_per_t
    quantity = world.on_chain("WR-1").charge.pledged
    value = down(worth(quantity, price))
    until = days.at(days.DEFAULTED + days.NOTICE_DAYS, 18)
    valuation = papers.written(folder / "valuation.txt", f"评估: {kg(quantity)} x CNY {price:f}/t = CNY {value:f}\n")
    reserve = papers.written(folder / "reserve.txt", f"保留价: CNY {down(Fraction(value) * Fraction(9, 10)):f}\n")
    world.did("Enforce", receipt=paper.number, noticeUntil=until, valuation=valuation, reserve=reserve)
    world.step(
        "notice 处置通知",
        f"sale not before {days.shown(until)}; valued at {yuan(value)}, reserve 90 %",
        f"until {days.shown(until)}",
    )
    world.desk.left("defaulted")
    world.note()


def sold(world: World) -> None:
    """The auction, the order of payments, and what is left."""
    watched(world, days.DEFAULTED + 1, days.SOLD + 1)
    world.go(days.SOLD, 10)
    attested(world, days.SOLD)
    paper, folder = world.receipts["WR-1"], world.folder / "sale"
    price = world.desk.position.secured.lots[0].price_per_t
    quantity = world.on_chain("WR-1").charge.pledged
    proceeds = down(worth(quantity, price))
    costs = down(Fraction(proceeds) * _COSTS_SHARE)
    stored = (days.date_of(world.clock.at) - days.date_of(paper.issued_at)).days
    keeper = down(Fraction(quantity, 1_000_000) * Fraction(_STORAGE_PER_T_DAY) * stored)
    report = papers.written(
        folder / "report.txt", f"拍卖成交: {kg(quantity)}, CNY {proceeds:f}, {FIRMS['buyer'].chinese}\n"
    )
    owed = world.desk.position.exposure
    world.desk.record(Disposed(FACILITY, paper.number, proceeds, costs, keeper, report))
    position = world.desk.position
    (sale,) = position.loan.sales
    paid = [f"{one.claim.creditor} CNY {one.amount:f}" for one in sale.settled.paid]
    text = "清偿顺序: " + ", ".join([*paid, f"surplus to the pledgor CNY {sale.settled.surplus:f}"])
    waterfall = papers.written(folder / "waterfall.txt", text + "\n")
    world.did(
        "Sell",
        receipt=paper.number, buyer=FIRMS["buyer"].id, rest=bytes(32),
        restDocument=bytes(32), waterfall=waterfall, report=report,
    )  # fmt: skip
    world.step(
        "sale 拍卖",
        f"{kg(quantity)} for {yuan(proceeds)} to {FIRMS['buyer'].english}, signed by lender, auctioneer, keeper and "
        f"buyer; {yuan(owed)} were owed",
        yuan(proceeds),
    )
    world.step(
        "order of payments 清偿顺序",
        f"costs {yuan(costs)}, keeper {yuan(keeper)}, lender {yuan(_paid(sale.settled.paid, 'lender'))}; surplus "
        f"{yuan(sale.settled.surplus)} to the pledgor (民法典 Art. 438); {yuan(position.exposure)} stay owed",
        f"surplus {yuan(sale.settled.surplus)}",
    )
    world.desk.left("sold")
    world.note()
    world.record.figures |= {
        "sale_price": f"{price:f}",
        "sale_proceeds": f"{proceeds:f}",
        "sale_costs": f"{costs:f}",
        "sale_keeper": f"{keeper:f}",
        "sale_owed": f"{owed:f}",
        "sale_surplus": f"{sale.settled.surplus:f}",
    }


def _paid(paid: Sequence[Paid], creditor: str) -> Decimal:
    return next(one.amount for one in paid if one.claim.creditor == creditor)
