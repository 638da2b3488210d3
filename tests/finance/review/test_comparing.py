"""Two reports side by side, and when a report counts as verified."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tally_edge import signer
from tally_edge.keys import Signer
from tally_finance.errors import ReviewError
from tally_finance.footprint.trace import canonical
from tally_finance.review import opinions, reported
from tally_finance.review.comparing import avoided, verified
from tally_finance.review.opinions import Accreditation, Level, Opinion, Type, Verification
from tally_finance.review.reported import Reported
from tests.finance.review.a_report import FROM, TO, document

FIRST, SECOND = signer.generate(), signer.generate()
NOW, DAY_S, BANK = TO + 30 * 86_400, 86_400, "Bank of the Yangtze"
ABOUT = reported.decode(canonical(document()))


def report(**changes: Any) -> Reported:
    return reported.decode(canonical(document(**changes)))


def opinion(key: Signer = FIRST, at: int = NOW, kind: Type = Type.UNMODIFIED, **changes: Any) -> Opinion:
    plain = Verification(
        ABOUT.bound, f"Verifier {key.public_key.kid.hex()[:4]}", "A. Muster", "Huaxin Steel", "ISO 14064-3:2019",
        Accreditation("CNAS", "V-0017", NOW + 900 * DAY_S), "no tie", Level.LIMITED, kind, 50_000, at + 365 * DAY_S,
        None if kind is Type.UNMODIFIED else "steam is not metered",
    )  # fmt: skip
    return opinions.sign(dataclasses.replace(plain, **changes), key, at)


def why(*those: Opinion, known: tuple[Signer, ...] = (FIRST, SECOND), now: int = NOW + 9 * DAY_S) -> str | None:
    return verified(those, ABOUT, now, {one.public_key.kid for one in known}, bank=BANK)


def test_the_newest_of_each_key_counts() -> None:
    good, worse = opinion(), opinion(at=NOW + DAY_S, kind=Type.QUALIFIED)
    assert why(good) == f"verified by Verifier {FIRST.public_key.kid.hex()[:4]}, limited assurance"
    assert why(good, worse) is why(worse, good) is None
    assert why(worse, opinion(at=NOW + 2 * DAY_S), good) is not None


@pytest.mark.parametrize("kind", [Type.QUALIFIED, Type.ADVERSE, Type.DISCLAIMER])
def test_where_two_verifiers_differ_nothing_is_verified(kind: Type) -> None:
    against = opinion(SECOND, kind=kind)
    assert why(opinion(), against) is None
    assert why(opinion(), against, known=(FIRST,)) is not None  # whose key nobody named says nothing
    assert why(opinion(), opinion(SECOND)) is not None


def test_what_is_over_is_in_nobodys_way() -> None:
    short = opinion(SECOND, kind=Type.ADVERSE, until=NOW + DAY_S)
    assert why(opinion(), short) is not None


def test_neither_bank_nor_entity_verifies() -> None:
    for name in (BANK, ABOUT.entity):
        assert why(opinion(verifier=name, borrower="Somebody Else")) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"site": "Works 2"}, "the baseline is of"),
        ({"entity": "Other Mill Ltd"}, "the baseline is of"),
        ({"from": str(FROM + 365 * DAY_S), "to": str(TO + 365 * DAY_S)}, "begins after"),
        ({"method": "tallystick footprint 9"}, "different methods"),
    ],
)
def test_baselines_that_are_none(changes: dict[str, Any], says: str) -> None:
    product = ABOUT.products[0].name
    avoided(report(), ABOUT, "total-location", product, None)
    with pytest.raises(ReviewError, match=says):
        avoided(report(**changes), ABOUT, "total-location", product, None)
