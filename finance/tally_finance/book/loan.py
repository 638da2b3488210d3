"""What a facility owes, from the events of its money, in order: draws, fees, payments, proceeds of sales. No IO.

A payment pays costs, then interest (penalty first), then principal (民法典 Art. 561). More than is owed can be known of
only afterwards, as when a fee is corrected away: the rest is the borrower's, and is kept apart as overpaid. What a sale
leaves after its own costs, the keeper and this loan goes to lower-ranked pledges and the pledgor (Art. 438).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from tally_finance.book.goods_events import Disposed
from tally_finance.book.journal import Living
from tally_finance.book.loan_events import Drawn, FacilityOpened, FeeCharged, Repaid
from tally_finance.lending import interest
from tally_finance.lending.interest import Cost, Draw, Owed, Repayment, Terms
from tally_finance.lending.waterfall import Claim, Rank, Settled, settle

_RANK_IN_A_DAY = {FeeCharged: 0, Drawn: 0, Disposed: 1, Repaid: 1}


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
    """What is owed at the end of a day, how payments were allocated, what sales brought."""

    owed: Owed
    overpaid: Decimal
    allocations: tuple[Allocation, ...]
    sales: tuple[Sale, ...]


def day_of(at: int, utc_offset_s: int) -> date:
    """The banking day of a time."""
    return datetime.fromtimestamp(at + utc_offset_s, UTC).date()


def terms_of(opened: FacilityOpened) -> Terms:
    """What the loan costs. Raises LendingError."""
    return Terms(opened.yearly_rate, opened.matures, opened.penalty)


@dataclass
class _Running:
    terms: Terms
    owed: Owed = field(default_factory=Owed)
    since: date | None = None
    overpaid: Decimal = Decimal(0)
    allocations: list[Allocation] = field(default_factory=list)
    sales: list[Sale] = field(default_factory=list)

    def go_to(self, day: date) -> None:
        if self.since is not None:
            self.owed = interest.accrued(self.owed, self.terms, self.since, day)
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
            self._sell(one.digest, event, one.effective_at, day)

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

    def _sell(self, digest: bytes, event: Disposed, at: int, day: date) -> None:
        claims = [
            Claim("sale", Rank.COSTS, event.costs),
            Claim("keeper", Rank.KEEPER, event.keeper),
            Claim("lender", Rank.PLEDGE, self.owed.exposure, at),
        ]
        settled = settle(event.proceeds, claims)
        self.sales.append(Sale(digest, event.receipt, settled))
        got = next(one.amount for one in settled.paid if one.claim.rank is Rank.PLEDGE)
        self._pay(digest, got, day)


def loan_on(day: date, opened: FacilityOpened, events: Iterable[Living]) -> Loan:
    """The loan at the end of `day`, which no event lies behind. Of one day, what is owed counts before what is paid."""
    running = _Running(terms_of(opened))
    dated = [
        (day_of(one.effective_at, opened.utc_offset_s), _RANK_IN_A_DAY[type(one.event)], one)
        for one in events
        if type(one.event) in _RANK_IN_A_DAY
    ]
    for on, _, one in sorted(dated, key=lambda each: each[:2]):
        running.go_to(on)
        running.take(one, on)
    running.go_to(day)
    return Loan(running.owed, running.overpaid, tuple(running.allocations), tuple(running.sales))
