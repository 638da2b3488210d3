"""Bundles and quotes into the book: only what holds, by whom the lender believes, and once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain import bundle
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.receipts.ids import slot_id
from tally_chain.registry.organisations import Reason, key_id_of
from tally_chain.registry.roles import KeyRole
from tally_chain.verify.verifier import examine
from tally_finance import quoting
from tally_finance.book import doubts
from tally_finance.book.goods_events import PriceDoubted, PriceSeen, QuantityDoubted, QuantitySeen
from tally_finance.book.judging import Pricing
from tally_finance.desk import quotes, rebuilding
from tally_finance.desk.asked import Acceptance
from tally_finance.desk.desk import Desk
from tally_finance.desk.digest import position_digest
from tally_finance.desk.documents import Kind
from tally_finance.desk.evidence import news_of, take_evidence
from tally_finance.desk.preparing import prepare
from tally_finance.desk.quotes import take_quote
from tally_finance.desk.sheet import StoreSheet
from tally_finance.desk.syncing import refresh
from tally_finance.errors import DeskError, NotAllowedError, PriceError, QuoteFileError
from tally_finance.lending.prices import Rules
from tally_finance.lending.quotes import Quote, encode
from tally_finance.quantity import piece_file
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.pieces import piece_position
from tally_finance.watch_service.book_watch import BookWatch
from tally_trial import plants
from tally_trial.play import Played, play
from tally_trial.scene import look_at
from tests.chain.contracts.stage import signer
from tests.chain.receipts.yard import CORNERS
from tests.chain.registry.parties import REVOKER, fresh
from tests.finance.book.ledger import COPPER_TERMS
from tests.finance.desk.kept_yard import Stocked
from tests.finance.desk.office import COPPER, DAY, FACILITY, Office, office
from tests.finance.migrated import migrated
from tests.finance.quantity.piece_hall import WATCHED, sheet_of, warehouse
from tests.finance.quantity.sheet import SHEET

QUOTED = "cathode copper, grade A, Shanghai"


@pytest.fixture(scope="module")
def played() -> Played:
    """Four days of a silo."""
    plant = plants.opened("grain-silo", 5, 4)
    return play(look_at(plant, 5, only={"weighbridge", "level_a", "level_b"}))


@pytest.fixture
def made(stocked: Stocked, tmp_path: Path) -> Office:
    """The silo was played months before the chain's clock: quantities are good for a year here."""
    return office(stocked.yard, tmp_path, lot=stocked.lot, quantity_age_s=366 * DAY)


def believing(made: Office, played: Played, sheet: str = SHEET) -> None:
    """The desk keeps the silo's sheet for the lot, and believes whom the silo's reader believes."""
    made.desk.sheet = replace(made.desk.sheet, stores={made.lot: StoreSheet(sheet, Path("store.toml"))})
    made.desk.policy = played.policy


def test_a_bundle_becomes_the_quantity_of_its_lot(made: Office, played: Played) -> None:
    believing(made, played)
    data = bundle.encode(played.bundle)
    entries = take_evidence(made.desk, made.lot, data)
    seen = entries[0].entry.event
    assert isinstance(seen, QuantitySeen)
    assert 0 < seen.lower_g < seen.estimate_g < seen.upper_g
    assert entries[0].entry.effective_at == played.bundle.to_at  # as old as it is, whenever it came
    kept = made.desk.documents.get(seen.evidence_root, made.lot)
    assert (kept.kind, kept.lot, kept.body) == (Kind.BUNDLE, made.lot, data)
    head = made.desk.book.head()
    assert take_evidence(made.desk, made.lot, data) == entries
    assert made.desk.book.head() == head


def test_a_bundle_serves_each_lot_that_has_a_sheet(made: Office, played: Played, tmp_path: Path) -> None:
    """One silo's bundle, two lots: a quantity for each, once each, and both again where the book is made anew."""
    yard, keeper = made.yard, made.yard.whose("keeper")
    yard.did("AddSlot", "owner", site=yard.site, outline=CORNERS, bottom=8_000, top=9_000, plan=fresh("plan"))
    yard.slot = slot_id(yard.site, CORNERS, 8_000, 9_000)
    yard.did("AssignKeeper", "owner", "keeper", slot=yard.slot, keeper=keeper, keeperSince=yard.parties.known())
    second = yard.stocked(10)
    made.sync()
    store = StoreSheet(SHEET, Path("store.toml"))
    made.desk.sheet = replace(made.desk.sheet, stores={made.lot: store, second: store})
    made.desk.policy = played.policy
    data = bundle.encode(played.bundle)
    taken = {lot: take_evidence(made.desk, lot, data) for lot in (made.lot, second)}
    assert [entries[0].entry.event.lot for entries in taken.values()] == [made.lot, second]
    assert {lot: take_evidence(made.desk, lot, data) for lot in taken} == taken
    kept = made.desk.documents.all(Kind.BUNDLE)
    assert [(one.lot, one.body) for one in kept] == [(made.lot, data), (second, data)]
    assert kept[0].arrival < kept[1].arrival
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, played.policy, made.desk.clock)
    assert rebuilding.rebuild(other, list(made.desk.book.entries()), kept).differences == ()


