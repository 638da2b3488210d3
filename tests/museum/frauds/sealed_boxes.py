"""Trafigura and the firms of Prateek Gupta (2022 and 2023): 1,100 containers that should have held nickel, some
USD 577m to 600m, thousands of forged bills of lading and certificates of analysis. Goods were bought back in a
ring, containers never opened, analysis waived, and customs codes were those of other goods (Global Trade
Review, of the trial; Financial Times).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tally_finance.ownership.matching import Known, Rules, match
from tally_finance.ownership.papers import Pack
from tally_finance.ownership.trades import Sale
from tests.chain.contracts.mutants import Mutant
from tests.finance.ownership.deal import GOODS, OTHER, SHADOW, SMELTER, TODAY, TRADER, org, pack, payment, transport
from tests.museum.case import Broken, Case, Silenced
from tests.museum.hall import KEEPER, OTHER_BANK, TRADE, VERIFIER, Hall
from tests.museum.hall import TRADER as DEPOSITOR

RING = (
    Sale(org(TRADER), org(SHADOW), "", date(2026, 1, 20)),
    Sale(org(SHADOW), org(SMELTER), "", date(2026, 1, 25)),
)
"""What the buyer sold on, and the seller bought back, once they have the goods' name."""


def said(of: Pack, *sales: Sale) -> list[str]:
    """What blocks a pledge by these papers."""
    rules = Rules()
    known = Known(sales=tuple(replace(sale, goods=rules.goods(GOODS)) for sale in sales))
    return [remark.name.text for remark in match(of, rules, known, TODAY).remarks if remark.name.blocks]


def fraud(hall: Hall) -> None:
    hall.says("ownership", said(pack(), *RING), "circular")
    hall.says("ownership", said(pack(transports=(transport(goods="碳钢 carbon steel"),))), "goods-differ")
    hall.says("ownership", said(pack(payments=(payment(payer=OTHER),))), "paid-by-another")
    # The analysis is waived: no inspector signs, or somebody signs as one.
    hall.traded()
    lot = hall.stocked(KEEPER, 100)
    with hall.refuses("SignedByTooManyOrFew"):
        hall.issue(lot, 50, KEEPER, DEPOSITOR)
    with hall.refuses("SignedByNobodyInRole"):
        hall.issue(lot, 50, KEEPER, DEPOSITOR, VERIFIER)
    # The goods of one trade, financed by two banks under two receipts.
    mine, again = hall.issue(lot, 50, trade=TRADE), hall.issue(lot, 50, trade=TRADE)
    hall.pledge(mine, 50)
    hall.offer(again, 50, OTHER_BANK)
    with hall.refuses("TradesFinanced"):
        hall.accept(again, OTHER_BANK)


def honest(hall: Hall) -> None:
    hall.silent("ownership", said(pack()))
    hall.traded()
    lot = hall.stocked(KEEPER, 100)
    for receipt in (hall.issue(lot, 50, trade=TRADE), hall.issue(lot, 50, trade=TRADE)):
        hall.pledge(receipt, 50)


CASE = Case(
    title="Trafigura and Gupta, 2022–2023",
    chinese="托克镍货案：封箱假货、循环贸易",
    does="Sealed containers hold other goods; papers are forged and the goods are sold in a ring.",
    remains="What is inside a seal before intake, where the inspector is deceived or takes part. A ring through "
    "firms that no pack of this lender names is not seen either.",
    fraud=fraud,
    honest=honest,
    guards=(
        Silenced("tally_finance.ownership.matching.ring", lambda *_: None, "circular"),
        Silenced("tally_finance.ownership.checks.goods", lambda *_: iter(()), "goods-differ"),
        Broken(
            Mutant("Trades.sol", "if (found.pieces != 0 && found.lender != lender)", "if (false)"),
            "Accept",
            "TradesFinanced",
        ),
    ),
)
