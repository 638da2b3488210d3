"""What quotes, bundles and papers say becomes what a watch sees."""

from __future__ import annotations

from decimal import Decimal

from tally_chain.receipts.rules.records import NONE, Lot, Party
from tally_chain.registry.roles import KeyRole
from tally_finance.estimate import Estimate
from tally_finance.lending.prices import Rules
from tally_finance.lending.quotes import Quote
from tally_finance.ownership import matching
from tally_finance.ownership.remark import Name
from tally_finance.ownership.search import Asked, KeeperSays, Record, Search
from tally_finance.quantity.attested import Attested, Standing
from tally_finance.quantity.leak import Leak
from tally_finance.quantity.position import Position
from tally_finance.quantity.remark import Name as QuantityName
from tally_finance.quantity.remark import Remark as QuantityRemark
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.of_papers import Papers, fingerprints_of, titles_of
from tally_finance.watch.of_quantity import doubts_of, lot_seen
from tally_finance.watch.of_quotes import market_of
from tally_finance.watch.seen import Seen
from tests.finance.ownership.deal import KEEPER, SMELTER, TODAY, TRADER, contract, pack

NOW = 1_800_000_000
DAY = 86_400
A, B, C = (bytes([number]) * 32 for number in (1, 2, 3))
RULES = Rules(frozenset({A.hex(), B.hex()}), 2, 600, Decimal("0.02"))


def quote(source: bytes, at: int, fen: int = 7_000_000, commodity: str = "copper") -> Quote:
    return Quote(source, commodity, fen, "CNY", at, b"l" * 32, at + DAY)


def codes(seen: Seen) -> set[Code]:
    return {one.code for one in standing(seen, Limits())}


def market(**quotes: Quote) -> Seen:
    admitted = {name.encode().ljust(32, b"."): one for name, one in quotes.items()}
    return Seen(NOW, markets=(market_of(NOW, "cu", admitted, quoted_as="copper", currency="CNY", rules=RULES),))


def test_quotes_that_agree_are_no_alert_and_old_or_wide_ones_are() -> None:
    fresh = NOW - 10
    assert codes(market(a=quote(A, fresh), b=quote(B, fresh))) == set()
    assert codes(market(a=quote(A, fresh), b=quote(B, NOW - 601))) == {Code.PRICE_STALE}
    assert codes(market(a=quote(A, fresh), b=quote(B, fresh, 8_000_000))) == {Code.PRICE_DISPERSED}
    assert codes(market(a=quote(A, fresh), c=quote(C, fresh))) == {Code.PRICE_STALE}, "a stranger makes no quorum"
    assert codes(market(a=quote(A, fresh), b=quote(B, fresh, commodity="zinc"))) == {Code.PRICE_STALE}


def test_a_market_rests_on_the_newest_quote_of_each_source_that_counts() -> None:
    seen = market(a=quote(A, NOW - 20), b=quote(A, NOW - 10), c=quote(C, NOW), d=quote(B, NOW + 1))
    (found,) = seen.markets
    assert found.evidence == (b"b".ljust(32, b"."),)


LOT = Lot(
    slot=NONE, head=NONE, goods=NONE, keeper=Party(A, 1, KeyRole.KEEPER), serialised=False, witnesses=(), quorum=1,
    panel_since=1, allowance_ppm=5_000, max_age_s=3600, opened_block=1, weighed=1_000_000, weighed_ever=1_000_000,
    face=1_000_000, pledged=980_000,
)  # fmt: skip


def position(lower: int, upper: int, how: Standing = Standing.AGREE, **more: object) -> Position:
    attested = Attested(Decimal(lower + upper) / 2, Decimal(5), Decimal(lower), Decimal(upper), how, Decimal("0.4"))
    exact = Estimate(Decimal(1000))
    return Position(NOW - 60, attested, exact, None, exact, (), {}, **{"remarks": (), **more})  # type: ignore[arg-type]


def of_lot(found: Position) -> set[Code]:
    return codes(Seen(NOW, lots=(lot_seen(A, LOT, found, B),), doubts=tuple(doubts_of(A, found, B))))


def test_a_bundle_is_held_against_what_the_chain_says_was_weighed_in() -> None:
    assert of_lot(position(990, 1005)) == set()
    assert of_lot(position(979, 1005)) == {Code.MORE_THAN_ATTESTED}
    assert Code.SHORT in of_lot(position(980, 994)), "995 kg are within what may be lost"
    assert Code.SHORT not in of_lot(position(980, 995))
    assert of_lot(position(985, 1000, Standing.LESS)) == {Code.LESS}
    leak = Leak(NOW - 30 * DAY, NOW, Decimal(400))
    remark = QuantityRemark(QuantityName.LEAK, "silo", "400 kg went")
    assert of_lot(position(985, 1000, leak=leak, remarks=(remark,))) == {Code.LEAK}, "told of once"


def test_what_blocks_in_a_bundle_is_a_doubt() -> None:
    blocking = next(name for name in QuantityName if name.blocks and name is not QuantityName.LEAK)
    harmless = next(name for name in QuantityName if not name.blocks)
    remarks = (QuantityRemark(blocking, "scale", "is out of date"), QuantityRemark(harmless, "scale", "is fine"))
    assert of_lot(position(985, 1000, remarks=remarks)) == {Code.IN_DOUBT}


def titles(*papers: Papers, now: int = NOW, known: matching.Known | None = None) -> Seen:
    told = titles_of(papers, matching.Rules(), known or matching.Known(), now, TODAY)
    return Seen(now, titles=tuple(told), fingerprints=tuple(fingerprints_of(papers)))


def test_a_pack_that_fits_is_no_alert_and_its_invoice_in_another_pack_is() -> None:
    assert codes(titles(Papers("r1", pack()))) == set()
    assert Code.DUPLICATE_FINGERPRINT in codes(titles(Papers("r1", pack()), Papers("r2", pack())))


def test_goods_that_come_back_to_their_seller_are_a_ring_over_packs() -> None:
    back = pack(contract=contract(seller=TRADER, buyer=SMELTER))
    found = titles(Papers("r1", pack()), Papers("r2", back))
    assert Code.CIRCULAR_TRADE in codes(found)
    assert {one.remark.name for one in titles(Papers("r2", back)).titles} >= {Name.NOT_THE_PLEDGOR}


def test_a_search_grows_old_while_it_is_watched() -> None:
    record = Record(Search(TRADER, NOW, b"c" * 32, ()), KeeperSays(KEEPER, NOW, Decimal(0), b"k" * 32), b"s" * 16)
    papers = Papers("r1", None, record, Asked(TRADER, KEEPER, NOW - 30 * DAY, None, DAY, DAY))
    assert codes(titles(papers)) == set()
    assert codes(titles(papers, now=NOW + DAY + 1)) == {Code.TITLE_IN_DOUBT}
