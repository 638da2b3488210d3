"""What a facility owes, from the events of its money, in order: draws, fees, payments, proceeds of sales. No IO.

A payment pays costs, then interest (penalty first), then principal (民法典 Art. 561). What is paid beyond that is the
borrower's (Art. 985): a credit balance that is kept apart until it is refunded. Where more was refunded, as when the
payment is corrected away, the borrower owes it as a cost. A sale pays its own costs, the keeper, then pledges by their
registration (Art. 414), this loan's among them; what is left is the pledgor's (Art. 438).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from tally_finance.book.goods_events import Disposed
from tally_finance.book.journal import Living
from tally_finance.book.loan_events import (
    Drawn,
    FacilityExtended,
    FacilityOpened,
    FeeCharged,
    LimitSet,
    RateSet,
    Refunded,
    Repaid,
)
from tally_finance.book.ranking import LENDER, pledges_of
from tally_finance.book.standing import changed
from tally_finance.lending import interest
from tally_finance.lending.interest import Cost, Draw, Owed, Repayment, Terms
from tally_finance.lending.waterfall import Claim, Rank, Settled, settle

_RANK_IN_A_DAY = {
    FacilityExtended: 0,
    LimitSet: 0,
    RateSet: 0,
    FeeCharged: 0,
    Drawn: 0,
    Disposed: 1,
    Repaid: 1,
    Refunded: 2,
}


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one payment paid, exactly; `overpaid` is what was left of it."""

    digest: bytes
    amount: Decimal
    costs: Fraction
    penalty: Fraction
    interest: Fraction
    principal: Fraction
    overpaid: Decimal


@dataclass(frozen=True, slots=True)
class Sale:
    """What became of the proceeds of one sale."""

    digest: bytes
    receipt: bytes
    settled: Settled


@dataclass(frozen=True, slots=True)
class Loan:
    """What is owed at the end of a day, how payments were allocated, what sales brought.

    `overpaid`: the borrower's credit balance (贷方余额), which the lender owes back; `refunded_beyond`: what was
    refunded beyond it, and became a cost.
    """

    owed: Owed
    overpaid: Decimal
    allocations: tuple[Allocation, ...]
    sales: tuple[Sale, ...]
    refunded_beyond: Decimal = Decimal(0)


def day_of(at: int, utc_offset_s: int) -> date:
    """The banking day of a time."""
    return datetime.fromtimestamp(at + utc_offset_s, UTC).date()


def terms_of(opened: FacilityOpened) -> Terms:
    """What the loan costs. Raises LendingError."""
    return Terms(opened.yearly_rate, opened.matures, opened.penalty)


@dataclass
class _Running:
    opened: FacilityOpened
    own: Sequence[Living]
    owed: Owed = field(default_factory=Owed)
    since: date | None = None
    overpaid: Decimal = Decimal(0)
    refunded_beyond: Decimal = Decimal(0)
    allocations: list[Allocation] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)

    def go_to(self, day: date) -> None:
        if self.since is not None:
            self.owed = interest.accrued(self.owed, terms_of(self.opened), self.since, day)
        self.since = day

    def take(self, one: Living, day: date) -> None:
        event = one.event
        if isinstance(event, Drawn):
            self.owed = interest.after(self.owed, Draw(day, event.amount))
        elif isinstance(event, FeeCharged):
            self.owed = interest.after(self.owed, Cost(day, event.amount))
        elif isinstance(event, Repaid):
            self._pay(one.digest, event.amount, day)
        elif isinstance(event, Disposed):
            self._sell(one, event, day)
        elif isinstance(event, Refunded):
            self._refund(event.amount, day)
        elif isinstance(event, FacilityExtended | LimitSet | RateSet):
            self.opened = changed(self.opened, event)

    def _pay(self, digest: bytes, amount: Decimal, day: date) -> None:
        before, pays = self.owed, min(amount, self.owed.exposure)
        if pays:
            self.owed = interest.after(before, Repayment(day, pays))
        if amount:
            allocation = Allocation(
                digest=digest,
                amount=amount,
                costs=before.costs - self.owed.costs,
                penalty=before.penalty - self.owed.penalty,
                interest=before.interest - self.owed.interest,
                principal=before.principal - self.owed.principal,
                overpaid=amount - pays,
            )
            self.allocations.append(allocation)
        self.overpaid += amount - pays

    def _refund(self, amount: Decimal, day: date) -> None:
        back = min(amount, self.overpaid)
        self.overpaid -= back
        if amount > back:
            self.owed = interest.after(self.owed, Cost(day, amount - back))
            self.refunded_beyond += amount - back

    def _sell(self, one: Living, event: Disposed, day: date) -> None:
        claims = [
            Claim("sale", Rank.COSTS, event.costs),
            Claim("keeper", Rank.KEEPER, event.keeper),
            *pledges_of(event.receipt, self.owed.exposure, one, self.own),
        ]
        settled = settle(event.proceeds, claims)
        self.sales.append(Sale(one.digest, event.receipt, settled))
        got = next(paid.amount for paid in settled.paid if paid.claim.creditor == LENDER)
        self._pay(one.digest, got, day)


def loan_on(day: date, opened: FacilityOpened, events: Iterable[Living]) -> Loan:
    """The loan at the end of `day`, which no event lies behind. Of one day, what is owed counts before what is paid."""
    own = tuple(events)
    running = _Running(opened, own)
    dated = [
        (day_of(one.effective_at, opened.utc_offset_s), _RANK_IN_A_DAY[type(one.event)], one)
        for one in own
        if type(one.event) in _RANK_IN_A_DAY
    ]
    for on, _, one in sorted(dated, key=lambda each: each[:2]):
        running.go_to(on)
        running.take(one, on)
    running.go_to(day)
    return Loan(
        owed=running.owed,
        overpaid=running.overpaid,
        allocations=tuple(running.allocations),
        sales=tuple(running.sales),
        refunded_beyond=running.refunded_beyond,
    )
