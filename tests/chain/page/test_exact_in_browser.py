"""Exact numbers of the page, against Python's decimals: values, places, signs of zero, and how they are written."""

from __future__ import annotations

import random
from decimal import Decimal

from tally_chain.verify.figures import difference, product, total
from tests.chain.page.verifier_page import VerifierPage

EDGES = ("0", "1", "-1", "0.0", "0.00", "-0.5", "1.50", "9007199254740991", "9007199254740992", "-9007199254740993",
         "18446744073709551615", "-18446744073709551616", "0.000000000000000001", "-9.223372036854775807")  # fmt: skip


def _drawn(chance: random.Random) -> str:
    if chance.random() < 0.4:
        return chance.choice(EDGES)
    mantissa, places = chance.randint(-(2**63), 2**63 - 1) >> chance.randrange(63), chance.randint(0, 18)
    return f"{Decimal(mantissa).scaleb(-places):f}"


def test_arithmetic_is_pythons(verifier_page: VerifierPage) -> None:
    chance = random.Random(5)
    pairs = [[_drawn(chance), _drawn(chance)] for _ in range(600)]
    for (left, right), got in zip(pairs, verifier_page.run("/exact.js", "computed", pairs), strict=True):
        one, other = Decimal(left), Decimal(right)
        wanted = [total(one, other), difference(one, other), product(one, other)]
        wanted += [product(wanted[1], other), total(wanted[2], wanted[2])]
        assert got["written"] == [str(number) for number in wanted], (left, right)
        assert got["plain"] == [f"{number:f}" for number in wanted], (left, right)
        assert got["order"] == (one > other) - (one < other), (left, right)
