"""What the steps of the play act on: one chain, one lender's desk, one silo, and the record of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.rules.records import Lot, Receipt
from tally_finance.desk.asked import Asked
from tally_finance.lending.rounding import down
from tally_finance.watch.alert import Alert
from tally_trial.errors import TrialError
from tally_trial.receipts_demo import prices, terms
from tally_trial.receipts_demo.cast import SOURCES
from tally_trial.receipts_demo.consortium import Clock, Consortium
from tally_trial.receipts_demo.days import at, shown
from tally_trial.receipts_demo.desk import LendersDesk
from tally_trial.receipts_demo.files import leave
from tally_trial.receipts_demo.papers import Purchase, ReceiptPaper
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
    works: Works
    record: Record
    say: Say
    opened: LendersDesk | None = None
    lot: bytes = b""
    trade: bytes = b""
    recorded: set[bytes] = field(default_factory=set)
    """Evidence ids of weighings that stand on the chain."""
    receipts: dict[str, ReceiptPaper] = field(default_factory=dict)
    purchases: dict[str, Purchase] = field(default_factory=dict)
    last_draw_at: int | None = None

    @property
    def desk(self) -> LendersDesk:
        """The lender's desk. Raises TrialError before there is one."""
        if self.opened is None:
            raise TrialError("the lender's desk is not open yet")
        return self.opened

    def open_desk(self) -> None:
        """The lender's desk is set up for the lot."""
        leave(self.folder / "desk.toml", terms.sheet(self.lot).encode())
        self.opened = LendersDesk(self.folder, self.chain)
        self.desk.read()

    def close(self) -> None:
        """Let go of book and chain."""
        if self.opened is not None:
            self.opened.close()
        self.chain.engine.close()

    @property
    def kept(self) -> Lot:
        """The lot, as the chain's history makes it."""
        return self.desk.desk.view.book.lots[self.lot]

    def on_chain(self, name: str) -> Receipt:
        """A receipt, as the chain's history makes it."""
        return self.desk.desk.view.book.receipts[self.receipts[name].number]

    def go(self, day: int, hour: int, minute: int = 0) -> None:
        """To a time of the play, never back."""
        self.clock.at = max(self.clock.at, at(day, hour, minute), self.chain.time)

    def step(self, name: str, text: str, figure: str = "") -> None:
        """Say what was done and what was checked, and remember it."""
        number = self.record.step(self.clock.at, name, text, figure)
        self.say(f"{shown(self.clock.at)}  {number:>2}  {name}: {text}")

    def did(self, kind: str, /, **values: object) -> OperationFile:
        """The parties carry an operation out, and the desk reads the chain."""
        file = self.chain.did(kind, **values)
        self.desk.read()
        return file

    def prepared(self, asked: Asked) -> OperationFile:
        """The desk tests and prepares an operation; whoever must sign it does; the desk reads the chain."""
        file = self.chain.carried_out(self.desk.prepared(asked).operation)
        self.desk.read()
        return file

    def attest(self, seen: Seen) -> None:
        """Keeper, verifier and inspector attest what the evidence supports (见证); the lender takes the evidence."""
        found, lot = seen.position.attested, self.kept
        allowance = Decimal(lot.allowance_ppm * lot.weighed_ever) / 1_000_000
        weighed_kg, allowance_kg = (Decimal(each) / G_PER_KG for each in (lot.weighed, allowance))
        policy = hashlib.sha256(seen.file.with_suffix(".policy.toml").read_bytes()).digest()
        self.did(
            "Attest",
            lot=self.lot, estimate=int(found.quantity_kg * G_PER_KG), lower=grams(found.lower_kg),
            upper=grams(found.upper_kg), asOf=seen.at, short=found.is_short_of(weighed_kg, allowance_kg),
            evidenceRoot=seen.root, policy=policy, places=(0, 1, 2),
        )  # fmt: skip
        self.desk.take(self.lot, seen)

    def price(self, day: int) -> list[Alert]:
        """The day's quotes become a price (盯市价); the alerts that were raised by it."""
        for minute, word in enumerate(SOURCES):
            self.go(day, 9, minute)
            self.desk.quoted(prices.quoted(self.chain, self.folder / "prices", word, day))
        raised = self.desk.looked()
        self.desk.left(f"day-{day:02d}")
        self.note()
        return raised

    def note(self) -> None:
        """Remember quantity, price and position of this moment, for the timeline."""
        lot, position = self.kept, self.desk.position
        covered = position.secured
        priced = self.desk.desk.state().goods.prices.get(prices.COMMODITY)
        self.record.moments.append(
            Moment(
                at=self.clock.at,
                estimate_kg=Decimal(lot.estimate) / G_PER_KG,
                lower_kg=Decimal(lot.lower) / G_PER_KG,
                pledged_kg=Decimal(lot.pledged) / G_PER_KG,
                per_t=None if priced is None else priced[1].per_t,
                value=down(covered.value),
                lendable=down(covered.lendable),
                exposure=position.exposure,
                loan_to_value=covered.loan_to_value,
            )
        )


def worth(quantity_g: int, per_t: Decimal) -> Fraction:
    """What so many grams are worth at a price per tonne."""
    return Fraction(quantity_g) * Fraction(per_t) / 1_000_000


def kg(quantity_g: int) -> str:
    """A quantity for people."""
    return f"{Decimal(quantity_g) / G_PER_KG:,f} kg"


def yuan(amount: Decimal) -> str:
    """An amount for people."""
    return f"CNY {amount:,.2f}"
