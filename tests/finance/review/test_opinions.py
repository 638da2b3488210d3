"""A bank's conclusion and a third party's verification: what they can say, and for which report they stand."""

from __future__ import annotations

import dataclasses
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import signer, statement
from tally_edge import wire as codec
from tally_edge.errors import DecodeError, SignatureError, StatementError, TallyError
from tally_edge.statement import Kind
from tally_finance.errors import ReviewError
from tally_finance.review import opinions
from tally_finance.review.opinions import (
    Accreditation,
    Bound,
    Conclusion,
    Decision,
    Level,
    Name,
    Opinion,
    Root,
    Type,
    Verification,
)

KEY, OTHER = signer.generate(), signer.generate()
KNOWN = {KEY.public_key.kid}
NOW, YEAR_S = 1_772_323_200, 365 * 86_400
BANK = "Bank of the Yangtze 长江银行"


def digest(name: str) -> bytes:
    return sha256(name.encode()).digest()


ROOTS = (Root(digest("log"), 35_040, digest("root")),)
BOUND = Bound(digest("report"), digest("trace"), digest("factors"), "tallystick footprint 1", ROOTS)
CONCLUSION = Conclusion(
    BOUND, BANK, "Li Na 李娜", "Huaxin Steel 华鑫钢铁", "GL-2026-17", "an electric arc furnace in place of a converter",
    "1.4.2 短流程炼钢", Decision.WITH_CONDITIONS, ("a meter at the oxygen plant by June",), 50_000, 2, NOW + YEAR_S,
)  # fmt: skip
VERIFICATION = Verification(
    BOUND, "Verifier GmbH", "A. Muster", "Huaxin Steel 华鑫钢铁", "ISO 14064-3:2019",
    Accreditation("CNAS", "V-0017", NOW + YEAR_S), "no tie to borrower or bank", Level.LIMITED, Type.UNMODIFIED, 50_000,
    NOW + YEAR_S,
)  # fmt: skip


def made(said: Any, now: int = NOW) -> Opinion:
    return opinions.decode(opinions.encode(opinions.sign(said, KEY, now)))


@pytest.mark.parametrize("said", [CONCLUSION, VERIFICATION])
def test_signed_and_read_again(said: Any) -> None:
    opinion = made(said)
    assert opinion.said == said
    assert opinion.signed_at == NOW
    assert opinions.standing(opinion, BOUND, NOW, KNOWN) == ()


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (dataclasses.replace(BOUND, report=digest("another")), Name.ANOTHER_REPORT),
        (dataclasses.replace(BOUND, trace=digest("another")), Name.ANOTHER_DATA),
        (dataclasses.replace(BOUND, factors=digest("another")), Name.ANOTHER_DATA),
        (dataclasses.replace(BOUND, method="tallystick footprint 2"), Name.ANOTHER_DATA),
        (dataclasses.replace(BOUND, roots=(Root(digest("log"), 35_041, digest("root 2")),)), Name.ANOTHER_DATA),
    ],
)
def test_bound_to_one_report(about: Bound, expected: Name) -> None:
    assert [one.name for one in opinions.standing(made(CONCLUSION), about, NOW, KNOWN)] == [expected]


def test_times_and_keys() -> None:
    opinion = made(CONCLUSION)
    assert [one.name for one in opinions.standing(opinion, BOUND, NOW + YEAR_S + 1, KNOWN)] == [Name.EXPIRED]
    assert opinions.standing(opinion, BOUND, NOW + YEAR_S, KNOWN) == ()
    assert [one.name for one in opinions.standing(opinion, BOUND, NOW - 1, KNOWN)] == [Name.NOT_YET]
    assert [one.name for one in opinions.standing(opinion, BOUND, NOW, {OTHER.public_key.kid})] == [Name.UNKNOWN_KEY]


def names(said: Any, **more: Any) -> list[Name]:
    asked = {"about": BOUND, "now": NOW, "known": KNOWN, "parties": (BANK,)} | more
    return [one.name for one in opinions.for_score(made(said), **asked)]


