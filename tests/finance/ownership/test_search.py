"""The search: who was asked, about whom, when, and what stands there."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tally_finance.errors import OwnershipError
from tally_finance.ownership.remark import Name
from tally_finance.ownership.search import DAY_S, Asked, Entry, KeeperSays, Kind, Record, Search, judge
from tests.finance.ownership.deal import KEEPER, OTHER, TRADER

NOW = 1_780_000_000
SAYS = KeeperSays(KEEPER, NOW - 100, Decimal(0), b"\2" * 32)
SEARCH = Search(TRADER, NOW - 3_600, b"\1" * 32, ())
RECORD = Record(SEARCH, SAYS, b"\3" * 16)
ASKED = Asked(TRADER, KEEPER, NOW - 30 * DAY_S, None, DAY_S, 7 * DAY_S)


def names(record: Record, asked: Asked = ASKED, now: int = NOW) -> list[Name]:
    return [remark.name for remark in judge(record, asked, now)]


def found(**changes: object) -> Record:
    return replace(RECORD, search=replace(SEARCH, **changes))


def test_nothing_in_the_way() -> None:
    assert judge(RECORD, ASKED, NOW) == ()


@pytest.mark.parametrize("kind", list(Kind))
def test_a_claim_on_the_goods(kind: Kind) -> None:
    entry = Entry(kind, "0123", "another bank", covers=True, why="")
    told = judge(found(entries=(entry,)), ASKED, NOW)
    assert [(one.name, one.touches) for one in told] == [(Name.CLAIM_FOUND, "registration 0123")]
    assert kind.value in told[0].sentence
    assert told[0].name.blocks


def test_a_claim_on_other_goods_is_left_aside_with_a_reason() -> None:
    aside = Entry(Kind.MORTGAGE, "0123", "another bank", covers=False, why="machines of another works")
    assert names(found(entries=(aside,))) == []
    with pytest.raises(OwnershipError, match="left aside without a reason"):
        found(entries=(replace(aside, why=" "),))


@pytest.mark.parametrize(
    ("record", "asked", "expected"),
    [
        (found(subject=OTHER), ASKED, [Name.SEARCH_OTHER]),
        (found(subject="nobody"), replace(ASKED, pledgor="nobody"), [Name.SEARCH_OTHER]),
        (found(searched_at=NOW - DAY_S), ASKED, []),
        (found(searched_at=NOW - DAY_S - 1), ASKED, [Name.SEARCH_OLD]),
        (found(searched_at=NOW + 1), ASKED, [Name.SEARCH_OLD]),
        (RECORD, replace(ASKED, last_draw_at=NOW - 3_601), []),
        (RECORD, replace(ASKED, last_draw_at=NOW - 3_600), [Name.SEARCH_REUSED]),
        (RECORD, replace(ASKED, delivered_at=NOW - 3_600 - 10 * DAY_S), [Name.WINDOW_OPEN]),
        (RECORD, replace(ASKED, delivered_at=NOW - 3_601 - 10 * DAY_S), []),
        (replace(RECORD, keeper_says=None), ASKED, [Name.KEEPER_UNASKED]),
        (replace(RECORD, keeper_says=replace(SAYS, keeper=OTHER)), ASKED, [Name.KEEPER_UNASKED]),
        (replace(RECORD, keeper_says=replace(SAYS, said_at=NOW - 7 * DAY_S - 1)), ASKED, [Name.KEEPER_UNASKED]),
        (replace(RECORD, keeper_says=replace(SAYS, owed=Decimal("12000.50"))), ASKED, [Name.LIEN_OWED]),
    ],
)
def test_what_stands_in_the_way(record: Record, asked: Asked, expected: list[Name]) -> None:
    assert names(record, asked) == expected


def test_what_the_keeper_is_owed_goes_into_the_reserve() -> None:
    owed = replace(RECORD, keeper_says=replace(SAYS, owed=Decimal("12000.50")))
    assert owed.lien == Decimal("12000.50")
    assert replace(RECORD, keeper_says=None).lien == 0
    assert not Name.LIEN_OWED.blocks


def test_the_digest_is_over_everything() -> None:
    entry = Entry(Kind.LEASE, "1", "x", covers=False, why="a crane")
    records = [
        RECORD,
        replace(RECORD, salt=b"\4" * 16),
        replace(RECORD, keeper_says=None),
        replace(RECORD, keeper_says=replace(SAYS, owed=Decimal(1))),
        found(searched_at=NOW),
        found(certificate=b"\7" * 32),
        found(entries=(entry,)),
        found(entries=(replace(entry, covers=True),)),
    ]
    assert len({record.digest for record in records}) == len(records)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"salt": b"1"}, "a salt has 16 bytes"),
        ({"search": replace(SEARCH, certificate=b"")}, "a certificate's digest 32"),
        ({"keeper_says": replace(SAYS, digest=b"")}, "a declaration's digest has 32 bytes"),
        ({"keeper_says": replace(SAYS, owed=Decimal(-1))}, "is not negative"),
    ],
)
def test_what_is_no_record(changes: dict[str, object], why: str) -> None:
    with pytest.raises(OwnershipError, match=why):
        replace(RECORD, **changes)