def test_short_is_less_than_was_weighed_in_whatever_receipts_say(made: Office, played: Played) -> None:
    """As the contract judges: a lot without a receipt can be short, and receipts over less than came hide nothing."""
    believing(made, played)
    data, book = bundle.encode(played.bundle), made.desk.view.book

    def short(**changes: int) -> bool:
        lot = replace(book.lots[made.lot], **changes)
        (seen, *_) = news_of(made.desk, replace(book, lots={made.lot: lot}), made.lot, data, made.now())
        assert isinstance(seen.event, QuantitySeen)
        return seen.event.short

    upper = take_evidence(made.desk, made.lot, data)[0].entry.event.upper_g
    assert short(face=0, weighed=upper + 1, weighed_ever=upper + 1, allowance_ppm=0)
    assert not short(face=0, weighed=upper, weighed_ever=upper, allowance_ppm=0)
    assert not short(face=upper + 1, weighed=upper, weighed_ever=upper, allowance_ppm=0)
    allowed_ppm = 1_000
    assert not short(weighed=upper + upper // 1_001, weighed_ever=upper * 2, allowance_ppm=allowed_ppm)


def test_pieces_count_by_their_own_sheet(made: Office, tmp_path: Path) -> None:
    """Coils with serials (件货): what scale, gate and readers of the halls say becomes the lot's quantity."""
    plant = warehouse(tmp_path, 3, 2)
    halls = play(look_at(plant, 3, only=set(WATCHED)))
    believing(made, halls, sheet_of(plant))
    data = bundle.encode(halls.bundle)
    (seen, *_) = take_evidence(made.desk, made.lot, data)
    expected = piece_position(
        evidence_of(examine(halls.bundle, halls.policy, now=made.now())),
        piece_file.parse(sheet_of(plant), Path("store.toml")),
    )
    assert isinstance(seen.entry.event, QuantitySeen)
    assert seen.entry.event.lower_g == expected.attested.lower_kg * 1_000 > 0
    watch = BookWatch(made.desk.engine, made.desk.sheet, halls.policy)
    (lot, *_) = watch.look(made.now(), made.desk.view.history, made.desk.view.book).lots
    assert (lot.lower_kg, lot.leak) == (expected.attested.lower_kg, None)


def test_what_the_witnesses_attest_does_not_hide_what_the_lender_saw(made: Office, played: Played) -> None:
    believing(made, played)
    take_evidence(made.desk, made.lot, bundle.encode(played.bundle))
    lower = made.desk.state().goods.seen[made.lot][1].lower_g
    made.pledged(40)
    made.yard.attested(made.lot, 100)
    made.sync()
    assert made.desk.state().goods.seen[made.lot][1].lower_g == lower


def test_a_bundle_that_does_not_hold_says_nothing(made: Office, played: Played) -> None:
    believing(made, played)
    head = made.desk.book.head()
    with pytest.raises(DeskError, match="not a bundle, or is damaged"):
        take_evidence(made.desk, made.lot, b"nonsense")
    log = played.policy.logs[0]
    made.desk.policy = replace(played.policy, logs=(replace(log, roots=()),))
    with pytest.raises(DeskError, match="the evidence does not hold"):
        take_evidence(made.desk, made.lot, bundle.encode(played.bundle))
    made.desk.policy = None
    with pytest.raises(DeskError, match="believes no evidence"):
        take_evidence(made.desk, made.lot, bundle.encode(played.bundle))
    with pytest.raises(DeskError, match="not one that this desk takes evidence of"):
        take_evidence(made.desk, fresh("lot"), bundle.encode(played.bundle))
    assert made.desk.book.head() == head


def test_evidence_that_allows_no_credit_is_a_doubt(made: Office, played: Played) -> None:
    without_gauges = SHEET.partition("[[gauge]]")[0]
    begins = datetime.fromtimestamp(played.bundle.from_at, UTC).isoformat()
    alone = without_gauges + f"[opening]\nat = {begins}\nkg = 3000000\nu_kg = 15000\n"
    alone = "\n".join(line for line in alone.splitlines() if not line.startswith(("density", "moisture")))
    believing(made, played, alone)
    entries = take_evidence(made.desk, made.lot, bundle.encode(played.bundle))
    assert isinstance(entries[1].entry.event, QuantityDoubted)
    receipt = made.yard.issued(made.lot, 40)
    made.offered(receipt, 40)
    made.papers(receipt)
    with pytest.raises(NotAllowedError, match="doubted"):
        prepare(made.desk, Acceptance(receipt, made.paper(), made.paper()))


@pytest.fixture
def priced(made: Office) -> tuple[Office, dict[bytes, LocalSigner]]:
    """Three sources, of which two make a price."""
    parties, keys = made.yard.parties, {}
    for number in range(3):
        organisation = parties.organisation()
        key = signer(f"source {number} {fresh().hex()}")
        parties.bind(organisation, key_id_of(key.address), KeyRole.PRICE_SOURCE)
        keys[organisation] = key
    rules = Rules(frozenset(one.hex() for one in keys), 2, DAY, Decimal("0.02"))
    made.desk.sheet = replace(made.desk.sheet, prices={COPPER: Pricing(QUOTED, "CNY", rules)})
    made.sync()
    return made, keys


def quoted(made: Office, source: bytes, key: LocalSigner, yuan: int, **changes: object) -> bytes:
    now = made.now()
    fields = {
        "source": source, "commodity": QUOTED, "price": yuan * 100, "currency": "CNY", "at": now - 10,
        "lineage": fresh("lineage"), "until": now + DAY, **changes,
    }  # fmt: skip
    chain_id = made.yard.parties.stage.engine.identity().chain_id
    signed = quoting.sign(key._account, Quote(**fields), chain_id, made.yard.parties.at.organisations)
    return encode(signed).encode()


def said(made: Office, source: bytes, key: LocalSigner, yuan: int, **changes: object) -> object:
    """What the book says of the price with one quote more."""
    entry = take_quote(made.desk, quoted(made, source, key, yuan, **changes))
    assert entry is not None
    return entry.entry.event


def test_two_sources_that_agree_make_a_price(
    priced: tuple[Office, dict[bytes, LocalSigner]],
) -> None:
    made, keys = priced
    (first, one), (second, other), (third, far) = keys.items()
    assert isinstance(said(made, first, one, 69_000), PriceDoubted)  # one is too few
    seen = said(made, second, other, 69_200)
    assert isinstance(seen, PriceSeen)
    assert seen.per_t == 69_000
    assert len(seen.sources) == 2
    for digest in seen.sources:
        assert made.desk.documents.get(digest).kind is Kind.QUOTE
    doubted = said(made, third, far, 90_000)  # too far apart is no price
    assert isinstance(doubted, PriceDoubted)
    assert (doubted.lowest_per_t, len(doubted.sources)) == (69_000, 3)


def test_a_slow_source_does_not_keep_a_fall_out_of_the_book(
    priced: tuple[Office, dict[bytes, LocalSigner]],
) -> None:
    made, keys = priced
    (first, one), (second, other), (third, slow) = keys.items()
    now = made.now()
    said(made, first, one, 70_000, at=now - 100)
    said(made, second, other, 70_000, at=now - 100)
    doubted = said(made, first, one, 60_000)
    assert isinstance(doubted, PriceDoubted)  # the old price does not stand on
    assert doubted.lowest_per_t == 60_000
    said(made, third, slow, 60_100, at=now - 500)
    fallen = said(made, second, other, 60_200)
    assert isinstance(fallen, PriceSeen)
    assert (fallen.per_t, fallen.quoted_at) == (60_100, now - 500)
    assert made.desk.state().goods.per_t(COPPER) == 60_100


def test_a_price_ends_when_its_quotes_run_out_and_a_key_is_revoked(
    priced: tuple[Office, dict[bytes, LocalSigner]],
) -> None:
    made, keys = priced
    (first, one), (second, other), (third, late) = keys.items()
    until = made.now() + 600
    said(made, first, one, 69_000, until=until)
    seen = said(made, second, other, 69_000)
    assert isinstance(seen, PriceSeen)
    assert seen.until == until
    made.desk.clock = lambda: until + 1
    assert {one.why for one in doubts.of_price(made.desk.state().goods, COPPER_TERMS, until + 1)} == {"stale-price"}
    made.sync()  # judged again, though nobody quoted
    assert COPPER in made.desk.state().goods.price_doubts
    assert isinstance(said(made, third, late, 69_000), PriceSeen)
    revoked = (key_id_of(late.address), int(Reason.COMPROMISED), 0)
    parties = made.yard.parties
    parties.transact(REVOKER, parties.at.organisations, "Organisations", "revokeKey", *revoked)
    made.sync()
    assert COPPER in made.desk.state().goods.price_doubts


def test_a_kept_quote_counts_once_the_sheet_names_its_source(
    priced: tuple[Office, dict[bytes, LocalSigner]],
) -> None:
    made, keys = priced
    (first, one), (second, other), _ = keys.items()
    pricing = made.desk.sheet.prices[COPPER]
    fewer = replace(pricing.rules, sources=pricing.rules.sources - {second.hex()})
    made.desk.sheet = replace(made.desk.sheet, prices={COPPER: replace(pricing, rules=fewer)})
    said(made, first, one, 69_000)
    assert isinstance(said(made, second, other, 69_000), PriceDoubted)
    made.desk.sheet = replace(made.desk.sheet, prices={COPPER: pricing})
    made.sync()
    assert made.desk.state().goods.price_doubts == {}
    head = made.desk.book.head()
    made.sync()
    assert made.desk.book.head() == head  # what is said already is not said again


def test_a_quote_is_dated_ahead_by_no_more_than_clocks_differ(
    priced: tuple[Office, dict[bytes, LocalSigner]],
) -> None:
    made, keys = priced
    (first, one), (second, other), _ = keys.items()
    now = made.now()
    with pytest.raises(PriceError, match="more than 300 s from now"):
        take_quote(made.desk, quoted(made, first, one, 69_000, at=now + 301))
    said(made, first, one, 69_000, at=now + 300)
    assert isinstance(said(made, second, other, 69_000), PriceSeen)  # what is known counts at once


def test_a_quote_that_was_kept_and_not_judged_is_judged_before_anything_is_lent(
    priced: tuple[Office, dict[bytes, LocalSigner]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, keys = priced
    (first, one), (second, other), _ = keys.items()
    made.sync()
    said(made, first, one, 69_000)
    with monkeypatch.context() as dying:
        dying.setattr(quotes, "judge", lambda *_: (_ for _ in ()).throw(DeskError("died before it judged")))
        with pytest.raises(DeskError, match="died"):
            take_quote(made.desk, quoted(made, second, other, 69_200))
    assert isinstance(made.desk.entries()[-1].entry.event, PriceDoubted)
    refresh(made.desk)
    assert isinstance(made.desk.entries()[-1].entry.event, PriceSeen)


def test_a_quote_of_a_stranger_of_the_lender_or_for_other_goods_does_not_count(
    priced: tuple[Office, dict[bytes, LocalSigner]],
) -> None:
    made, keys = priced
    (source, key), *_ = keys.items()
    with pytest.raises(PriceError, match="not bound as a key of a price source"):
        take_quote(made.desk, quoted(made, source, made.yard.keys["keeper"], 69_000))
    with pytest.raises(DeskError, match="nothing is lent here"):
        take_quote(made.desk, quoted(made, source, key, 69_000, commodity="rice"))
    with pytest.raises(QuoteFileError):
        take_quote(made.desk, b"{}")
    made.desk.sheet = replace(made.desk.sheet, interested=frozenset({source}))
    with pytest.raises(PriceError, match="interest"):
        take_quote(made.desk, quoted(made, source, key, 69_000))


def test_documents_give_the_same_book_again(
    priced: tuple[Office, dict[bytes, LocalSigner]], played: Played, tmp_path: Path
) -> None:
    made, keys = priced
    believing(made, played)
    take_evidence(made.desk, made.lot, bundle.encode(played.bundle))
    for number, (source, key) in enumerate(keys.items()):
        take_quote(made.desk, quoted(made, source, key, 69_000 + number))
    made.pledged(40)
    documents = [*made.desk.documents.all(Kind.BUNDLE), *made.desk.documents.all(Kind.QUOTE)]
    later = made.now() + DAY
    other = Desk(migrated(tmp_path / "again.db"), made.desk.sheet, made.desk.chain, played.policy, lambda: later)
    rebuilt = rebuilding.rebuild(other, list(made.desk.book.entries()), documents)
    assert (rebuilt.differences, rebuilt.dated_by_block) == ((), ())
    was, now = ({one.entry.key: one.entry.known_at for one in each.book.entries()} for each in (made.desk, other))
    assert was == {key: known_at for key, known_at in now.items() if key in was}  # known when it was, not today
    at = made.desk.now()
    assert position_digest(other.position(FACILITY, at, at)) == position_digest(made.desk.position(FACILITY, at, at))
    kept, before = (desk.documents.all(Kind.QUOTE) for desk in (other, made.desk))
    assert [(one.digest, one.received_at) for one in kept] == [(one.digest, one.received_at) for one in before]
