"""At Huludao and Qinhuangdao (August 2022) 13 firms claimed 300,000 t of copper concentrate, and 100,000 t were
there: some USD 490m were missing. The buyer had phoned the forwarders and was given the goods by telex, without
an original paper and without its owners' order (Bloomberg; Jiemian).
"""

from __future__ import annotations

from tests.chain.contracts.mutants import Mutant
from tests.museum.case import PANIC, Broken, Case, Silenced
from tests.museum.evidence import SCALES, alarms, loads_of, seen
from tests.museum.hall import BANK, DAY, KEEPER, TRADER, Hall


def fraud(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(KEEPER, 100), 100)
    hall.pledge(receipt, 80)
    # "Give it to us, the papers will follow": to the holder, by an order that nobody gave, by one officer of the bank.
    with hall.refuses("ReceiptsEncumbered"):
        hall.deliver(receipt, 10)
    with hall.refuses("PledgesNoOrder"):
        hall.execute(receipt, hall.fresh("order"), hall.fresh("picker"), 10)
    with hall.refuses("SignedByTooManyOrFew"):
        hall.ordered(receipt, 10, BANK, TRADER)
    with hall.refuses("SignedTwiceByOne"):
        hall.ordered(receipt, 10, BANK, BANK, TRADER)
    # An order is for one picker, one window, and once.
    order, picker = hall.ordered(receipt, 10)
    with hall.refuses("PledgesAnotherPicker"):
        hall.execute(receipt, order, hall.fresh("picker"), 10)
    with hall.refuses("PledgesOutsideTheWindow"):
        hall.execute(receipt, order, picker, 10, left_at=hall.world.time - DAY)
    hall.execute(receipt, order, picker, 10)
    with hall.refuses("PledgesOrderNotOpen"):
        hall.execute(receipt, order, picker, 10)
    stale, picker = hall.ordered(receipt, 10)
    left = hall.world.time
    hall.world.wait(9 * DAY)
    with hall.refuses("PledgesOrderTooLate"):
        hall.execute(receipt, stale, picker, 10, left)
    # What left by a phone call was weighed all the same: the scale's ticket has no order.
    _, orders, watched = loads_of(seen("grain-silo", 4, only=SCALES))
    hall.says("orders against loads", alarms(orders[:7], watched), "no-order")


def honest(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(KEEPER, 100), 100)
    hall.pledge(receipt, 80)
    order, picker = hall.ordered(receipt, 10)
    hall.execute(receipt, order, picker, 10)
    hall.release(receipt, 70)
    hall.deliver(receipt, 90)
    _, orders, watched = loads_of(seen("grain-silo", 4, only=SCALES))
    hall.silent("orders against loads", alarms(orders, watched))


CASE = Case(
    title="Huludao and Qinhuangdao, 2022",
    chinese="葫芦岛、秦皇岛铜精矿：无单放货",
    does="A keeper hands pledged goods out on a phone call or a telex.",
    remains="A keeper can open its gate. Then the scale's load has no order, which the lender is told at once, or "
    "the goods pass no scale, and the next attestation finds the lot short. The title stays where it was.",
    fraud=fraud,
    honest=honest,
    guards=(
        Broken(
            Mutant("Outbound.sol", "if (released.picker != op.picker)", "if (false)"),
            "Execute",
            "PledgesAnotherPicker",
        ),
        Broken(
            Mutant("Parties.sol", "if (signer == _addressOf(digest, signatures[other]))", "if (false)"),
            "Order",
            "SignedTwiceByOne",
        ),
        Broken(
            Mutant("Outbound.sol", "if (released.state != OrderState.Open)", "if (false)"),
            "Execute",
            "PledgesOrderNotOpen",
            PANIC,
        ),
        Silenced(
            "tally_finance.release.matching._order_for",
            lambda load, plates, released, remarks: next(iter(released)),  # any order will do
            "no-order",
        ),
    ),
)
