"""A bundle into the book: verified under the lender's policy, reckoned by the store's sheet, told as a quantity.

A site's bundle may serve several lots, each by the sheet of its own store, goods in bulk or pieces; it is taken for
each of them by itself. Short (短少) is what the contract calls so: less than was weighed in and is not gone, beyond
what may be lost.

A bundle that does not hold says nothing of a lot and is refused: whoever could stop credit by sending nonsense would.
One that holds and yet allows no new credit (an expired calibration, a leak) is written down as a doubt beside its
quantity. An older bundle that comes later changes nothing of what a newer one said.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR
from hashlib import sha256
from typing import Final

from tally_chain import bundle
from tally_chain.findings import Severity
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.receipts.rules.records import Lot
from tally_chain.verify.verifier import Examined, examine
from tally_edge.errors import TallyError
from tally_finance.book.goods_events import QuantityDoubted, QuantitySeen
from tally_finance.book.journal import Recorded
from tally_finance.book.store import News
from tally_finance.desk.desk import Desk
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.sheet import StoreSheet
from tally_finance.errors import DeskError, QuantityError
from tally_finance.quantity import sheet
from tally_finance.quantity.attesting import LotBook, grams
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.pieces import PiecePosition
from tally_finance.quantity.position import Position

MAX_BUNDLE_BYTES: Final = 32 << 20
"""A month of a busy yard is some 3 MB; a bundle is read as a whole."""

_MOST_REASONS: Final = 200
_KEY_LOT_BYTES: Final = 16
"""So much of a lot's id stands in a key, which has 120 characters: enough to tell lots apart."""


def take_evidence(desk: Desk, lot: bytes, data: bytes) -> tuple[Recorded, ...]:
    """The quantity of a lot by a bundle; entries that were written, the same ones for the same bundle again.

    Raises DeskError for a lot that the chain does not have or the sheet has no store for, and for a bundle that is
    none or does not hold; ConfigError for a store's sheet that fits no such period.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise DeskError(f"a bundle of {len(data)} bytes is longer than {MAX_BUNDLE_BYTES}")
    news = news_of(desk, desk.view.book, lot, data, desk.now())
    return append(desk, desk.keep(Kind.BUNDLE, data, lot), news)


def append(desk: Desk, kept: Document, news: list[News]) -> tuple[Recorded, ...]:
    """Write what a kept bundle says of its lot."""
    if kept.lot is None:
        raise DeskError(f"document {kept.digest.hex()} was taken for no lot")
    key = f"evidence {kept.digest.hex()} {kept.lot[:_KEY_LOT_BYTES].hex()}"
    return desk.book.under(key) or desk.append(news, key=key)


def news_of(desk: Desk, book: ChainBook, lot: bytes, data: bytes, now: int) -> list[News]:
    """What a bundle says of a lot, by the chain's state and the desk's policy at `now`. Raises as `take_evidence`."""
    _store_of(desk, book, lot)  # before anything is verified
    return news_from(desk, book, lot, _examined(desk, data, now), sha256(data).digest(), now)


def news_from(  # noqa: PLR0917  what a bundle is, apart from its bytes
    desk: Desk, book: ChainBook, lot: bytes, examined: Examined, root: bytes, now: int
) -> list[News]:
    """What an examined bundle, whose file has the digest `root`, says of a lot. Raises as `take_evidence`."""
    store, record = _store_of(desk, book, lot)
    _must_hold(examined)
    try:
        of_store = sheet.parse(store.text, store.path, examined.verdict.to_at)
        found = sheet.position_of(evidence_of(examined), of_store)
    except QuantityError as error:
        raise DeskError(f"the bundle says nothing of lot {lot.hex()}: {error}") from None
    weighed = LotBook(record.weighed, record.weighed_ever, record.allowance_ppm)
    short = found.attested.is_short_of(weighed.weighed_kg, weighed.allowance_kg)
    seen = QuantitySeen(
        lot=lot,
        lower_g=grams(found.attested.lower_kg, ROUND_FLOOR),
        estimate_g=grams(found.attested.quantity_kg, ROUND_FLOOR),
        upper_g=grams(found.attested.upper_kg, ROUND_CEILING),
        pledged_g=record.pledged,
        short=short or record.short,
        evidence_root=root,
    )
    at = min(found.at, now)
    doubt = _doubt(found)
    return [News(at, seen)] + ([] if doubt is None else [News(at, QuantityDoubted(lot, doubt, root))])


def _store_of(desk: Desk, book: ChainBook, lot: bytes) -> tuple[StoreSheet, Lot]:
    store, record = desk.sheet.stores.get(lot), book.lots.get(lot)
    if store is None or record is None:
        raise DeskError(f"lot {lot.hex()} is not one that this desk takes evidence of")
    return store, record


def _examined(desk: Desk, data: bytes, now: int) -> Examined:
    if desk.policy is None:
        raise DeskError("this desk has no policy, and so it believes no evidence")
    try:
        examined = examine(bundle.decode(data), desk.policy, now=now)
    except TallyError as error:
        raise DeskError(f"this is not a bundle, or is damaged: {error}") from None
    _must_hold(examined)
    return examined


def _must_hold(examined: Examined) -> None:
    if not examined.verdict.holds or not examined.statements:
        failures = [one for one in examined.verdict.findings if one.severity is Severity.FAILURE]
        shown = "; ".join(f"{one.code.number} {one.sentence} [{one.touches}]" for one in failures[:5])
        raise DeskError(f"the evidence does not hold: {shown or 'nothing in it may be calculated with'}")


def _doubt(found: Position | PiecePosition) -> str | None:
    blocking = [f"{one.name.text}: {one.sentence} [{one.touches}]" for one in found.remarks if one.name.blocks]
    return "; ".join(blocking)[:_MOST_REASONS] or None
