"""Which granular certificates count: once, held together, cancelled for the one who claims them, in time and place."""

from __future__ import annotations

import random
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.footprint.certificates import Refused
from tally_finance.footprint.granular import HOUR_S, Bundle, Counted, counted
from tests.finance.footprint.examples import YEAR, certificate, claim
from tests.finance.footprint.granules import bundle, cancelled


def judged(*bundles: Bundle, **changes: Any) -> tuple[tuple[Counted, ...], tuple[Refused, ...]]:
    return counted(bundles, [cancelled(one) for one in bundles], [], claim(**changes))


def test_a_bundle_that_is_whole_counts() -> None:
    good, refused = judged(bundle(3, 40), bundle(4, 5, device="wind", source="Wind", status="claimed"))
    assert [(one.bundle.number, one.bundle.kwh, one.not_annual) for one in good] == [
        ("sun-3:1-40", 40, ""),
        ("wind-4:1-5", 5, ""),
    ]
    assert not refused
    assert bundle(0, 7, face_wh=1).kwh == D("0.007")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantity": 39}, "it counts 39 certificates, its range has 40"),
        ({"first": 41, "quantity": 0}, "it counts 0 certificates"),
        ({"to_at": YEAR[0] + 7 * HOUR_S}, "longer than an hour"),
        ({"to_at": YEAR[0] + 3 * HOUR_S}, "its time of production is none"),
        ({"capacity_w": 39_999}, "40000 Wh are more than a device of 39999 W can make"),
        ({"to_at": YEAR[0] + 3 * HOUR_S + 900, "capacity_w": 159_999}, "40000 Wh are more than"),
        ({"carrier": "Hydrogen"}, "is not of electricity"),
        ({"converted": True}, "is not of electricity"),
        ({"stored": True}, "given back by a storage device"),
        ({"source": "Coal"}, "its source is not free of carbon: Coal"),
        ({"source": "Biomass"}, "its source is not free of carbon: Biomass"),
        ({"emission": D("0.1")}, "its device emits 0.1 kg/MWh"),
        ({"status": "Active"}, "its status is Active"),
        ({"issued_at": YEAR[1] + 1}, "before it was issued"),
        ({"expires_at": YEAR[1]}, "after it expired"),
        ({"from_at": YEAR[0] - HOUR_S, "to_at": YEAR[0]}, "outside the period"),
        ({"regions": ("DE",)}, "is of another market: DE"),
    ],
)
def test_a_bundle_that_does_not_count_says_why(changes: dict[str, Any], why: str) -> None:
    good, (refused,) = judged(bundle(3, 40, **changes))
    assert not good
    assert why in refused.why
    assert judged(bundle(3, 40))[0], "it is this change that decides"


def test_the_capacity_is_met_to_the_watt() -> None:
    assert judged(bundle(3, 40, capacity_w=40_000))[0]
    assert judged(bundle(3, 40, to_at=YEAR[0] + 3 * HOUR_S + 900, capacity_w=160_000))[0]


def test_parts_of_an_issuance_share_the_capacity() -> None:
    """Split among buyers, each part is small; what was issued together is more than the device makes."""
    whole = {"issuance": "sun-3", "capacity_w": 50_000}
    parts = [bundle(3, 40, **whole), bundle(3, 20, **whole, first=41, last=60)]
    assert [one.why for one in judged(*parts)[1]] == [
        "60000 Wh are more than a device of 50000 W can make in its time"
    ] * 2
    assert len(judged(*parts[:1], bundle(3, 10, **whole, first=41, last=50))[0]) == 2


def test_a_range_or_an_hour_that_stands_twice() -> None:
    one = bundle(3, 40)
    for other in (
        one,
        bundle(3, 1, first=40, last=40),
        bundle(3, 5, issuance="again"),
        bundle(3, 5, issuance="again", device=f" {one.device.upper()}"),
        bundle(3, 5, issuance="again", from_at=one.from_at + 1800, to_at=one.to_at + 1800),
        bundle(9, 5, issuance=one.issuance, first=50, last=54),
    ):
        for order in ([one, other], [other, one]):
            good, refused = judged(*order)
            assert not good
            assert all("stand twice" in each.why for each in refused)
    assert len(judged(one, bundle(4, 40))[0]) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"beneficiary": None}, "names no beneficiary"),
        ({"beneficiary": "other"}, "was cancelled for other"),
        ({"at": YEAR[1] + 10**9}, "after the footprint was closed"),
        ({"last": 39}, "has not exactly one cancellation"),
        ({"issuance": "other"}, "has not exactly one cancellation"),
    ],
)
def test_a_cancellation_decides_for_whom(changes: dict[str, Any], why: str) -> None:
    one = bundle(3, 40)
    ((refused),) = counted([one], [cancelled(one, **changes)], [], claim())[1]
    assert why in refused.why


def test_two_cancellations_of_one_certificate() -> None:
    one = bundle(3, 40)
    for other in (cancelled(one, first=40, last=90, beneficiary="other"), cancelled(one, beneficiary="other")):
        assert counted([one], [cancelled(one), other], [], claim())[1][0].why.startswith("has not exactly one")


def test_a_cancellation_that_two_files_have_is_one() -> None:
    one = bundle(3, 40)
    assert counted([one], [cancelled(one)] * 2, [], claim())[0]


def test_one_kwh_counts_once_over_both_kinds() -> None:
    """A certificate of 1 MWh of the same device, or of one that nobody states, may stand for the same generation."""
    one = bundle(30, 40)
    for device, annual in (("sun", False), (None, False), ("wind", True), ("SUN ", False)):
        (found,), _ = counted([one], [cancelled(one)], [certificate("GEC-1", device=device)], claim())
        assert bool(found.not_annual) is not annual
    early = certificate("GEC-1", from_at=YEAR[0], to_at=YEAR[0] + HOUR_S)
    assert not counted([one], [cancelled(one)], [early], claim())[0][0].not_annual


def test_what_is_taken_elsewhere() -> None:
    assert judged(bundle(3, 40), taken={"sun-3:1-40": "a bank"})[1][0].why == "is claimed elsewhere: a bank"
    assert judged(bundle(3, 40), taken={"sun-3": "a bank"})[1][0].why == "is claimed elsewhere: a bank"
    for some in ("sun-3:40-90", "SUN-3:1-1", "sun–3: 7–9"):  # a part of them, in another spelling
        assert judged(bundle(3, 40), taken={some: "a bank"})[1][0].why == "is claimed elsewhere: a bank"
    for other in ("sun-3:41-90", "sun-4:1-40", "sun-3:x-9"):
        assert not judged(bundle(3, 40), taken={other: "a bank"})[1]


PARTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 6), st.integers(0, 5), st.sampled_from(["sun", "wind"])), max_size=6
)


@given(PARTS, st.integers(0, 99))
def test_no_certificate_counts_twice_in_any_order(parts: list[tuple[int, int, int, str]], seed: int) -> None:
    bundles = [
        bundle(hour, size, device=device, first=first, last=first + size - 1)
        for hour, first, size, device in parts
        if size
    ]
    found = judged(*bundles)
    ids = [(one.bundle.issuance, number) for one in found[0] for number in range(one.bundle.first, one.bundle.last + 1)]
    assert len(ids) == len(set(ids))
    assert len(found[0]) + len(found[1]) == len(bundles)
    random.Random(seed).shuffle(bundles)
    assert judged(*bundles) == found
