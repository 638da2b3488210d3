"""The three-way match: a pack in order, and every way in which one is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.errors import IdentifierError
from tally_finance.errors import OwnershipError
from tally_finance.ownership.matching import Known, Matched, Rules, match, sale_of
from tally_finance.ownership.papers import Pack, goods_of, invoice_nullifier
from tally_finance.ownership.remark import Name
from tally_finance.ownership.trades import Sale
from tests.finance.ownership.deal import (
    GOODS,
    KEEPER,
    OTHER,
    REGISTRARS_KEY,
    SHADOW,
    SMELTER,
    TODAY,
    TRADER,
    contract,
    invoice,
    org,
    pack,
    payment,
    transport,
)

D = Decimal
RULES = Rules()
NOTHING = Known()


def matched(of: Pack, known: Known = NOTHING, rules: Rules = RULES) -> Matched:
    return match(of, rules, known, TODAY)


def names(found: Matched) -> list[Name]:
    return [remark.name for remark in found.remarks]


def test_a_pack_in_order() -> None:
    found = matched(pack())
    assert found.remarks == ()
    assert found.allows_pledge
    assert len(found.digest) == 32


def test_an_organisation_may_be_written_in_several_ways() -> None:
    spaced = f"{TRADER[:4]} {TRADER[4:10]}-{TRADER[10:].lower()}"
    assert matched(pack(pledgor=spaced, transports=(transport(consignee=spaced),))).remarks == ()


def test_a_foreign_seller_has_an_lei() -> None:
    lei = "5493001KJTIIGC8Y1R12"
    abroad = pack(contract=contract(seller=lei), invoices=(invoice(seller=lei),), payments=(payment(payee=lei),))
    assert matched(abroad).remarks == ()


WRONG_CHECK = TRADER[:-1] + ("0" if TRADER[-1] != "0" else "1")
MANY = [
    ({"invoices": (), "pledged_kg": D(1)}, [Name.MISSING, Name.QUANTITY_DIFFERS, Name.MORE_PLEDGED]),
    ({"payments": ()}, [Name.MISSING, Name.UNPAID]),
    ({"transports": (), "pledged_kg": D(1)}, [Name.MISSING, Name.QUANTITY_DIFFERS, Name.MORE_PLEDGED]),
    ({"keeper": WRONG_CHECK}, [Name.PARTY_WRONG]),
    ({"pledgor": WRONG_CHECK}, [Name.PARTY_WRONG, Name.NOT_THE_PLEDGOR]),
    ({"pledgor": OTHER}, [Name.NOT_THE_PLEDGOR]),
    ({"invoices": (invoice(seller=OTHER),)}, [Name.PARTIES_DIFFER]),
    ({"invoices": (invoice(buyer=OTHER),)}, [Name.PARTIES_DIFFER]),
    ({"transports": (transport(consignee=OTHER),)}, [Name.PARTIES_DIFFER]),
    ({"payments": (payment(payer=OTHER),)}, [Name.PAID_BY_ANOTHER]),
    ({"payments": (payment(payee=OTHER),)}, [Name.PAID_BY_ANOTHER]),
    ({"invoices": (invoice(goods="铜精矿"),)}, [Name.GOODS_DIFFER]),
    ({"transports": (transport(goods="stones"),)}, [Name.GOODS_DIFFER]),
    ({"received_kg": D(298_000)}, [Name.QUANTITY_DIFFERS, Name.MORE_PLEDGED]),
    ({"transports": (transport(quantity_kg=D(310_000)),)}, [Name.QUANTITY_DIFFERS]),
    ({"contract": contract(quantity_kg=D(290_000), total=D("20335670.00"))}, [Name.QUANTITY_DIFFERS]),
    ({"pledged_kg": D("299880.001")}, [Name.MORE_PLEDGED]),
    ({"invoices": (invoice(tax=D("2420174.35")),)}, [Name.AMOUNT_DIFFERS]),
    ({"contract": contract(total=D("25000000.00"))}, [Name.AMOUNT_DIFFERS]),
    ({"payments": (payment(amount=D("21036899.99")),)}, [Name.UNPAID]),
    (
        {"payments": (payment(amount=D("1")),), "contract": contract(retains_title=True)},
        [Name.UNPAID, Name.TITLE_RETAINED],
    ),
    ({"invoices": (invoice(issued_on=date(2026, 1, 4)),)}, [Name.DATES_WRONG]),
    ({"payments": (payment(paid_on=TODAY + timedelta(days=1)),)}, [Name.DATES_WRONG]),
]


@pytest.mark.parametrize(("changes", "expected"), MANY)
def test_what_does_not_fit(changes: dict[str, object], expected: list[Name]) -> None:
    found = matched(pack(**changes))
    assert names(found) == expected
    assert not found.allows_pledge


def test_a_paid_retention_of_title_is_none() -> None:
    assert matched(pack(contract=contract(retains_title=True))).remarks == ()


def test_an_invoice_is_counted_once() -> None:
    """Half and half, but it is one invoice: by its number in another spelling, or by its nullifier."""
    half = {"quantity_kg": D(150_000), "net": D("9308362.83"), "tax": D("1210087.17"), "total": D("10518450.00")}
    one = invoice(**half)
    other = invoice("26312000000012345679", digest=b"\x12" * 32, **half)
    assert matched(pack(invoices=(one, other))).remarks == ()
    spelled = replace(other, number="2631 2000 0000 1234 5678", nullifier=b"\x09" * 32)
    assert names(matched(pack(invoices=(one, spelled)))) == [Name.INVOICE_TWICE]
    same_nullifier = replace(other, nullifier=one.nullifier)
    assert names(matched(pack(invoices=(one, same_nullifier)))) == [Name.INVOICE_TWICE]


def test_a_payment_that_is_shown_twice_pays_once() -> None:
    """Half of the price, and the same receipt again: under its number in another spelling, or as the same file."""
    half = payment(amount=D("10518450.00"))
    other = replace(half, digest=b"\x13" * 32, number="B-992")
    assert matched(pack(payments=(half, other))).remarks == ()
    for again in (replace(other, number="b-991 "), replace(other, digest=half.digest)):
        found = matched(pack(payments=(half, again)))
        assert names(found) == [Name.PAPER_TWICE]
        assert not found.allows_pledge


def test_an_invoice_that_carries_other_financing() -> None:
    taken = {invoice_nullifier(REGISTRARS_KEY, SMELTER, "2631 2000 0000 1234 5678"): "another bank"}
    found = matched(pack(), Known(taken=taken))
    assert [(one.name, one.sentence) for one in found.remarks] == [(Name.INVOICE_TAKEN, "is claimed by another bank")]


def test_a_number_that_is_none() -> None:
    odd = replace(invoice(), number="Е-17 кириллица")
    assert names(matched(pack(invoices=(odd,)))) == [Name.NUMBER_WRONG]
    with pytest.raises(IdentifierError):
        invoice_nullifier(REGISTRARS_KEY, SMELTER, "Е-17 кириллица")


def test_goods_that_go_round() -> None:
    """The trader sells on to a firm that sells back to the smelter, each with papers in order."""
    goods = goods_of(GOODS)
    back = (
        Sale(org(TRADER), org(SHADOW), goods, date(2026, 1, 20)),
        Sale(org(SHADOW), org(SMELTER), goods, date(2025, 12, 1)),
    )
    found = matched(pack(), Known(sales=back))
    assert names(found) == [Name.CIRCULAR]
    assert found.remarks[0].sentence.count(" to ") == 3
    assert matched(pack(), Known(sales=back[:1])).remarks == ()
    assert matched(pack(), Known(sales=(back[0], replace(back[1], on=date(2025, 6, 1))))).remarks == ()
    assert matched(pack(), Known(sales=(back[0], replace(back[1], goods="zinc")))).remarks == ()


def test_three_packs_of_three_borrowers_make_a_ring() -> None:
    """Each is in order; only the lender who remembers the sales of all sees it (Gupta's trades)."""
    firms = (SMELTER, TRADER, SHADOW)
    sales: list[Sale] = []
    told = []
    for seller, buyer in zip(firms, (*firms[1:], SMELTER), strict=True):
        of = pack(
            pledgor=buyer,
            contract=contract(seller=seller, buyer=buyer),
            invoices=(invoice(seller=seller, buyer=buyer),),
            payments=(payment(payer=buyer, payee=seller),),
            transports=(transport(consignee=buyer),),
        )
        told.append(names(matched(of, Known(sales=tuple(sales)))))
        made = sale_of(of, RULES)
        assert made is not None
        sales.append(made)
    assert told == [[], [], [Name.CIRCULAR]]
    assert sale_of(pack(contract=contract(seller=WRONG_CHECK)), RULES) is None


@pytest.mark.parametrize("pair", [(SMELTER, TRADER), (TRADER, KEEPER), (SMELTER, KEEPER)])
def test_one_control_over_two_parties(pair: tuple[str, str]) -> None:
    found = matched(pack(), Known(groups=(frozenset(map(org, (*pair, OTHER))),)))
    assert names(found) == [Name.RELATED]


def test_who_keeps_its_own_goods() -> None:
    assert names(matched(pack(keeper=TRADER))) == [Name.RELATED]


def test_other_names_of_goods() -> None:
    rules = Rules(names={"electrolyticcopper": goods_of(GOODS)})
    other = pack(transports=(transport(goods="Electrolytic copper"),))
    assert names(matched(other)) == [Name.GOODS_DIFFER]
    assert matched(other, rules=rules).remarks == ()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*有色金属冶炼压延品*阴极铜", "阴极铜"),
        ("阴极铜　Ａ级", "阴极铜a级"),
        ("*阴极铜", "*阴极铜"),
        ("**阴极铜", "**阴极铜"),
        ("*有色*", "*有色*"),
    ],
)
def test_goods_in_one_spelling(text: str, plain: str) -> None:
    assert goods_of(text) == plain


