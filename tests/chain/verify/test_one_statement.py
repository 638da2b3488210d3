"""One statement opened step by step: what holds, what fails, and what was not checked."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from tally_chain import bundle as bundles
from tally_chain.bundle import Bundle, Entry
from tally_chain.errors import BundleError
from tally_chain.policy import Accept, Policy, RootSource
from tally_chain.verify.one_statement import Openable, OpenedStatement, Outcome, Step
from tally_chain.verify.one_statement_told import to_json
from tally_edge import cose, proof, statement
from tally_edge.authority import Revocation, RevocationReason
from tally_edge.keys import verify
from tally_edge.statement import Kind
from tests.chain.verify.case import NOW
from tests.world import POINT, START, World, p256

DAY = World()
DAY.open()
DAY.day(3)
READING = 6
"""The entry of the second reading: opening, plan, enrolment, facts, settlement, reading, this."""


def opened(bundle: Bundle, policy: Policy, index: int = READING) -> OpenedStatement:
    return Openable(bundle, policy, now=NOW).open(0, index)


def outcomes(one: OpenedStatement) -> dict[Step, Outcome]:
    return {checked.step: checked.outcome for checked in one.steps}


@pytest.mark.parametrize("index", range(len(DAY.entries)))
def test_every_statement_of_a_sound_bundle_holds(index: int) -> None:
    """Opening, authority, settlement and readings alike; every step is told, in order."""
    one = opened(DAY.bundle(hours=3), DAY.policy(), index)
    assert one.holds
    assert [checked.step for checked in one.steps] == list(Step)
    assert one.not_after == START + 50 * 86_400
    assert one.root == DAY.root
    assert one.encoded == DAY.entries[index]


def test_what_is_told_suffices_to_check_again() -> None:
    """Leaf, path, head and both signatures from the told bytes alone, as a browser does it."""
    told = to_json(opened(DAY.bundle(hours=3), DAY.policy()))
    encoded = bytes.fromhex(told["encoded"])
    path = [bytes.fromhex(node) for node in told["path"]]
    root = proof.root_of_path(proof.leaf_hash(encoded), told["entry"], told["size"], path)
    assert root.hex() == told["root"]
    head, signer = told["head"], told["signer"]
    proof_key = DAY.proof_key.public_key
    assert head["key"]["raw"] == (b"\x04" + proof_key.x + proof_key.y).hex()
    signed = cose.to_be_signed(bytes.fromhex(head["protected"]), root)
    verify(proof_key, proof_key.algorithm, bytes.fromhex(head["signature"]), signed)
    device = DAY.device.signer.public_key
    assert signer["key"]["raw"] == (b"\x04" + device.x + device.y).hex()
    statement.decode(encoded).verify(device)
    assert told["says"] == [{"register": "energy_import", "at": START + 3600, "value": "101.25", "unit": "kWh"}]
    assert told["statement"]["subject"] == POINT
    assert (signer["name"], signer["entry"], signer["place"]) == (DAY.device.issuer, 2, "polled_bus")


def test_a_changed_byte_fails_where_it_shows() -> None:
    """The signature of the statement, and then the head, whose root is another."""
    good = DAY.bundle(hours=3)
    entries = list(good.sections[0].entries)
    changed = bytearray(entries[READING].statement)
    changed[-1] ^= 1
    entries[READING] = Entry(READING, bytes(changed))
    bad = replace(good, sections=(replace(good.sections[0], entries=tuple(entries)),))
    found = outcomes(opened(bad, DAY.policy()))
    assert found[Step.HEAD] is Outcome.FAILED
    assert found[Step.ANCHOR] is Outcome.UNCHECKED
    assert found[Step.BUNDLE] is Outcome.FAILED
    assert found[Step.KEY] is Outcome.FAILED  # the tree does not hold, so nothing in it enrols a key


def test_bytes_that_are_no_statement() -> None:
    """Steps that need it are not made, and are not told as held."""
    world = World()
    world.open()
    world.entries.append(b"no statement")
    found = outcomes(opened(world.bundle_of(range(5)), world.policy(), 4))
    assert found[Step.STATEMENT] is Outcome.FAILED
    assert found[Step.KEY] is found[Step.SIGNATURE] is found[Step.LINK] is Outcome.UNCHECKED
    assert found[Step.HEAD] is Outcome.HELD


def test_a_strangers_key_and_a_revoked_one() -> None:
    """Both are signed well, and neither key may speak."""
    world = World()
    world.open()
    world.day(2)
    stranger = dataclasses.replace(world.device, signer=p256("stranger"), seq=0, prev=bytes(32))
    world.log(world.readings((3, 200), device=stranger))
    revocation = Revocation(world.device.issuer, world.device.signer.public_key.kid, RevocationReason.DEVICE_LOST, 1)
    world.state(Kind.REVOCATION, world.device.issuer, revocation)
    openable = Openable(world.bundle_of(range(len(world.entries))), world.policy(), now=NOW)
    of_stranger = openable.open(0, 9)
    assert outcomes(of_stranger)[Step.KEY] is Outcome.FAILED
    assert outcomes(of_stranger)[Step.SIGNATURE] is Outcome.UNCHECKED
    late = openable.open(0, 7)
    assert outcomes(late)[Step.KEY] is Outcome.FAILED
    assert outcomes(late)[Step.SIGNATURE] is Outcome.HELD
    assert late.signer is not None
    assert late.signer.ended == 1
    assert outcomes(openable.open(0, 5))[Step.KEY] is Outcome.HELD


def test_a_link_that_is_not_carried_is_not_checked() -> None:
    """The statement before is cut off: nothing is claimed of the link. Another in its place is a failure."""
    indexes = [index for index in range(len(DAY.entries)) if index != READING - 1]
    one = opened(DAY.bundle_of(indexes, 3), DAY.policy())
    assert outcomes(one)[Step.LINK] is Outcome.UNCHECKED
    forked = World()
    forked.open()
    first = forked.log(forked.settle(0, 100))
    forked.device.prev = bytes([1]) * 32
    forked.log(forked.readings((0, 100)))
    assert first.claims.seq == 0
    assert outcomes(opened(forked.bundle_of(range(6)), forked.policy(), 5))[Step.LINK] is Outcome.FAILED


def test_an_anchor_of_the_operators_own_chain() -> None:
    """It bounds nothing in time, and fails unless the policy takes it."""
    bundle = DAY.bundle(hours=3)
    own = DAY.policy(source=RootSource.SELF_ANCHORED)
    refused = opened(bundle, own)
    assert outcomes(refused)[Step.ANCHOR] is Outcome.FAILED
    taken = opened(bundle, replace(own, accept=Accept(self_anchored=True)))
    assert outcomes(taken)[Step.ANCHOR] is Outcome.HELD
    assert taken.not_after is None


def test_a_log_that_nobody_vouches_for() -> None:
    """No head, no anchor; an unknown log, no head signature that counts."""
    policy = DAY.policy()
    bare = replace(policy, logs=(replace(policy.logs[0], roots=()),))
    assert outcomes(opened(DAY.bundle(hours=3), bare))[Step.ANCHOR] is Outcome.FAILED
    other = replace(policy, logs=(replace(policy.logs[0], origin="tallystick.example/other/1"),))
    found = outcomes(opened(DAY.bundle(hours=3), other))
    assert found[Step.HEAD] is Outcome.FAILED
    assert found[Step.ANCHOR] is Outcome.UNCHECKED


def test_what_is_not_carried_is_an_error() -> None:
    """By place, and by id."""
    openable = Openable(DAY.bundle(hours=3), DAY.policy(), now=NOW)
    for place in ((1, 0), (-1, 0), (0, 99)):
        with pytest.raises(BundleError):
            openable.open(*place)
    one = statement.decode(DAY.entries[READING])
    assert openable.carried.place_of(one.id) == (0, READING)
    with pytest.raises(BundleError, match="not carried"):
        openable.carried.place_of(bytes(32))
    assert bundles.encode(openable.bundle)
