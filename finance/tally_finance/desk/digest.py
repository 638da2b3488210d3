"""The digest of a position (头寸摘要): equal figures, equal digest, whatever book they were reckoned from. No IO.

It says what is owed, pledged, counted and doubted, and not which entries that follows from: so a book that was made
again from chain, evidence and the lender's own entries has the digests of the one that was lost.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from typing import Final

from tally_edge import cbor
from tally_edge.cbor import Item
from tally_finance.book.lots import PledgedLot
from tally_finance.book.position import FacilityPosition
from tally_finance.by_identity import ByIdentity
from tally_finance.desk.sheet import terms_digest

_DOMAIN: Final = "tallystick position 1"


def position_digest(position: FacilityPosition) -> bytes:
    """SHA-256 over the figures of a position, deterministic CBOR."""
    return _DIGESTS.found(position, lambda: _digest(position))


_DIGESTS: Final = ByIdentity[bytes](256)
"""A state has one position of each facility, whoever looks how often."""


def _digest(position: FacilityPosition) -> bytes:
    owed, call = position.loan.owed, position.margin_call
    items: list[Item] = [
        _DOMAIN,
        position.as_of,
        [terms_digest(position.opened), terms_digest(position.terms)],
        [_exact(one) for one in (owed.costs, owed.penalty, owed.interest, owed.principal)],
        f"{position.loan.overpaid:f}",
        [_lot(one) for one in position.lots],
        f"{position.secured.reserve:f}",
        None if call is None else [f"{call.missing:f}", call.until],
        position.defaulted,
        [[one.receipt, one.floor_g, one.until, one.pledged_g, one.ordered_g] for one in position.floors],
        [[str(one.why), one.subject, one.text] for one in (*position.doubts, *position.stops, *position.cuts)],
    ]
    return sha256(cbor.encode(items)).digest()


def _exact(amount: Fraction) -> Item:
    return [str(amount.numerator), str(amount.denominator)]


def _lot(lot: PledgedLot) -> Item:
    return [
        lot.lot,
        lot.commodity,
        list(lot.receipts),
        [lot.pledged_by_all_g, lot.pledged_g, lot.secured_g, lot.counted_g],
        [None if one is None else f"{one:f}" for one in (lot.per_t, lot.locked_per_t, lot.cap)],
        [lot.seen_at, lot.priced_at],
        lot.evidence_root,
    ]
