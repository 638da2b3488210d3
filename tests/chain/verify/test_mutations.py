"""Nothing verifies as the same claim, or a stronger one, with other content."""

from __future__ import annotations

import dataclasses
import os
import random

import pytest

from tally_chain import bundle
from tally_chain.bundle import Bundle, Content
from tally_chain.errors import BundleError
from tally_chain.findings import Code
from tally_chain.policy import Policy
from tally_chain.verify.figures import Basis, Figure
from tally_chain.verify.verdict import Verdict, to_json, to_text
from tally_chain.verify.verifier import verify
from tally_edge import cbor
from tests.chain.verify.case import NOW, plain
from tests.chain.verify.cases_grant import INVOICE, SECRET, granted, reader
from tests.mutate_bundle import MUTATIONS, mutate
from tests.world import World

SHORT_ROUNDS, LONG_ROUNDS = 50, 3_000


def _weaker_or_same(after: Figure, world: World) -> bool:
    """Whether a figure is true of the world: registers rise by 1.25 an hour from hour 0 to hour 3."""
    hours = (after.to_at - after.from_at) / 3600
    return float(after.quantity) == hours * 1.25


def _check(name: str, mutated: Bundle, policy: Policy, before: Verdict, world: World) -> None:
    try:
        decoded = bundle.decode(bundle.encode(mutated))
    except BundleError:
        return
    verdict = verify(decoded, policy, now=NOW)
    to_text(verdict)
    to_json(verdict)
    if not verdict.holds:
        return
    # What still holds must be the same, or a true claim over another stretch of the same evidence.
    if (verdict.content, verdict.from_at, verdict.to_at) == (before.content, before.from_at, before.to_at):
        shorter = any(finding.code is Code.SHORT_OF_PERIOD for finding in verdict.findings)
        assert verdict.figures == before.figures or shorter, name
    for figure in verdict.figures:
        assert _weaker_or_same(figure, world), (name, figure)


def _world(content: Content) -> tuple[World, Bundle]:
    world = plain()
    return world, world.bundle(content, hours=3)


@pytest.mark.parametrize("content", list(Content))
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_each_mutation(mutation: object, content: Content) -> None:
    """Every kind of mutation, a few times over."""
    world, good = _world(content)
    before = verify(good, world.policy(), now=NOW)
    assert before.holds
    rng = random.Random(f"{mutation}{content}")
    for _ in range(8):
        _check(str(mutation), mutation(good, world, rng), world.policy(), before, world)  # type: ignore[operator]


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("content", list(Content))
def test_mutations_in_a_row(content: Content, rounds: int) -> None:
    """Two mutations, one on the other."""
    seed = os.environ.get("TALLYSTICK_SEED", "7")
    print("seed", seed)
    rng = random.Random(f"{seed}{content}")
    world, good = _world(content)
    before = verify(good, world.policy(), now=NOW)
    for _ in range(rounds):
        first, mutated = mutate(good, world, rng)
        try:
            second, mutated = mutate(mutated, world, rng)
        except (IndexError, ValueError):
            continue  # nothing left to change
        _check(f"{first}, {second}", mutated, world.policy(), before, world)


NO_EVIDENCE = {"created_at": (2,), "checkpoint signatures of others": ()}
"""Fields in which a flip may leave everything as it was: when the bundle was made is nobody's statement."""

ANOTHER_CLAIM = {"content": (1,), "from_at": (3,), "to_at": (4,)}
"""Fields that choose what is claimed. Nobody signs them: a changed one asks another question of the same evidence."""


def _spans(data: bytes) -> dict[str, range]:
    """Where the named top-level fields of an encoded bundle stand."""
    names = {1: "content", 2: "created_at", 3: "from_at", 4: "to_at"}
    spans, at = {}, 1
    for _ in range(data[0] & 0x1F):
        label, start = cbor.decode_prefix(data, at)
        _, at = cbor.decode_prefix(data, start)
        if label in names:
            spans[names[label]] = range(start, at)
    return spans


def _flips(evidence: Bundle, policy: Policy, rng: random.Random | None) -> None:
    """Flip every byte (or, with `rng`, a sample) in one bit, all bits in the long form."""
    data = bundle.encode(evidence)
    before = verify(evidence, policy, now=NOW)
    assert before.holds, to_text(before)
    spans = _spans(data)
    free = set(spans["created_at"])
    claim = set(spans["content"]) | set(spans["from_at"]) | set(spans["to_at"])
    places = range(len(data)) if rng is None else sorted({*rng.sample(range(len(data)), 250), *free, *claim})
    for at in places:
        for bit in range(8) if rng is None else (rng.randrange(8),):
            flipped = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
            try:
                verdict = verify(bundle.decode(flipped), policy, now=NOW)
            except BundleError:
                continue
            to_text(verdict)
            if not verdict.holds:
                continue
            assert at in free | claim, (at, bit, data[max(0, at - 8) : at + 8].hex())
            if at in free:
                assert (verdict.figures, verdict.findings) == (before.figures, before.findings)
            for figure in verdict.figures:
                assert figure.basis in (Basis.COMPLETE, Basis.TOTAL_BY_REGISTERS)
                assert _weaker_or_same(figure, plain())


def _small(content: Content) -> tuple[Bundle, Policy]:
    world = plain(2)
    evidence = dataclasses.replace(world.bundle(content, hours=2))
    return evidence, world.policy()


@pytest.mark.parametrize("content", list(Content))
def test_byte_flips_sampled(content: Content) -> None:
    """A sample of single flips: an error, a verdict that does not hold, or a field that carries no evidence."""
    _flips(*_small(content), random.Random(11))


def test_byte_flips_of_a_granted_bundle() -> None:
    """The same with a grant and attachments, where the names of documents are bound too."""
    world = plain()
    _flips(granted(world, (INVOICE, SECRET)), reader(world), random.Random(12))


@pytest.mark.slow
@pytest.mark.parametrize("content", list(Content))
def test_every_byte_flip(content: Content) -> None:
    """Every bit of every byte."""
    _flips(*_small(content), None)
