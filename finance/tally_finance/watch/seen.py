"""What a lender sees at one moment: everything that alerts are judged by. Plain data, no IO.

Whoever keeps the book fills in what it knows of goods, prices, loans, dates, parties and the chain (`Seen`); what
followed the log adds trucks, meters, gaps and failures (`heard`). Times are Unix seconds, evidence digests 32 bytes. On
the chain quantities are whole grams, in evidence exact kilograms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import Enum, unique

from tally_finance.lending.coverage import Position
from tally_finance.lending.prices import Quote, Rules
from tally_finance.ownership.remark import Remark
from tally_finance.quantity.attested import Standing
from tally_finance.quantity.leak import Leak
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import SeenPlate
from tally_finance.watch.codes import Code


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


@dataclass(frozen=True, slots=True)
class Market:
    """The quotes for goods, the rules that make a price of them, and their statements."""

    goods: str
    quotes: tuple[Quote, ...]
    rules: Rules
    evidence: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class LoanSeen:
    """A loan: its position, the digest of that computation, and until when a top-up (补仓) is due, if one is."""

    loan: str
    position: Position
    evidence: bytes
    top_up_by: int | None = None


@dataclass(frozen=True, slots=True)
class DoubtSeen:
    """What the book has against new credit on `of`: its code there (`book.reasons`), and a sentence."""

    why: str
    of: str
    sentence: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Share:
    """What is lent on one borrower, site, keeper or kind of goods, and the most that may be (集中度), in one unit."""

    of: str
    amount: Decimal
    cap: Decimal
    evidence: bytes


@unique
class Ends(Enum):
    """What can run out: the alert ahead of it, and the one after."""

    RECEIPT = (Code.RECEIPT_EXPIRES, Code.RECEIPT_EXPIRED)
    PLEDGE = (Code.PLEDGE_EXPIRES, Code.PLEDGE_EXPIRED)
    FILING = (Code.FILING_EXPIRES, Code.FILING_EXPIRED)
    INSURANCE = (Code.INSURANCE_EXPIRES, Code.INSURANCE_EXPIRED)
    CALIBRATION = (Code.CALIBRATION_EXPIRES, Code.CALIBRATION_EXPIRED)
    QUALITY = (Code.QUALITY_EXPIRES, Code.QUALITY_EXPIRED)

    @property
    def ahead(self) -> Code:
        """The alert before the end."""
        return self.value[0]

    @property
    def over(self) -> Code:
        """The alert after it."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Term:
    """Something that ends at `at`."""

    ends: Ends
    of: str
    at: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fingerprint (指纹) of a thing that is lent on, and whose record it stands in."""

    digest: bytes
    of: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """Who keeps whose goods, with the organisations and persons behind each (控股人, 实际控制人), by registry id."""

    lot: str
    keeper: str
    depositor: str
    behind_keeper: frozenset[str]
    behind_depositor: frozenset[str]
    evidence: bytes


@dataclass(frozen=True, slots=True)
class TitleSeen:
    """What an ownership pack or a search says against the pledge `of` (`ownership.remark`), and its digest."""

    of: str
    remark: Remark
    evidence: bytes


@dataclass(frozen=True, slots=True)
class FilingSeen:
    """Where a filed text differs from what is pledged, by items' names; `evidence` is the digest of the filing."""

    of: str
    items: tuple[str, ...]
    evidence: bytes


@dataclass(frozen=True, slots=True)
class MeterSeen:
    """A metering point: how often it speaks by the site plan, and when it last did, None for never.

    `since` is when it began to be expected.
    """

    point: str
    cadence_s: int
    last_at: int | None
    since: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class GapSeen:
    """A gap that a device declared."""

    point: str
    after: int
    before: int
    reason: str
    evidence: bytes


@dataclass(frozen=True, slots=True)
class MissingSeen:
    """Statements of a stream that have not come, though later ones have."""

    device: str
    count: int
    first_seq: int
    evidence: bytes


@dataclass(frozen=True, slots=True)
class FailureSeen:
    """A failure that verification found in what was heard, when it was last found."""

    number: int
    name: str
    touches: str
    detail: str
    at: int
    evidence: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogSeen:
    """The log that is followed: when it last answered with a checkpoint that holds, and what is wrong since.

    `contradicts` says how it contradicts what it showed before; empty where it does not. `evidence` is the root that
    was proven last, none before the first.
    """

    origin: str
    last_at: int
    trouble: str = ""
    contradicts: str = ""
    evidence: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """The chain that is followed: when it was last read and held, and what is wrong since, as with `LogSeen`.

    `evidence` is the transaction of the newest operation that was proven, none before the first.
    """

    name: str
    last_at: int
    trouble: str = ""
    contradicts: str = ""
    evidence: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptSeen:
    """A receipt (仓单) as the chain has it: `holds` are the kinds of the holds on it, `head` its hash chain."""

    number: str
    title: str
    encumbrance: str
    holder: str
    keeper: str
    lot: str
    face_g: int
    pledged_g: int
    lender: str | None
    holds: tuple[str, ...]
    head: bytes
    living: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything at `at`. `lender` is the reader's own organisation. `openings` are of plates that scales signed.

    `noted` are the receipts as the lender last took note of them, by number: what it signed over, or acknowledged.
    """

    at: int
    lender: str = ""
    lots: tuple[LotSeen, ...] = ()
    weighings: tuple[Weighing, ...] = ()
    wrong_weighings: tuple[WrongWeighing, ...] = ()
    yards: tuple[Yard, ...] = ()
    openings: tuple[SeenPlate, ...] = ()
    floors: tuple[Floor, ...] = ()
    markets: tuple[Market, ...] = ()
    loans: tuple[LoanSeen, ...] = ()
    shares: tuple[Share, ...] = ()
    doubts: tuple[DoubtSeen, ...] = ()
    terms: tuple[Term, ...] = ()
    fingerprints: tuple[Fingerprint, ...] = ()
    keepings: tuple[Keeping, ...] = ()
    titles: tuple[TitleSeen, ...] = ()
    filings: tuple[FilingSeen, ...] = ()
    meters: tuple[MeterSeen, ...] = ()
    gaps: tuple[GapSeen, ...] = ()
    missing: tuple[MissingSeen, ...] = ()
    failures: tuple[FailureSeen, ...] = ()
    logs: tuple[LogSeen, ...] = ()
    chains: tuple[ChainSeen, ...] = ()
    receipts: tuple[ReceiptSeen, ...] = ()
    noted: Mapping[str, ReceiptSeen] = field(default_factory=dict)


def joined(first: Seen, *others: Seen) -> Seen:
    """Everything of several snapshots, at the time and for the lender of the first."""
    names = [one.name for one in fields(Seen) if one.name not in ("at", "lender", "noted")]
    parts = (first, *others)
    everything = {name: tuple(one for part in parts for one in getattr(part, name)) for name in names}
    noted = {number: one for part in parts for number, one in part.noted.items()}
    return Seen(first.at, first.lender, noted=noted, **everything)
