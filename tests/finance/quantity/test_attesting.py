"""What a witness signs: the values of operations from a position, the same for whoever has the same evidence."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain.policy import PinnedChain, PinnedRegistry, RootSource
from tally_chain.receipts.encoding import Weighing
from tally_finance.errors import QuantityError
from tally_finance.quantity.attesting import (
    LotBook,
    attest_values,
    brought,
    evidence_root,
    inbound_values,
    outbound_values,
    policy_digest,
    ticket_grams,
)
from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.pieces import piece_position
from tally_finance.quantity.position import Position, position
from tally_finance.quantity.remark import Name
from tally_finance.quantity.store import Opening
from tests.finance.quantity.door import GATE, HOUR, SHELF, Day, hall_store
from tests.finance.quantity.yard import BEGINS, ENDS, GAUGE, SCALE, SURE, evidence, level, store, sums, weighing
from tests.world import World

D = Decimal
AT = BEGINS + 3_600
ROOT, POLICY = b"r" * 32, b"p" * 32
DAY = [
    [*sums(BEGINS, 0, 0), *weighing(AT, 1, 47_000, 15_000)],
    [*weighing(AT + 60, 2, 15_000, 45_000), *sums(ENDS, 32_000, 30_000)],
]
LEVELS = [level(BEGINS, "0.1"), level(ENDS, "0.102")]
PINNED = PinnedChain(10, bytes(32), bytes(20), RootSource.PUBLIC)
NOTHING_WEIGHED = LotBook(0, 0, 0)


def agreed() -> Position:
    return position(evidence(DAY, LEVELS), store(gauged=True))


def test_what_is_attested_in_grams() -> None:
    """100 t, 2 t more came than went; u is 0.0000… kg of rounding, so the bounds are whole kilograms on either side."""
    values = attest_values(agreed(), LotBook(102_000_000, 102_000_000, 0), ROOT, POLICY)
    assert (values["estimate"], values["asOf"], values["short"]) == (102_000_000, ENDS, False)
    assert values["lower"] <= values["estimate"] <= values["upper"]
    assert (values["lower"] % 1_000, values["upper"] % 1_000) == (0, 0)
    assert (values["evidenceRoot"], values["policy"]) == (ROOT, POLICY)


def test_bounds_round_away_and_the_estimate_down() -> None:
    found = agreed()
    between = replace(found.attested, quantity_kg=D("1.0009"), lower_kg=D("0.9999"), upper_kg=D("1.0001"))
    values = attest_values(replace(found, attested=between), NOTHING_WEIGHED, ROOT, POLICY)
    assert (values["estimate"], values["lower"], values["upper"]) == (1_000, 999, 1_001)


@given(st.decimals("-10", "100000", places=6), st.decimals("0", "100", places=6), st.integers(1, 5_000))
def test_bounds_hold_the_estimate(quantity: Decimal, u: Decimal, step: int) -> None:
    """Whatever steps a lender rounds to; a quantity below zero is none."""
    found = agreed()
    lower, upper = max(D(0), (quantity - u) // step * step), quantity + u
    attested = replace(found.attested, quantity_kg=quantity, lower_kg=lower, upper_kg=upper)
    values = attest_values(replace(found, attested=attested), NOTHING_WEIGHED, ROOT, POLICY)
    assert 0 <= values["lower"] <= values["estimate"] <= values["upper"]
    assert values["estimate"] <= max(D(0), quantity * 1_000)


def test_short_by_what_was_weighed_in() -> None:
    """The upper bound is 102,001 kg: short of 102,002 weighed in, and not where a gram more may be lost."""
    found = agreed()
    upper = int(found.attested.upper_kg) * 1_000
    weighed = upper + 1_000
    assert attest_values(found, LotBook(weighed, weighed, 0), ROOT, POLICY)["short"]
    just = LotBook(weighed, 1_000_000_000, 1)  # a millionth of a thousand tonnes is a kilogram
    assert not attest_values(found, just, ROOT, POLICY)["short"]
    assert attest_values(found, LotBook(weighed + 1, 1_000_000_000, 1), ROOT, POLICY)["short"]
    assert not attest_values(found, LotBook(upper, upper, 0), ROOT, POLICY)["short"]


def test_short_by_book_and_stocktake() -> None:
    short = position(evidence(DAY, [level(BEGINS, "0.1"), level(ENDS, "0.1")]), store(gauged=True))
    assert attest_values(short, NOTHING_WEIGHED, ROOT, POLICY)["short"]


def test_what_allows_no_credit_is_not_attested() -> None:
    """A fresh attestation would allow credit; one that says short does not."""
    expired = position(evidence(DAY, LEVELS, certified_until=AT + 30), store(gauged=True))
    assert Name.CERTIFICATE_EXPIRED in [one.name for one in expired.remarks]
    with pytest.raises(QuantityError, match="nobody attests what allows no new credit: certificate-expired"):
        attest_values(expired, NOTHING_WEIGHED, ROOT, POLICY)
    assert attest_values(expired, LotBook(10**9, 10**9, 0), ROOT, POLICY)["short"]


def test_the_root_is_over_all_that_it_rests_on() -> None:
    made, its = evidence(DAY, LEVELS), store(gauged=True)
    root = evidence_root(made, its)
    assert root == evidence_root(evidence(DAY, LEVELS), its)
    assert root != evidence_root(evidence(DAY, LEVELS[:1]), its)  # a statement less
    assert root != evidence_root(made, store(opening=Opening(BEGINS, D(1), D(0))))  # without its gauge
    assert root != evidence_root(replace(made, to_at=ENDS - 1), its)
    restated = replace(made.facts.meters[GAUGE][0], statement_id=b"\xff" * 32)
    made.facts.meters[GAUGE].append(restated)
    assert root != evidence_root(made, its)


def test_the_root_as_the_page_has_it() -> None:
    """docs/attested-quantity.md, field by field."""
    made = evidence(DAY, LEVELS)
    ids = [bytes([number]) * 32 for number in (0, 1, 100, 101)]  # entry 0 and the facts have the same
    parts = [b"tallystick attestation 1\0book and stocktake 1\0", BEGINS.to_bytes(8, "big"), ENDS.to_bytes(8, "big")]
    assert evidence_root(made, store(gauged=True)) == hashlib.sha256(b"".join([*parts, *ids])).digest()


def test_the_method_is_in_the_root() -> None:
    """The same statements, reckoned as pieces and as goods in bulk."""
    made, pieces = Day().look(ENDS, "A").evidence(), hall_store()
    in_bulk = replace(store(), bridge=pieces.halls[0].scale, gauges={GATE: SURE, SHELF: SURE})
    assert set(in_bulk.points) == set(pieces.points)
    assert evidence_root(made, pieces) != evidence_root(made, in_bulk)


@given(st.randoms(use_true_random=False))
def test_two_readers_find_the_same(dice: random.Random) -> None:
    """Whatever the order in which a bundle holds its statements, and whatever else it holds."""

    def shuffled(made: Evidence) -> Evidence:
        points = list(made.packs)
        dice.shuffle(points)
        packs = {point: dice.sample(list(made.packs[point]), len(made.packs[point])) for point in points}
        return replace(made, packs={**packs, "urn:example:other": packs[SCALE]})

    its = store(gauged=True)
    here, there = evidence(DAY, LEVELS), shuffled(evidence(DAY, LEVELS))
    assert evidence_root(here, its) == evidence_root(there, its)
    book = LotBook(102_000_000, 102_000_000, 0)
    assert attest_values(position(here, its), book, ROOT, POLICY) == attest_values(
        position(there, its), book, ROOT, POLICY
    )


def test_the_policy_is_whom_and_how() -> None:
    """Not who reads, and not which heads: those are evidence, and each reader holds its own."""
    world = World()
    world.open()
    world.bundle(hours=1)
    policy = world.policy()
    assert policy.logs[0].roots
    digest = policy_digest(policy, "sheet")
    log = replace(policy.logs[0], roots=())
    assert policy_digest(replace(policy, reader="another", logs=(log,)), "sheet") == digest
    assert policy_digest(policy, "sheet ") != digest
    pinned = replace(policy, registry=PinnedRegistry(b"o" * 20, b"t" * 20), chain=PINNED)
    read = replace(pinned, registry=PinnedRegistry(b"o" * 20, b"t" * 20, read_at=7))
    assert policy_digest(pinned, "sheet") == policy_digest(read, "sheet") != digest
    assert policy_digest(replace(policy, audited="another"), "sheet") != digest
    assert policy_digest(replace(policy, max_head_age_s=1), "sheet") != digest


def test_what_was_brought_and_taken() -> None:
    came, went = agreed().tickets
    weighings = (Weighing(came.evidence, 32_000_000),)
    assert inbound_values([came], {}) == {"weighings": weighings, "serials": (), "weighedAt": came.at}
    left = {"quantity": 30_000_000, "evidence": (went.evidence,), "leftAt": went.at}
    assert outbound_values([went], {}) == {**left, "serials": ()}
    assert brought(agreed()) == (came,)
    with pytest.raises(QuantityError, match="ticket W2 took goods"):
        inbound_values([came, went], {})
    with pytest.raises(QuantityError, match="ticket W1 brought goods"):
        outbound_values([came, went], {})
    for many in (0, 65):
        with pytest.raises(QuantityError, match=f"one operation takes 1 to 64 weighings, not {many}"):
            inbound_values([came] * many, {})


def test_less_than_a_gram() -> None:
    came, _ = agreed().tickets
    assert ticket_grams(replace(came, first_kg=D("15000.001"))) == 1
    with pytest.raises(QuantityError, match=r"ticket W1: 0\.0001 kg are no whole grams"):
        ticket_grams(replace(came, first_kg=D("15000.0001")))


def test_pieces_are_brought_under_their_serials() -> None:
    """B came and lies there; C came and left; A came again under a copied tag, and is brought by nobody."""
    day = Day().come(BEGINS + HOUR, "B", 900).come(BEGINS + 2 * HOUR, "C", 800).leave(BEGINS + 3 * HOUR, "C")
    day = day.come(BEGINS + 4 * HOUR, "A", 1_000).weigh(BEGINS + 5 * HOUR, "B", 900).look(ENDS - HOUR, "A", "B")
    found = piece_position(day.evidence(), hall_store({"A": 1_000}))
    (ticket,) = brought(found)
    assert (ticket.serial, ticket.at) == ("B", BEGINS + HOUR)
    values = inbound_values([ticket], {"B": b"b" * 32})
    weighings = (Weighing(ticket.evidence, 900_000),)
    assert values == {"weighings": weighings, "serials": (b"b" * 32,), "weighedAt": ticket.at}
    twice = Day().come(BEGINS + HOUR, "B", 900).come(BEGINS + 2 * HOUR, "B", 900).look(ENDS - HOUR, "B")
    assert brought(piece_position(twice.evidence(), hall_store())) == ()
    with pytest.raises(QuantityError, match=f"ticket {ticket.number}: no nullifier is known of the serial B"):
        inbound_values([ticket], {"A": b"a" * 32})
    assert {GATE, SHELF} <= set(hall_store().points)
