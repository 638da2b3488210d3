"""In AgriVault a default moves nothing: there is no notice, no sale and no delivery. Its opposite is as bad: in
India's e-NWR the pledgee has an absolute right to the balance on default, which is lawful there and forbidden
in China (禁止流质, Civil Code Art. 428: priority in the price, and no title).
"""

from __future__ import annotations

from tally_chain.receipts.operations import Operation, head_after
from tests.chain.contracts.mutants import Mutant
from tests.chain.receipts.world import FOR_EVER
from tests.museum.case import Broken, Case
from tests.museum.hall import (
    ACCOUNTS,
    AUCTIONEER,
    BANK,
    BANK_AS_HOLDER,
    BANK_TOO,
    DAY,
    NONE,
    OTHER_KEEPER,
    TAKER,
    TONNE,
    TRADER,
    YEAR,
    Hall,
)


def enforcing(hall: Hall, pledged: int) -> bytes:
    """A receipt of 100 t whose sale was announced six days ago."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, pledged)
    hall.default(receipt)
    hall.enforce(receipt)
    hall.world.wait(6 * DAY)
    return receipt


def fraud(hall: Hall) -> None:
    receipt = enforcing(hall, 100)
    with hall.refuses("PledgesNotIndependent"):
        hall.sell(receipt, BANK_AS_HOLDER)
    with hall.refuses("SignedByNobodyInRole"):
        hall.take_over(receipt, BANK_TOO)
    with hall.refuses("SignedByAnother"):
        hall.take_over(receipt, TAKER)
    with hall.refuses("SignedOverAnotherHead"):
        agreed_beforehand(hall)
    # More than is pledged is not sold.
    part = enforcing(hall, 80)
    with hall.refuses("ReceiptsZero"):
        hall.sell(part, TAKER)


def honest(hall: Hall) -> None:
    """Sold after notice, and the rest stays the pledgor's; or taken over, because the pledgor agrees to it then."""
    receipt, rest = enforcing(hall, 80), hall.fresh("rest")
    hall.sell(receipt, TAKER, rest=rest)
    assert hall.receipt(rest).holder.organisation == TRADER[0]
    assert (hall.receipt(receipt).quantity, hall.receipt(rest).quantity) == (80 * TONNE, 20 * TONNE)
    hall.deliver(receipt, 80, by=TAKER)
    hall.deliver(rest, 20)
    hall.take_over(enforcing(hall, 100), TRADER)


def agreed_beforehand(hall: Hall, *, quiet: bool = False) -> None:
    """The take-over is signed with the loan, over the head that the default would make.

    What the default says, the lender chooses. But the head also takes in the hash of the block before, and by then
    somebody has done something on the chain; where the chain is `quiet`, nobody has.
    """
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 100)
    pledges, chain_id = hall.world.contracts["Pledges"], hall.world.chain_id
    head = hall.receipt(receipt).head
    default = {"receipt": receipt, "head": head, "reason": hall.fresh(), "deadline": FOR_EVER}
    digest = Operation("DeclareDefault", default).digest(chain_id, pledges)
    agreed = {
        "receipt": receipt, "head": head_after(head, digest, hall.world.parent_hash), "buyer": BANK[0],
        "buyerSince": hall.world.known, "rest": NONE, "restDocument": NONE, **hall.digests(*ACCOUNTS),
    }  # fmt: skip
    hall.world.wait(YEAR + DAY)
    if not quiet:
        hall.slot(OTHER_KEEPER)
    hall.did("DeclareDefault", BANK, **default)
    keeper = hall.keeper_of(receipt)
    hall.did("TakeOver", BANK, BANK_TOO, TRADER, AUCTIONEER, keeper, BANK_AS_HOLDER, **agreed)


def possible(hall: Hall) -> None:
    agreed_beforehand(hall, quiet=True)


CASE = Case(
    title="AgriVault 4: a default without an end; and forfeiture",
    chinese="违约无处置路径；流质",
    does="Nothing follows a default, or the lender simply becomes owner.",
    remains="A pledgor that signs a take-over under pressure after its default: valuation and report are there "
    "for a court. And one that signs it with the loan, on a chain where nobody does anything from then to "
    "the default (played: it goes through).",
    fraud=fraud,
    honest=honest,
    possible=possible,
    guards=(
        Broken(
            Mutant("Parties.sol", "if (head != named)", "if (head != named && head == 0)"),
            "TakeOver",
            "SignedOverAnotherHead",
        ),
        Broken(
            Mutant("Enforcement.sol", "_independent(op.buyer, receipt.lender.organisation);", ""),
            "Sell",
            "PledgesNotIndependent",
        ),
        Broken(
            Mutant("Enforcement.sol", "_mustSign(digest, signatures, 2, receipt.holder);", ""),
            "TakeOver",
            "SignedByNobodyInRole",
        ),
    ),
)
