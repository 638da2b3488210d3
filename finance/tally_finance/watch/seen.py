"""What a lender sees at one moment: everything that alerts are judged by. Plain data, no IO.

Whoever keeps the book fills in what it knows of goods, prices, loans, dates, parties and the chain (`Seen`); what
followed the log adds trucks, meters, gaps and failures (`heard`). Times are Unix seconds, evidence digests 32 bytes. On
the chain quantities are whole grams, in evidence exact kilograms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from tally_finance.release.picker import SeenPlate
from tally_finance.watch.seen_goods import Floor, LotSeen, Weighing, WrongWeighing, Yard
from tally_finance.watch.seen_loans import DoubtSeen, LoanSeen, Market, Share
from tally_finance.watch.seen_papers import FilingSeen, Fingerprint, Keeping, Term, TitleSeen
from tally_finance.watch.seen_sources import (
    ChainSeen,
    FailureSeen,
    GapSeen,
    LogSeen,
    MeterSeen,
    MissingSeen,
    ReceiptSeen,
)


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
