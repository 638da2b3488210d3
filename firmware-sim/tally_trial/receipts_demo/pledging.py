"""A receipt is pledged: ownership, search, valuation, offer, acceptance, filing, all before any money."""

from __future__ import annotations

from typing import Final

from tally_finance.book.goods_events import FilingMade, OwnershipTaken
from tally_finance.book.loan_events import SearchMade
from tally_finance.desk.asked import Acceptance
from tally_finance.desk.sheet import terms_digest
from tally_finance.filing.receipt import PledgedReceipt
from tally_trial.receipts_demo import papers
from tally_trial.receipts_demo.cast import FIRMS, digest
from tally_trial.receipts_demo.consortium import SLOT
from tally_trial.receipts_demo.terms import DRAWN, FACILITY, OPENED
from tally_trial.receipts_demo.world import STORED_UNTIL, World, kg
from tally_trial.scene import DAY_S

FILED_S: Final = 365 * DAY_S
OFFERED_S: Final = DAY_S


def pledged(world: World, name: str, quantity_g: int) -> None:
    """Offer, ownership pack, search, acceptance, filing, registration (出质): all before any money."""
    paper, purchase, desk = world.receipts[name], world.purchases[name], world.desk
    number, folder = paper.number, world.folder / "pledges" / name
    world.did(
        "Offer",
        receipt=number, lender=FIRMS["lender"].id, quantity=quantity_g,
        terms=terms_digest(OPENED), until=world.clock.at + OFFERED_S, maturity=STORED_UNTIL,
    )  # fmt: skip
    record = papers.searched(folder, purchase.delivered_at, world.last_draw_at, world.clock.at)
    matched, parts = papers.ownership(folder / "ownership", purchase, quantity_g, world.clock.at)
    desk.record(
        SearchMade(FACILITY, record.digest, clear=True),
        OwnershipTaken(number, parts["contract"], parts["invoice"], parts["payment"], record.digest, clear=True),
    )
    desk.keep(matched.paper, record.paper)
    accepted = world.prepared(Acceptance(number, matched.digest, record.digest))
    registration = f"ZD-2026-{int(number.hex()[:6], 16):08d}"
    filing = papers.filed(folder / "filing.txt", registration, _described(world, name, quantity_g))
    desk.record(FilingMade(FACILITY, number, filing, world.clock.at + FILED_S))
    world.did("Register", receipt=number, filing=filing, search=record.digest)
    world.step(
        "pledge 出质",
        f"{kg(quantity_g)} of {name}: contract, invoice, payment and waybill tell one story, nothing is registered "
        f"against them, the text is filed as {registration}; tested by computation "
        f"{accepted.operation.values['valuation'].hex()[:8]}…",
        f"{name}, {kg(quantity_g)}",
    )


def _described(world: World, name: str, quantity_g: int) -> PledgedReceipt:
    found = world.on_chain(name)
    return PledgedReceipt(
        number=world.receipts[name].number,
        document=found.document,
        lot=world.lot,
        slot=SLOT,
        plan=digest("site plan"),
        face_g=found.quantity,
        pledged_g=quantity_g,
        until=found.until,
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
