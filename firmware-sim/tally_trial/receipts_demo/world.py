"""What the steps of the play act on: one chain, one lender's desk, one silo, and the record of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from tally_finance.book.goods_events import ChainSeen, Encumbrance, PriceSeen, QuantitySeen
from tally_finance.lending.rounding import down
from tally_finance.watch.alert import Changes
from tally_trial.receipts_demo.consortium import Clock, Consortium
from tally_trial.receipts_demo.days import at, shown
from tally_trial.receipts_demo.desk import Desk
from tally_trial.receipts_demo.papers import Purchase, ReceiptPaper
from tally_trial.receipts_demo.prices import COMMODITY, Market
from tally_trial.receipts_demo.record import Moment, Record
from tally_trial.receipts_demo.works import G_PER_KG, Seen, Works, grams

STORED_UNTIL: Final = at(180, 0) - 1
"""The last second of the receipts' term and of the loan."""

Say = Callable[[str], None]


@dataclass
class World:
    """One course of events. `receipts` and `purchases` by name, in the order of their issue."""

    folder: Path
    clock: Clock
    chain: Consortium
    desk: Desk
    market: Market
    works: Works
    record: Record
    say: Say
    lot: bytes = b""
    trade: bytes = b""
    recorded: set[bytes] = field(default_factory=set)
    """Evidence ids of weighings that stand on the chain."""
    receipts: dict[str, ReceiptPaper] = field(default_factory=dict)
    purchases: dict[str, Purchase] = field(default_factory=dict)
    last_draw_at: int | None = None

    def go(self, day: int, hour: int, minute: int = 0) -> None:
        """To a time of the play, never back."""
        self.clock.at = max(self.clock.at, at(day, hour, minute), self.chain.time)

    def step(self, name: str, text: str) -> None:
        """Say what was done and what was checked, and remember it."""
        number = self.record.step(self.clock.at, name, text)
        self.say(f"{shown(self.clock.at)}  {number:>2}  {name}: {text}")

    def note(self) -> None:
        """Remember quantity, price and position of this moment, for the timeline."""
        lot = self.chain.lot(self.lot) if self.lot else None
        priced = max(self.market.quoted, default=None)
        position = self.desk.position if self.desk.book.head().seq else None
        covered = None if position is None else position.secured
        kg = {name: Decimal(0 if lot is None else lot[name]) / G_PER_KG for name in ("estimate", "lower", "pledged")}
        self.record.moments.append(
            Moment(
                at=self.clock.at,
                estimate_kg=kg["estimate"],
                lower_kg=kg["lower"],
                pledged_kg=kg["pledged"],
                per_t=None if priced is None else self.market.quoted[priced][0],
                value=None if covered is None else down(covered.value),
                lendable=None if covered is None else down(covered.lendable),
                exposure=None if position is None else position.exposure,
                loan_to_value=None if covered is None else covered.loan_to_value,
            )
        )

    # The goods

    def attest(self, seen: Seen) -> None:
        """Keeper, verifier and inspector attest what the evidence supports (见证); the lender writes it down."""
        found, lot = seen.position.attested, self.chain.lot(self.lot)
        allowance = Decimal(lot["allowancePpm"] * lot["weighedEver"]) / 1_000_000
        weighed_kg, allowance_kg = (Decimal(each) / G_PER_KG for each in (lot["weighed"], allowance))
        short = found.is_short_of(weighed_kg, allowance_kg)
        estimate = int(found.quantity_kg * G_PER_KG)
        lower, upper = grams(found.lower_kg), grams(found.upper_kg)
        policy = hashlib.sha256(seen.file.with_suffix(".policy.toml").read_bytes()).digest()
        self.chain.did(
            "Attest", "keeper", "verifier", "inspector",
            lot=self.lot, estimate=estimate, lower=lower, upper=upper, asOf=seen.at, short=short,
            evidenceRoot=seen.root, policy=policy, places=(0, 1, 2),
        )  # fmt: skip
        pledged = self.chain.lot(self.lot)["pledged"]
        self.desk.write(QuantitySeen(self.lot, lower, estimate, upper, pledged, short, seen.root), effective_at=seen.at)

    # The market

    def price(self, day: int) -> Changes:
        """The day's quotes become a price (盯市价); what alerts were raised and ended by it."""
        self.go(day, 9)
        price, signed = self.market.quote(day, self.clock.at)
        self.desk.write(PriceSeen(COMMODITY, price, tuple(one.digest for one in signed)))
        changes = self.desk.looked()
        self.desk.left(f"day-{day:02d}")
        self.note()
        return changes

    # The pledge

    def seen_on_chain(self, name: str, operation: bytes) -> None:
        """The book writes down what the chain says of a receipt."""
        found = self.chain.receipt(self.receipts[name].number)
        number, held = self.receipts[name].number, self.chain.is_held(self.receipts[name].number)
        self.desk.write(ChainSeen(number, Encumbrance(found["encumbrance"]), held, operation, self.chain.block))


def worth(quantity_g: int, per_t: Decimal) -> Fraction:
    """What so many grams are worth at a price per tonne."""
    return Fraction(quantity_g) * Fraction(per_t) / 1_000_000


def kg(quantity_g: int) -> str:
    """A quantity for people."""
    return f"{Decimal(quantity_g) / G_PER_KG:,f} kg"


def yuan(amount: Decimal) -> str:
    """An amount for people."""
    return f"CNY {amount:,.2f}"
