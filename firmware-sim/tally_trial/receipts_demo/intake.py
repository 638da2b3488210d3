"""Goods come in: what the scale weighed is recorded under its evidence, and receipts are issued for it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tally_finance.lending.rounding import down
from tally_trial.receipts_demo import papers
from tally_trial.receipts_demo.cast import FIRMS, number_of
from tally_trial.receipts_demo.papers import Purchase, ReceiptPaper
from tally_trial.receipts_demo.prices import START_PER_T
from tally_trial.receipts_demo.works import Seen, grams
from tally_trial.receipts_demo.world import STORED_UNTIL, World, kg, worth
from tally_trial.scene import DAY_S

_HUNDRED_YUAN: Final = Decimal(100)


def inbound(world: World, seen: Seen, name: str) -> Purchase:
    """Record every load that came since the last time, under its ticket's evidence id (入库)."""
    loads = [one for one in seen.came if one.evidence not in world.recorded]
    first, last = min(one.at for one in loads), max(one.at for one in loads)
    world.did(
        "RecordInbound",
        lot=world.lot, depositor=FIRMS["borrower"].id, serials=(), weighedAt=last,
        weighings=tuple((one.evidence, grams(one.net_kg)) for one in loads),
    )  # fmt: skip
    world.recorded |= {one.evidence for one in loads}
    quantity = sum(grams(one.net_kg) for one in loads)
    world.purchases[name] = Purchase(f"HT-{name}", quantity, first - 2 * DAY_S, last)
    world.step(
        "weighed in 入库",
        f"{len(loads)} trucks, {kg(quantity)}; every ticket opens to its statement in {seen.file.name}, and counts "
        "once for ever",
        kg(quantity),
    )
    return world.purchases[name]


def issue(world: World, name: str, quantity_g: int) -> ReceiptPaper:
    """The keeper issues a receipt (签发) in the form of GB/T 30332-2024."""
    until = STORED_UNTIL
    insured = down(worth(quantity_g, START_PER_T), _HUNDRED_YUAN)
    paper = ReceiptPaper(name, number_of(name), quantity_g, world.clock.at, until, insured)
    document = papers.written(world.folder / "receipts" / f"{name}.txt", paper.text())
    world.did(
        "Issue",
        number=paper.number, lot=world.lot, holder=FIRMS["borrower"].id,
        quantity=quantity_g, until=until, document=document, trade=world.trade,
    )  # fmt: skip
    world.receipts[name] = paper
    world.step(
        "receipt 签发仓单",
        f"{name} over {kg(quantity_g)}, signed by keeper, depositor and inspector; no more than was weighed in",
        f"{name}, {kg(quantity_g)}",
    )
    return paper
