"""In Centrifuge's Tinlake `recover` sets the debt to zero whatever came in: no surplus goes back, no shortfall
stays owed.
"""

from __future__ import annotations

from decimal import Decimal

from tally_finance.lending import waterfall
from tally_finance.lending.waterfall import Claim, Rank, settle
from tests.chain.contracts.mutants import Mutant
from tests.museum.case import Broken, Case, Silenced
from tests.museum.hall import DAY, TAKER, Hall

CLAIMS = (
    Claim("auctioneer", Rank.COSTS, Decimal(20_000)),
    Claim("keeper", Rank.KEEPER, Decimal(30_000)),
    Claim("bank", Rank.PLEDGE, Decimal(900_000), 1_780_000_000),
)


def owed_or_due(yuan: int) -> list[str]:
    """What a sale for so much leaves: a debt, or something for the pledgor."""
    settled = settle(Decimal(yuan), CLAIMS)
    return ["shortfall"] * any(one.shortfall for one in settled.paid) + ["surplus"] * bool(settled.surplus)


def announced(hall: Hall) -> bytes:
    """A receipt that may be sold from now on."""
    receipt = hall.issue(hall.stocked(), 100)
    hall.pledge(receipt, 100)
    hall.default(receipt)
    hall.enforce(receipt)
    hall.world.wait(6 * DAY)
    return receipt


def fraud(hall: Hall) -> None:
    receipt = announced(hall)
    with hall.refuses("PledgesZero"):
        hall.sell(receipt, TAKER, waterfall=bytes(32))
    hall.says("waterfall", owed_or_due(700_000), "shortfall")
    hall.says("waterfall", owed_or_due(1_000_000), "surplus")


def honest(hall: Hall) -> None:
    hall.silent("waterfall", owed_or_due(950_000))
    hall.sell(announced(hall), TAKER)


def _forgiving(left: Decimal, claims: list[Claim]) -> list[waterfall.Paid]:
    """Whatever comes in, everybody is paid."""
    return [waterfall.Paid(claim, claim.amount) for claim in claims if left >= 0]


CASE = Case(
    title="Tinlake 1: recovered, and so paid",
    chinese="处置后债务一律清零",
    does="A sale ends the debt whatever it brings; a surplus stays with the lender.",
    remains="Money is not on the chain: that the lender pays out as its waterfall says, its pledgor sees at the bank.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Enforcement.sol", "        _given(waterfall);\n", "        if (report == 0) _given(waterfall);\n"),
            "Sell",
            "PledgesZero",
        ),
        Silenced("tally_finance.lending.waterfall._shared", _forgiving, "shortfall"),
    ),
)
