"""The committed table is what the contracts cost, and the limits hold."""

from __future__ import annotations

import random

import pytest

from tests.bench.gas import synthetic_proof
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage
from tests.chain.gas import others, ours, page


@pytest.fixture(scope="module")
def measured() -> dict[str, int]:
    return ours.measure()


def test_the_page_is_true(measured: dict[str, int]) -> None:
    assert page.differences(measured, page.committed()) == []
    theirs = {"one transaction", "EAS", "OpenAttestation", "Tallystick", "transaction", "way"}
    on_page = {what for what in page.committed() if not any(what.startswith(name) for name in theirs)}
    assert on_page == set(measured)


def test_the_limits_hold(measured: dict[str, int]) -> None:
    assert page.broken_limits(measured) == []
    assert page.broken_limits({**measured, "anchor of something": 70_001}) == [
        "anchor of something costs 70,001, more than 70,000"
    ]
    assert len(page.broken_limits({**measured, page.AGGREGATE: 120_000})) == 2


def test_a_change_is_noticed() -> None:
    assert page.differences({"a": 102}, {"a": 100}) == []
    assert page.differences({"a": 103}, {"a": 100}) == ["a: 103, on the page 100"]
    assert page.differences({"b": 1}, {"a": 1}) == ["b: 1, and not on the page"]


def test_no_other_append_at_that_size_is_dearer(embedded: Stage) -> None:
    """Sizes up to 2^20 + 2^20 / 8 around the worst, a few of all kinds."""
    chance = random.Random(20)
    dearest = 0
    log_id, old_root, new_root, proof = ours.without_zeros(*ours.WORST)
    for old, new in [ours.WORST, *((old, chance.randint(old + 1, 2**20 + 2**17)) for old in _sizes(chance))]:
        if (old, new) != ours.WORST:
            log_id, (old_root, new_root, proof) = chance.randbytes(32), synthetic_proof(old, new)
        embedded.send(OWNER, "register", log_id, TX_KEY.address)
        embedded.send(TX_KEY, "anchor", log_id, old, old_root, [])
        used = embedded.send(TX_KEY, "anchor", log_id, new, new_root, proof).gas_used
        if (old, new) == ours.WORST:
            dearest = used
        assert used <= dearest, (old, new)


def _sizes(chance: random.Random) -> list[int]:
    """Old sizes with many bits set, which make long proofs, and some at random; no powers of two."""
    return [2**20 - 2 ** chance.randint(0, 18) - 1 for _ in range(6)] + [
        chance.randint(2**19, 2**20) | 5 for _ in range(6)
    ]


@pytest.mark.evm_node
@pytest.mark.slow
def test_the_numbers_of_others_are_true() -> None:
    assert page.differences(others.measure(), page.committed()) == []