@given(
    changed=st.sampled_from(["pledged_kg", "received_kg", "salt", "keeper"]),
    kg=st.decimals(D(299_000), D(299_500), places=3),
    salt=st.binary(min_size=16, max_size=16),
)
def test_the_digest_is_over_everything(changed: str, kg: Decimal, salt: bytes) -> None:
    value = {"pledged_kg": kg, "received_kg": kg + 1_000, "salt": salt, "keeper": OTHER}[changed]
    one, other = pack(), pack(**{changed: value})
    same = str(getattr(one, changed)) == str(value)
    assert (matched(one).digest == matched(other).digest) is same


def test_the_digest_is_over_papers_rules_day_and_groups_that_were_found() -> None:
    digests = {
        matched(pack()).digest,
        matched(pack(payments=(payment(digest=b"\x0f" * 32),))).digest,
        matched(pack(), rules=Rules(window_days=90)).digest,
        match(pack(), RULES, Known(), TODAY + timedelta(days=1)).digest,
        matched(pack(), Known(groups=(frozenset(map(org, (SMELTER, TRADER))),))).digest,
    }
    assert len(digests) == 5


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"salt": b""}, "salt has 16 bytes"),
        ({"received_kg": D(0)}, "above zero"),
        ({"contract": contract(digest=b"")}, "contract HT-2026-018: a digest has 32 bytes"),
        ({"contract": contract(total=D(0))}, "quantities and amounts are above zero"),
        ({"payments": (payment(amount=D(-1)),)}, "payment B-991: quantities and amounts"),
        ({"transports": (transport(quantity_kg=D("NaN")),)}, "transport YD-77"),
        ({"invoices": (invoice(nullifier=b"\1"),)}, "a nullifier has 32 bytes"),
        ({"invoices": (invoice(tax=D(-1)),)}, "tax is not negative"),
    ],
)
def test_what_is_no_pack(changes: dict[str, object], why: str) -> None:
    with pytest.raises(OwnershipError, match=why):
        pack(**changes)


@pytest.mark.parametrize("changes", [{"quantity": D(1)}, {"price": D(-1)}, {"window_days": -1}])
def test_rules_that_are_none(changes: dict[str, object]) -> None:
    with pytest.raises(OwnershipError, match="tolerances are shares"):
        Rules(**changes)
