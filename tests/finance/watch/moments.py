"""For every alert: what a lender sees when it stands, and something as near to that as can be when it does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from tally_finance.lending.coverage import Lines, Lot, Position
from tally_finance.lending.prices import Quote, Rules
from tally_finance.ownership.remark import Name, Remark
from tally_finance.quantity.attested import Standing
from tally_finance.quantity.evidence import Source
from tally_finance.quantity.leak import Leak
from tally_finance.quantity.tickets import Ticket
from tally_finance.release.order import ReleaseOrder
from tally_finance.release.picker import Picker, SeenPlate
from tally_finance.watch.codes import Code
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import Floor, LotSeen, Weighing, WrongWeighing, Yard
from tally_finance.watch.seen_loans import DoubtSeen, LoanSeen, Market, Share
from tally_finance.watch.seen_papers import Ends, FilingSeen, Fingerprint, Keeping, Term, TitleSeen
from tally_finance.watch.seen_sources import (
    ChainSeen,
    FailureSeen,
    GapSeen,
    LogSeen,
    MeterSeen,
    MissingSeen,
    ReceiptSeen,
)

NOW = 1_800_000_000
DAY = 86_400
D = b"\x0d" * 32
LENDER = "bank"
TRUCK, OTHER = "沪A12345", "苏E9K88挂"


def lot(**changes: object) -> Seen:
    plain = LotSeen(
        "A1",
        NOW - 3600,
        3600,
        Decimal(990),
        Decimal(1010),
        Decimal(990),
        D,
        weighed_kg=Decimal(1000),
        allowance_kg=Decimal(5),
    )
    return Seen(NOW, LENDER, lots=(replace(plain, **changes),))  # type: ignore[arg-type]


def opening(vehicle: str, number: int) -> SeenPlate:
    """Every weighing has a salt of its own."""
    return SeenPlate(vehicle, number.to_bytes(16, "big"))


def weighing(
    number: int = 1, *, vehicle: str | None = TRUCK, at: int = NOW - 60, came: bool = False, **place: str
) -> Weighing:
    """30 t out, or in, by a truck of 14 t."""
    masses = (Decimal(44_000), Decimal(14_000)) if came else (Decimal(14_000), Decimal(44_000))
    plate = None if vehicle is None else opening(vehicle, number).commitment
    source = Source(f"entry {number}", number.to_bytes(32, "big"))
    ticket = Ticket(f"T{number}", number, at, *masses, source, None, plate)
    return Weighing(place.get("site", "yard"), place.get("point", "scale"), ticket)


def order(number: int = 1, *, kg: int = 30_000, until: int = NOW, plate: str = TRUCK) -> ReleaseOrder:
    """An order of the last hour."""
    who = Picker(plate, "driver", b"s" * 16)
    return ReleaseOrder(bytes([number]) * 32, b"r" * 32, kg * 1000, who.digest, NOW - 3600, until, who)


def weighed(*weighings: Weighing, openings: Iterable[SeenPlate] | None = None) -> Seen:
    """Every plate is opened as that of TRUCK, where it is that."""
    opened = [opening(TRUCK, one.ticket.alibi) for one in weighings] if openings is None else openings
    return Seen(NOW, LENDER, weighings=weighings, openings=tuple(opened))


def left(*weighings: Weighing, orders: tuple[ReleaseOrder, ...] = (), since: int = 0, accounted: bytes = b"") -> Seen:
    yard = Yard("scale", "A1", since, orders, frozenset({accounted}))
    return replace(weighed(*weighings), yards=(yard,))


def tares(count: int, *vehicles: str | None) -> Seen:
    """Of each vehicle the plate was read; of None nobody opened it."""
    named = [(number, vehicles[number % len(vehicles)]) for number in range(1, count + 1)]
    found = [weighing(number, vehicle=vehicle or OTHER, at=NOW - 900 + number, came=True) for number, vehicle in named]
    return weighed(*found, openings=[opening(vehicle, number) for number, vehicle in named if vehicle is not None])


def floor(pledged_g: int) -> Seen:
    return Seen(NOW, LENDER, floors=(Floor("R1", pledged_g, 1_000_000, D),))


def market(*quotes: Quote) -> Seen:
    rules = Rules(frozenset("abc"), 2, 600, Decimal("0.02"))
    return Seen(NOW, LENDER, markets=(Market("copper", quotes, rules, (D,)),))


def quotes(*prices: int, age_s: int = 600) -> tuple[Quote, ...]:
    return tuple(Quote(source, NOW - age_s, Decimal(price)) for source, price in zip("abc", prices, strict=False))


def loan(exposure: str, top_up_by: int | None = None) -> Seen:
    """Goods of 1,000,000, lent on at 0.7; lines at 0.75 and 0.85."""
    pledged = Lot("A1", Decimal(100_000), Decimal(10_000), Decimal("0.7"))
    lines = Lines(Decimal("0.75"), Decimal("0.85"))
    position = Position((pledged,), Decimal(exposure), Decimal(2_000_000), lines)
    return Seen(NOW, LENDER, loans=(LoanSeen("L1", position, D, top_up_by),))


def term(ends: Ends, at: int) -> Seen:
    return Seen(NOW, LENDER, terms=(Term(ends, "thing", at, D),))


def meter(last_at: int | None, since: int = NOW - DAY) -> Seen:
    return Seen(NOW, LENDER, meters=(MeterSeen("m1", 3600, last_at, since, D),))


def receipt(**changes: object) -> ReceiptSeen:
    plain = ReceiptSeen(
        "R1", "issued", "registered", "trader", "keeper", "A1", 1_000_000, 900_000, LENDER, (), b"h" * 32
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def on_chain(now: ReceiptSeen, noted: ReceiptSeen | None = None) -> Seen:
    return Seen(NOW, LENDER, receipts=(now,), noted={} if noted is None else {noted.number: noted})


def log(**changes: object) -> Seen:
    return Seen(NOW, LENDER, logs=(replace(LogSeen("log", NOW - 30, evidence=(D,)), **changes),))  # type: ignore[arg-type]


def keeping(behind: frozenset[str]) -> Seen:
    return Seen(NOW, LENDER, keepings=(Keeping("A1", "keeper", "trader", frozenset({"Chen"}), behind, D),))


def title(name: Name) -> Seen:
    return Seen(NOW, LENDER, titles=(TitleSeen("receipt R1", Remark(name, "contract HT-1", "something"), D),))


def filed(*items: str) -> Seen:
    return Seen(NOW, LENDER, filings=(FilingSeen("receipt R1", items, D),))


def chain(**changes: object) -> Seen:
    return Seen(NOW, LENDER, chains=(replace(ChainSeen("7", NOW - 30, evidence=(D,)), **changes),))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Moment:
    """Stands at `stands`, and not at `near`."""

    stands: Seen
    near: Seen


def terms(ends: Ends) -> tuple[Moment, Moment]:
    """The alert before the end, and the one after it."""
    ahead = Moment(term(ends, NOW + 30 * DAY), term(ends, NOW + 30 * DAY + 1))
    return ahead, Moment(term(ends, NOW), term(ends, NOW + 1))


def failure(at: int) -> Seen:
    return Seen(NOW, LENDER, failures=(FailureSeen(405, "FORK", "device a", "two statements", at, (D,)),))


def gap(before: int) -> Seen:
    return Seen(NOW, LENDER, gaps=(GapSeen("m1", before - 60, before, "meter_silent", D),))


PAST = NOW - DAY
"""What happened then is told of no more."""

MOMENTS: dict[Code, Moment] = {
    Code.ATTESTATION_OLD: Moment(lot(attested_at=NOW - 3601), lot()),
    Code.LESS: Moment(lot(standing=Standing.LESS, en=Decimal("1.4")), lot()),
    Code.SHORT: Moment(lot(upper_kg=Decimal(994)), lot(upper_kg=Decimal(995))),
    Code.SURPLUS: Moment(lot(standing=Standing.SURPLUS, en=Decimal("1.1")), lot()),
    Code.LEAK: Moment(lot(leak=Leak(NOW - 30 * DAY, NOW, Decimal(4000))), lot()),
    Code.OUTBOUND_WITHOUT_ORDER: Moment(left(weighing()), left(weighing(), orders=(order(),))),
    Code.OVER_PICKED: Moment(
        left(weighing(), orders=(order(kg=29_999),)), left(weighing(), orders=(order(kg=30_000),))
    ),
    Code.FLOOR_NEAR: Moment(floor(1_049_999), floor(1_050_000)),
    Code.FLOOR_BROKEN: Moment(floor(999_999), floor(1_000_000)),
    Code.MORE_THAN_ATTESTED: Moment(lot(pledged_kg=Decimal(991)), lot()),
    Code.TRUCK_AT_TWO_SITES: Moment(
        weighed(weighing(), weighing(2, site="other", point="scale 2", at=NOW - 60 + 599)),
        weighed(weighing(), weighing(2, site="other", point="scale 2", at=NOW - 60 + 600)),
    ),
    Code.WEIGHED_WITHOUT_VEHICLE: Moment(weighed(weighing(9, vehicle=None)), weighed(weighing(9))),
    Code.SAME_TARE: Moment(tares(4, TRUCK, OTHER), tares(3, TRUCK, OTHER)),
    Code.WEIGHING_WRONG: Moment(
        Seen(NOW, wrong_weighings=(WrongWeighing("scale", PAST + 1, "was not stable", D),)),
        Seen(NOW, wrong_weighings=(WrongWeighing("scale", PAST, "was not stable", D),)),
    ),
    Code.PRICE_STALE: Moment(market(*quotes(100, 100, age_s=601)), market(*quotes(100, 100))),
    Code.PRICE_DISPERSED: Moment(market(*quotes(100, 103)), market(*quotes(100, 102))),
    Code.WARNING_LINE: Moment(loan("750000"), loan("749999.99")),
    Code.LIQUIDATION_LINE: Moment(loan("850000"), loan("849999.99")),
    Code.NOT_COVERED: Moment(loan("700000.01"), loan("700000")),
    Code.TOP_UP_DUE: Moment(loan("1", NOW + DAY), loan("1", NOW + DAY + 1)),
    Code.TOP_UP_OVERDUE: Moment(loan("1", NOW - 1), loan("1", NOW)),
    Code.CONCENTRATED: Moment(
        Seen(NOW, shares=(Share("keeper k", Decimal("10.01"), Decimal(10), D),)),
        Seen(NOW, shares=(Share("keeper k", Decimal(10), Decimal(10), D),)),
    ),
    Code.IN_DOUBT: Moment(Seen(NOW, doubts=(DoubtSeen("no-filing", "R1", "the pledge is not filed", D),)), Seen(NOW)),
    Code.RECEIPT_EXPIRES: terms(Ends.RECEIPT)[0],
    Code.PLEDGE_EXPIRES: terms(Ends.PLEDGE)[0],
    Code.FILING_EXPIRES: terms(Ends.FILING)[0],
    Code.INSURANCE_EXPIRES: terms(Ends.INSURANCE)[0],
    Code.CALIBRATION_EXPIRES: terms(Ends.CALIBRATION)[0],
    Code.RECEIPT_EXPIRED: terms(Ends.RECEIPT)[1],
    Code.PLEDGE_EXPIRED: terms(Ends.PLEDGE)[1],
    Code.FILING_EXPIRED: terms(Ends.FILING)[1],
    Code.INSURANCE_EXPIRED: terms(Ends.INSURANCE)[1],
    Code.CALIBRATION_EXPIRED: terms(Ends.CALIBRATION)[1],
    Code.DUPLICATE_FINGERPRINT: Moment(
        Seen(NOW, fingerprints=(Fingerprint(D, "receipt R1"), Fingerprint(D, "receipt R2"))),
        Seen(NOW, fingerprints=(Fingerprint(D, "receipt R1"), Fingerprint(bytes(32), "receipt R2"))),
    ),
    Code.QUALITY_EXPIRES: terms(Ends.QUALITY)[0],
    Code.QUALITY_EXPIRED: terms(Ends.QUALITY)[1],
    Code.CIRCULAR_TRADE: Moment(title(Name.CIRCULAR), Seen(NOW)),
    Code.TITLE_IN_DOUBT: Moment(title(Name.UNPAID), Seen(NOW)),
    Code.FILING_DIFFERS: Moment(filed("quantity"), filed()),
    Code.RELATED_KEEPER: Moment(keeping(frozenset({"Chen", "Wu"})), keeping(frozenset({"Wu"}))),
    # 1.5 cadences of an hour, and 960 s
    Code.SILENT: Moment(meter(NOW - 6361), meter(NOW - 6360)),
    Code.GAP_DECLARED: Moment(gap(PAST + 1), gap(PAST)),
    Code.EVIDENCE_FAILS: Moment(failure(PAST + 1), failure(PAST)),
    Code.STATEMENT_MISSING: Moment(Seen(NOW, missing=(MissingSeen("device a", 2, 7, D),)), Seen(NOW)),
    Code.LOG_CONTRADICTS: Moment(log(contradicts="of 5 entries it shows two roots"), log()),
    Code.LOG_QUIET: Moment(log(last_at=NOW - 31), log()),
    Code.PLEDGED_ELSEWHERE: Moment(on_chain(receipt(lender="other bank")), on_chain(receipt())),
    Code.HELD: Moment(on_chain(receipt(holds=("court",))), on_chain(receipt())),
    Code.RECEIPT_CHANGED: Moment(
        on_chain(receipt(head=b"i" * 32, face_g=999_999), receipt()), on_chain(receipt(), receipt())
    ),
    Code.RECEIPT_ENDED: Moment(on_chain(receipt(title="delivered", living=False)), on_chain(receipt())),
    Code.LOT_HELD_SHORT: Moment(lot(held_short=True), lot()),
    Code.CHAIN_QUIET: Moment(chain(last_at=NOW - 31), chain()),
    Code.CHAIN_CONTRADICTS: Moment(chain(contradicts="event 7 of Receipts is another one than before"), chain()),
}
