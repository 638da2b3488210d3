"""Lots, weighings, yards and floors as a lender sees them at one moment (`seen`). Plain data, no IO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tally_finance.quantity.attested import Standing
from tally_finance.quantity.leak import Leak
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.order import ReleaseOrder


@dataclass(frozen=True, slots=True)
class LotSeen:
    """A lot (批次): its newest attestation and what rests on it.

    `standing` and `en` say how book and stocktake agree (`quantity.attested`). `weighed_kg` is what was weighed in and
    is not out, `allowance_kg` what may be lost; None where only the contract knows, which then says `held_short`.
    """

    lot: str
    attested_at: int
    max_age_s: int
    lower_kg: Decimal
    upper_kg: Decimal
    pledged_kg: Decimal
    evidence: bytes
    standing: Standing = Standing.AGREE
    en: Decimal | None = None
    weighed_kg: Decimal | None = None
    allowance_kg: Decimal = Decimal(0)
    leak: Leak | None = None
    held_short: bool = False

    @property
    def is_short(self) -> bool:
        """Whether this is a shortage (短少); see `Attested.is_short_of`."""
        beyond = self.weighed_kg is not None and self.upper_kg < self.weighed_kg - self.allowance_kg
        return self.standing is Standing.SHORT or beyond


@dataclass(frozen=True, slots=True)
class Weighing:
    """A weighing (过磅) that a scale signed, and the site that the plan lists the scale in; empty where none does."""

    site: str
    point: str
    ticket: Ticket

    @property
    def name(self) -> str:
        """How alerts call it: a ticket's number alone may stand on two weighings."""
        return f"ticket {self.ticket.number} ({self.ticket.evidence.hex()[:8]})"

    @property
    def statement_id(self) -> bytes:
        """The statement that it stands in."""
        return self.ticket.source.statement_id


@dataclass(frozen=True, slots=True)
class WrongWeighing:
    """A weighing that is none, and why."""

    point: str
    at: int
    why: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Yard:
    """A scale through which pledged goods leave (静态质押), and the release orders (放货指令).

    Only what left after `since` is judged: before it nothing was pledged there. `accounted` is what of it the chain
    accounts for already, by `Ticket.evidence`.
    """

    point: str
    lot: str
    since: int
    orders: tuple[ReleaseOrder, ...] = ()
    accounted: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class Floor:
    """A dynamic pledge (动态质押): what is pledged, and the least that must stay (最低控货量), in grams."""

    receipt: str
    pledged_g: int
    floor_g: int
    evidence: bytes
