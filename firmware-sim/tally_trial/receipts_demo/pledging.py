"""A receipt is pledged: ownership, search, valuation, offer, acceptance, filing, all before any money."""

from __future__ import annotations

from typing import Final

from tally_finance.book.before import before_pledge
from tally_finance.book.goods_events import FilingMade, OwnershipTaken, PledgeAttached, ValuationMade
from tally_finance.book.loan_events import SearchMade
from tally_finance.filing.receipt import PledgedReceipt
from tally_finance.lending.rounding import down
from tally_trial.receipts_demo import papers
from tally_trial.receipts_demo.cast import FIRMS, digest
from tally_trial.receipts_demo.consortium import SLOT
from tally_trial.receipts_demo.desk import DRAWN, FACILITY, MATURES
from tally_trial.receipts_demo.papers import ReceiptPaper
from tally_trial.receipts_demo.prices import COMMODITY
from tally_trial.receipts_demo.world import STORED_UNTIL, World, kg, worth
from tally_trial.scene import DAY_S

FILED_S: Final = 365 * DAY_S
OFFERED_S: Final = DAY_S


def pledged(world: World, name: str, quantity_g: int) -> None:
    """Offer, ownership pack, search, acceptance, filing, registration (出质): all before any money."""
    paper, purchase = world.receipts[name], world.purchases[name]
    number, folder = paper.number, world.folder / "pledges" / name
    record = papers.searched(folder, purchase.delivered_at, world.last_draw_at, world.clock.at)
    matched, parts = papers.ownership(folder / "ownership", purchase, quantity_g, world.clock.at)
    world.desk.write(
        SearchMade(FACILITY, record.digest, clear=True),
        OwnershipTaken(number, parts["contract"], parts["invoice"], parts["payment"], record.digest, clear=True),
    )
    attached = PledgeAttached(FACILITY, number, world.lot, COMMODITY, quantity_g)
    tested = world.desk.may(before_pledge(world.desk.state, attached))
    (priced, price) = world.desk.state.goods.prices[COMMODITY]
    value = down(worth(quantity_g, price.per_t))
    valuation = papers.written(
        folder / "valuation.txt", f"估值 {name}: {kg(quantity_g)} x CNY {price.per_t:f}/t = CNY {value:f}\n"
    )
    terms = papers.written(
        folder / "terms.txt", f"借款合同 DK-{FACILITY}: CNY {DRAWN:f}, {name}, {kg(quantity_g)}, 至 {MATURES}\n"
    )
    until = world.clock.at + OFFERED_S
    world.chain.did(
        "Offer", "borrower", "keeper",
        receipt=number, lender=FIRMS["lender"].id, lenderSince=world.chain.block - 1, quantity=quantity_g,
        terms=terms, until=until, maturity=STORED_UNTIL,
    )  # fmt: skip
    world.chain.did(
        "Accept", "lender", receipt=number, ownership=matched.digest, valuation=valuation, search=record.digest
    )
    registration = f"ZD-2026-{int(number.hex()[:6], 16):08d}"
    filing = papers.filed(folder / "filing.txt", registration, _described(world, paper, quantity_g))
    registered = world.chain.did("Register", "lender", receipt=number, filing=filing, search=record.digest)
    world.desk.write(
        attached,
        ValuationMade(FACILITY, number, value, (priced.digest,), valuation),
        FilingMade(FACILITY, number, filing, world.clock.at + FILED_S),
    )
    world.seen_on_chain(name, registered)
    world.step(
        "pledge 出质",
        f"{kg(quantity_g)} of {name}: contract, invoice, payment and waybill tell one story, nothing is registered "
        f"against them, the text is filed as {registration}; tested by computation {tested.digest.hex()[:8]}…",
    )


def _described(world: World, paper: ReceiptPaper, quantity_g: int) -> PledgedReceipt:
    found = world.chain.receipt(paper.number)
    return PledgedReceipt(
        number=paper.number,
        document=bytes(found["document"]),
        lot=world.lot,
        slot=SLOT,
        plan=digest("site plan"),
        face_g=found["quantity"],
        pledged_g=quantity_g,
        until=found["until"],
        matures=STORED_UNTIL,
        pledgor=FIRMS["borrower"].named,
        pledgee=FIRMS["lender"].named,
        keeper=FIRMS["keeper"].named,
        place=papers.PLACE,
        goods=papers.GOODS,
        grade=papers.GRADE,
        loan_contract=f"DK-{FACILITY}",
        loan_fen=int(DRAWN * 100),
    )