def test_what_makes_the_best_score() -> None:
    assert names(VERIFICATION) == []
    assert names(CONCLUSION) == [Name.NO_VERIFICATION]
    qualified = dataclasses.replace(VERIFICATION, type=Type.QUALIFIED, basis="steam is not metered")
    assert names(qualified) == [Name.NOT_UNMODIFIED]
    assert names(dataclasses.replace(VERIFICATION, verifier="bank of the  Yangtze 长江银行")) == [Name.NOT_INDEPENDENT]
    assert names(dataclasses.replace(VERIFICATION, verifier=VERIFICATION.borrower)) == [Name.NOT_INDEPENDENT]
    over = dataclasses.replace(VERIFICATION, accreditation=Accreditation("CNAS", "V-0017", NOW - 1))
    assert names(over) == [Name.NOT_ACCREDITED]
    assert names(VERIFICATION, now=NOW + YEAR_S + 1) == [Name.EXPIRED]
    seen = dataclasses.replace(VERIFICATION, level=Level.REASONABLE, visited_at=NOW)
    assert names(seen) == []
    assert names(dataclasses.replace(seen, visited_at=None)) == [Name.NOT_VISITED]
    assert names(dataclasses.replace(seen, level=Level.LIMITED, visited_at=None)) == []


@pytest.mark.parametrize(
    ("verifier", "parties"),
    [
        ("Ｂａｎｋ of the Yangtze 长江银行", (BANK,)),
        ("Bank of the Yangtze, 长江银行.", (BANK,)),
        ("Rolling Mill Ltd", (BANK, "Rolling Mill Ltd.")),
    ],
)
def test_a_party_under_a_name_that_looks_the_same_is_no_third_party(verifier: str, parties: tuple[str, ...]) -> None:
    said = dataclasses.replace(VERIFICATION, borrower="Somebody Else", verifier=verifier)
    assert names(said, parties=parties) == [Name.NOT_INDEPENDENT]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (dataclasses.replace(CONCLUSION, until=NOW), "for some time"),
        (dataclasses.replace(CONCLUSION, until=NOW + opinions.MAX_VALID_S + 1), "at most three years"),
        (dataclasses.replace(CONCLUSION, conditions=()), "conditions"),
        (dataclasses.replace(CONCLUSION, decision=Decision.ELIGIBLE), "conditions"),
        (dataclasses.replace(CONCLUSION, bound=dataclasses.replace(BOUND, roots=())), "no evidence"),
        (dataclasses.replace(VERIFICATION, type=Type.ADVERSE), "what for"),
        (dataclasses.replace(VERIFICATION, basis="nothing"), "what for"),
        (dataclasses.replace(VERIFICATION, visited_at=NOW + 1), "a visit that was made"),
    ],
)
def test_what_can_not_be_signed(said: Any, why: str) -> None:
    with pytest.raises(ReviewError, match=why):
        opinions.sign(said, KEY, NOW)


def test_every_changed_byte_is_found() -> None:
    good = opinions.encode(opinions.sign(VERIFICATION, KEY, NOW))
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] ^= 1
        with pytest.raises(TallyError):
            opinions.decode(bytes(changed))


def test_what_is_no_opinion() -> None:
    good = opinions.sign(CONCLUSION, KEY, NOW)

    def file(**changes: Any) -> bytes:
        values = {"media_type": opinions.MEDIA_TYPE, "statement": good.statement.encoded, "key": good.key.encode()}
        return codec.encode(opinions._File(**{**values, **changes}))

    assert opinions.decode(file()).said == CONCLUSION
    with pytest.raises(ReviewError, match="of type text/plain"):
        opinions.decode(file(media_type="text/plain"))
    with pytest.raises(SignatureError, match="another than the one that signed"):
        opinions.decode(file(key=OTHER.public_key.encode()))
    with pytest.raises(ReviewError, match="at most"):
        opinions.decode(b"\0" * (opinions.MAX_FILE_BYTES + 1))
    with pytest.raises((DecodeError, StatementError)):
        opinions.decode(b"")
    as_other = dataclasses.replace(good.statement.claims, kind=Kind.VERIFICATION)
    wrong = statement.sign(as_other, codec.encode(CONCLUSION), KEY)
    with pytest.raises(DecodeError):
        opinions.decode(file(statement=wrong.encoded))
    elsewhere = dataclasses.replace(good.statement.claims, subject="urn:tallystick:report:00")
    wrong = statement.sign(elsewhere, codec.encode(CONCLUSION), KEY)
    with pytest.raises(ReviewError, match="another report"):
        opinions.decode(file(statement=wrong.encoded))


@given(st.binary(max_size=200))
def test_bytes_by_chance_are_none(data: bytes) -> None:
    with pytest.raises(TallyError):
        opinions.decode(data)
