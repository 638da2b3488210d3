"""Two lenders race for one receipt, and its holder deals with both: who signs what in which order, by a seed.

Every operation is signed by whoever must, over the head that its signer saw last: often one that is over. The rules and
the contract answer each of them alike (world.py). Played by test_race.py, and by itself:

    python -m tests.chain.receipts.race --races 1000
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from tally_chain.receipts.rules.records import Encumbrance, Receipt
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.furnished import BANK, OTHER_BANK, TONNE, TRADER, Furniture, keeper, some
from tests.chain.receipts.world import World, template

LENDERS = (BANK, OTHER_BANK)
DAY = 86_400
RECEIPTS_A_WORLD = 50
TONNES = 4
"""Each receipt is over a fiftieth of its lot: a lender's first pledge in a lot is a 64th of it at least."""
STEPS = 14
LOST = {
    "PledgesTaken",
    "PledgesNotInThatStage",
    "PledgesNotYet",
    "SignedByAnother",
    "SignedOverAnotherHead",
    "ReceiptsEncumbered",
    "ReceiptsNotLiving",
}
"""What may be said to who comes too late. The first names the lender that was first."""


@dataclass
class Race:
    """One receipt, two lenders. `seen` is the head that each party signs over: it looks again only now and then."""

    make: Furniture
    number: bytes
    dice: random.Random
    seen: dict[str, bytes] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def receipt(self) -> Receipt:
        return self.make.world.book.receipts[self.number]

    def head(self, who: str) -> bytes:
        if who not in self.seen or self.dice.random() < 0.7:
            self.seen[who] = self.receipt.head
        return self.seen[who]

    def tried(self, who: str, kind: str, *by: object, **values: object) -> str:
        said = self.make.did(kind, *by, receipt=self.number, head=self.head(who), **values)
        self.answers[f"{kind} {said or 'done'}"] += 1
        return said

    def offer(self, lender: tuple[bytes, R, int]) -> str:
        world = self.make.world
        return self.tried(
            "holder", "Offer", TRADER, keeper("a"), lender=lender[0], lenderSince=world.known, quantity=TONNES * TONNE,
            terms=some("terms"), until=world.time + DAY, maturity=world.time + 90 * DAY,
        )  # fmt: skip

    def accept(self, lender: tuple[bytes, R, int]) -> str:
        shown = {"ownership": some("pack"), "valuation": some("valuation"), "search": some("search")}
        return self.tried(lender[0].hex(), "Accept", lender, **shown)

    def register(self, lender: tuple[bytes, R, int]) -> str:
        return self.tried(lender[0].hex(), "Register", lender, filing=some("filing"), search=some("search"))

    def withdraw(self) -> str:
        return self.tried("holder", "Withdraw", TRADER, role=int(R.HOLDER))

    def run(self) -> bytes:
        """The lender that has the receipt in the end. Raises AssertionError where it is not exactly one."""
        for _ in range(STEPS):
            lender = self.dice.choice(LENDERS)
            move = self.dice.choice((self.offer, self.accept, self.register, None))
            said = self.withdraw() if move is None else move(lender)
            assert said in {"", *LOST}, said
            self.one_at_most()
        for _ in range(40):
            if self.receipt.charge.stage is Encumbrance.REGISTERED:
                break
            lender = self.dice.choice(LENDERS)
            for move in (self.offer, self.accept, self.register):
                assert move(lender) in {"", *LOST}
        charge = self.receipt.charge
        assert charge.stage is Encumbrance.REGISTERED
        assert charge.lender is not None
        winner = charge.lender.organisation
        loser = next(one for one in LENDERS if one[0] != winner)
        self.seen.clear()
        assert self.offer(loser) == "PledgesTaken"
        assert {self.accept(loser), self.register(loser)} <= {"PledgesNotInThatStage", "SignedOverAnotherHead"}
        return winner

    def one_at_most(self) -> None:
        """A gram has one pledge: what the lot counts is what this receipt and the ones before it pledge."""
        lot = self.make.world.book.lots[self.receipt.lot]
        receipts = self.make.world.book.receipts.values()
        assert lot.pledged == sum(one.charge.pledged for one in receipts if one.live)
        assert self.receipt.charge.pledged in (0, TONNES * TONNE)


def races(seeds: range) -> tuple[Counter[str], Counter[str]]:
    """Who won, by name, and what was answered how often."""
    won: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    names = {BANK[0]: "bank a", OTHER_BANK[0]: "bank b"}
    make = lot = None
    for count, seed in enumerate(seeds):
        if count % RECEIPTS_A_WORLD == 0:
            if make is not None:
                make.world.close()
            make = Furniture(World(template()))
            lot = make.lot("a", TONNES * RECEIPTS_A_WORLD)
        assert make is not None
        assert lot is not None
        number = some(f"race {seed}")
        assert make.issued(lot, number, TONNES) == ""
        race = Race(make, number, random.Random(seed))
        try:
            won[names[race.run()]] += 1
        except AssertionError as error:
            raise AssertionError(f"race {seed}: {error}") from error
        answers += race.answers
    if make is not None:
        make.world.close()
    return won, answers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chain.receipts.race", description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    won, answers = races(range(asked.first, asked.first + asked.races))
    for name, count in sorted(answers.items()):
        print(f"{count:>7}  {name}")
    winners = ", ".join(f"{name} {count}" for name, count in sorted(won.items()))
    print(f"{asked.races} races, one winner each ({winners}), in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
