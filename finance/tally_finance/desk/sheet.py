"""A desk's sheet: whose it is, what the digests on the chain mean to it, and whom it believes prices. No IO.

The chain says of goods and loan terms their digests alone. A pledge belongs to the facility whose terms have the digest
that was offered on; a lot's goods are the commodity that the sheet gives for their digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_edge import wire as codec
from tally_finance.book.journal import Living
from tally_finance.book.judging import Pricing
from tally_finance.book.loan_events import FacilityOpened
from tally_finance.by_identity import ByIdentity


@dataclass(frozen=True, slots=True)
class StoreSheet:
    """The sheet of a store (库房档案) as its file has it; it is read for a period's end."""

    text: str
    path: Path


@dataclass(frozen=True, slots=True)
class Sheet:
    """`lender`: its registry id, 32 bytes. `goods`: commodity by the digest in `OpenLot`. `interested` price nothing.

    A lot that has a store sheet counts by the evidence that the desk verified itself; any other as its witnesses
    attested it on the chain. `pickers`: the folder of openings, of orders' pickers and of plates that scales signed.
    """

    book: str
    lender: bytes
    goods: Mapping[bytes, str] = field(default_factory=dict)
    stores: Mapping[bytes, StoreSheet] = field(default_factory=dict)
    prices: Mapping[str, Pricing] = field(default_factory=dict)
    interested: frozenset[bytes] = frozenset()
    pickers: Path | None = None


def terms_digest(opened: FacilityOpened) -> bytes:
    """What `Offer.terms` names: the SHA-256 over the facility's terms as the book writes them."""
    return _TERMS.found(opened, lambda: sha256(codec.encode(opened)).digest())


_TERMS: Final = ByIdentity[bytes](4_096)


def facilities_by_terms(events: Iterable[Living]) -> dict[bytes, FacilityOpened]:
    """The facilities that are open, by what a pledge for them is offered on."""
    opened = (one.event for one in events if isinstance(one.event, FacilityOpened))
    return {terms_digest(one): one for one in opened}
