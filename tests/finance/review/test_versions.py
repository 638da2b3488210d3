"""Restatements: a line of versions, of which none goes away."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from hashlib import sha256

import pytest

from tally_finance.errors import ReviewError
from tally_finance.review.versions import Reason, Stated, Version, Versions, begin

T0, DAY = 1_772_323_200, 86_400


def stated(name: str, total: Fraction, day: int) -> Stated:
    return Stated(sha256(name.encode()).digest(), total, T0 + day * DAY, f"because of {name}", "Li Na 李娜")


FIRST = begin("urn:site:mill 2025", stated("first", Fraction(1000), 0))
SECOND = Versions([FIRST]).after(stated("second", Fraction(1040), 30), Reason.NEW_EVIDENCE)
THIRD = Versions([FIRST, SECOND]).after(stated("third", Fraction(2, 3), 60), Reason.FACTOR_SUPERSEDED)
LINE = (FIRST, SECOND, THIRD)


def test_a_covenant_is_tested_on_what_was_known() -> None:
    versions = Versions(LINE)
    known = [versions.as_known_at(T0 + day * DAY) for day in (-1, 0, 29, 30, 59, 60, 1000)]
    assert known == [None, FIRST, FIRST, SECOND, SECOND, THIRD, THIRD]


def test_changes_say_how_much() -> None:
    small, large = Versions(LINE).changes()
    assert (small.by_kg, small.part) == (40, Fraction(1, 25))
    assert not small.is_significant
    assert large.is_significant
    zero = begin("x", stated("zero", Fraction(0), 0))
    assert Versions([zero]).after(stated("more", Fraction(1), 1), Reason.METHOD)
    (change,) = Versions([zero, Versions([zero]).after(stated("more", Fraction(1), 1), Reason.METHOD)]).changes()
    assert change.part is None
    assert change.is_significant


def test_small_steps_add_up() -> None:
    """Four times 2 % less: the third is beyond 5 % of the first version, and counting begins there anew."""
    line = [FIRST]
    for day, total in enumerate((980, 960, 940, 920, 940), 1):
        line.append(Versions(line).after(stated(f"step {day}", Fraction(total), day), Reason.CORRECTION))
    changes = Versions(line).changes()
    assert [one.is_significant for one in changes] == [False, False, True, False, False]
    assert [one.drift for one in changes[:4]] == [
        Fraction(-2, 100), Fraction(-4, 100), Fraction(-6, 100), Fraction(-20, 940),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        (SECOND,),
        (FIRST, THIRD),
        (FIRST, dataclasses.replace(SECOND, prev=bytes(32))),
        (FIRST, dataclasses.replace(SECOND, line="another")),
        (FIRST, dataclasses.replace(SECOND, known_at=T0 - 1)),
        (FIRST, dataclasses.replace(SECOND, reason=Reason.FIRST)),
        (FIRST, dataclasses.replace(SECOND, explanation=" ")),
        (dataclasses.replace(FIRST, total="1e9"),),
        (dataclasses.replace(FIRST, total="1/0"),),
        (dataclasses.replace(FIRST, total="nan"),),
        (dataclasses.replace(FIRST, total="9" * 1000),),
    ],
)
def test_what_is_no_line(wrong: tuple[Version, ...]) -> None:
    with pytest.raises(ReviewError):
        Versions(wrong)


def test_the_same_report_is_no_new_version() -> None:
    with pytest.raises(ReviewError, match="stands already"):
        Versions([FIRST]).after(stated("first", Fraction(1000), 3), Reason.METHOD)
    with pytest.raises(ReviewError, match="begin"):
        Versions([]).after(stated("first", Fraction(1000), 3), Reason.METHOD)


def test_who_changes_a_version_breaks_the_line() -> None:
    changed = dataclasses.replace(FIRST, total="900")
    with pytest.raises(ReviewError, match="does not follow"):
        Versions([changed, SECOND])
