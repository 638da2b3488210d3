"""The registry of claims: one thing, one claim, whatever is tried."""

from __future__ import annotations

import dataclasses
import secrets

import pytest
from eth_abi.abi import decode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_chain import contract_abi
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.engine.interface import BlockTag, Event
from tally_chain.errors import ForeignContractError, RegistryHistoryError
from tally_chain.registry import operations
from tally_chain.registry.claims import (
    CLAIMED_TOPIC,
    RELEASED_TOPIC,
    TRANSFERRED_TOPIC,
    check_claims,
    read_claim,
    read_claims,
    read_namespace,
)
from tally_chain.registry.identifiers import Scheme, identifier
from tally_chain.registry.nullifier import Namespace, claim_digest, namespace_id, nullifier
from tally_chain.registry.organisations import REGISTRAR, Reason, key_id_of, read_key, read_registry
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import STRANGER, signer
from tests.chain.registry.parties import (
    ALICE,
    FOR_EVER,
    KEEPER,
    LENDER_A,
    LENDER_B,
    REGISTRAR_KEY,
    REVOKER,
    Parties,
    fresh,
)

ISSUER = identifier(Scheme.USCC, "91350100M000100Y43")
STEPS = ("claim a", "claim b", "release a", "release b", "offer a", "accept b")
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def hexed(value: bytes) -> str:
    return "0x" + value.hex()


def acts_since(parties: Parties, key: LocalSigner) -> int:
    found = read_key(parties.stage.engine, parties.at.organisations, key_id_of(key.address))
    assert found is not None
    return found.acts_since


def refused(parties: Parties, key: object, function: str, *arguments: object) -> str:
    return parties.revert(key, parties.at.claims, "Claims", function, *arguments)  # type: ignore[arg-type]


def test_a_claim_says_who_and_what(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(), fresh("thing"), fresh("digest")
    engine, claims = parties.stage.engine, parties.at.claims
    assert read_claim(engine, claims, namespace, thing).holder is None
    outcome = parties.claim(LENDER_A, namespace, thing, parties.bank_a, digest)
    (event,) = outcome.events
    assert (event.topics[0], event.topics[2:]) == (CLAIMED_TOPIC, (namespace, thing))
    since = acts_since(parties, LENDER_A)
    decoded = decode(["bytes32", "bytes32", "uint32", "address", "uint64", "uint64"], event.data)
    assert decoded[:5] == (parties.bank_a, digest, 1, REGISTRAR_KEY.address.lower(), since)
    state = read_claim(engine, claims, namespace, thing)
    block = engine.block(outcome.block_number)
    assert block is not None
    assert (state.holder, state.digest, state.rounds) == (parties.bank_a, digest, 1)
    assert (state.claimed_block, state.claimed_at) == (block.number, block.time_seconds)
    assert (state.held_since, state.takers_since) == (since, 0)
    history = read_claims(engine, claims, parties.at.organisations)
    assert history.holder(namespace, thing) == parties.bank_a
    assert history.namespaces[namespace] == read_namespace(engine, claims, namespace)


def test_two_salts_cannot_make_two_claims(parties: Parties) -> None:
    """The same thing, written in other ways and salted anew, by its holder and by another bank."""
    key = secrets.token_bytes(32)
    rules = Namespace("green-certificates", "certificate", Scheme.USCC)
    namespace = namespace_id(rules, key)
    parties.decide(
        operations.open_namespace(
            parties.at.claims, namespace, parties.registrar, KeyRole.LENDER, releasable=False, transferable=False
        )
    )
    first = nullifier(rules, key, ISSUER, "GC-2026-000117")
    parties.claim(LENDER_A, namespace, first, parties.bank_a, claim_digest(b"120 MWh", fresh("salt")))
    taken = f"ClaimsTaken(namespace={hexed(namespace)}, nullifier={hexed(first)}, holder={hexed(parties.bank_a)})"
    for spelling in ("gc-2026-000117", " GC－2026–000117 ", "ＧＣ-２０２６-０００１１７", "gc-2026- 000 117"):
        again = nullifier(rules, key, ISSUER, spelling)
        for bank, organisation in ((LENDER_A, parties.bank_a), (LENDER_B, parties.bank_b)):
            for content in (b"120 MWh", b"another content"):
                digest = claim_digest(content, fresh("salt"))
                arguments = parties.claim_arguments(namespace, again, organisation, digest)
                assert refused(parties, bank, "claim", *arguments) == taken
    other = nullifier(rules, key, ISSUER, "GC-2026-000118")
    assert parties.claim(LENDER_B, namespace, other, parties.bank_b, claim_digest(b"", fresh("salt"))).events


def test_the_same_claim_again_changes_nothing(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(), fresh("thing"), fresh("digest")
    first = parties.claim(LENDER_A, namespace, thing, parties.bank_a, digest)
    again = parties.transact(LENDER_A, parties.at.claims, "Claims", "claim", namespace, thing, digest, 0, b"")
    assert again.succeeded
    assert again.events == ()
    state = read_claim(parties.stage.engine, parties.at.claims, namespace, thing)
    assert (state.rounds, state.claimed_block) == (1, first.block_number)


def test_only_keys_of_the_role_claim(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(), fresh("thing"), fresh("digest")
    good = parties.claim_arguments(namespace, thing, parties.bank_a, digest)
    for key in (STRANGER, ALICE, REVOKER, REGISTRAR_KEY, KEEPER):
        expected = f"ClaimsNotClaimant(namespace={hexed(namespace)}, caller={key.address.lower()})"
        assert refused(parties, key, "claim", *good) == expected
    for bad in ((namespace, bytes(32), digest), (namespace, thing, bytes(32))):
        assert refused(parties, LENDER_A, "claim", *bad, FOR_EVER, b"") == "ClaimsZeroId()"
    unknown = fresh("namespace")
    assert "ClaimsUnknownNamespace" in refused(parties, LENDER_A, "claim", unknown, thing, digest, FOR_EVER, b"")


def test_only_the_registrar_countersigns_and_only_this(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(), fresh("thing"), fresh("digest")
    other_space, me = parties.namespace(), parties.bank_a

    def attempt(signature: bytes, *, deadline: int = FOR_EVER, key: object = LENDER_A) -> str:
        return refused(parties, key, "claim", namespace, thing, digest, deadline, signature)

    good = parties.countersigned(namespace, thing, me, digest)
    wrong = [
        parties.countersigned(namespace, thing, me, digest, key=LENDER_A),
        parties.countersigned(namespace, thing, me, digest, key=STRANGER),
        parties.countersigned(namespace, thing, me, digest, key=ALICE),
        parties.countersigned(other_space, thing, me, digest),
        parties.countersigned(namespace, fresh("thing"), me, digest),
        parties.countersigned(namespace, thing, me, fresh("digest")),
        parties.countersigned(namespace, thing, parties.bank_b, digest),
        parties.countersigned(namespace, thing, me, digest, turn=0),
        parties.countersigned(namespace, thing, me, digest, turn=2),
        parties.countersigned(namespace, thing, me, digest, deadline=FOR_EVER - 1),
        parties.countersigned(namespace, thing, me, None, turn=1),
        b"",
        bytes(65),
        good[:64],
        good + b"\0",
        high_s(good),
    ]
    for signature in wrong:
        assert attempt(signature).startswith("ClaimsNotRegistrar("), signature.hex()
    assert attempt(good, key=LENDER_B).startswith("ClaimsNotRegistrar(")
    late = parties.now() - 1
    stale = parties.countersigned(namespace, thing, me, digest, deadline=late)
    assert attempt(stale, deadline=late) == f"ClaimsTooLate(deadline={late})"
    assert parties.transact(
        LENDER_A, parties.at.claims, "Claims", "claim", namespace, thing, digest, FOR_EVER, good
    ).events


def high_s(signature: bytes) -> bytes:
    """The twin of an ECDSA signature that verifies wherever nobody looks."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    return r + (SECP256K1_ORDER - s).to_bytes(32, "big") + bytes([55 - v])


def test_a_final_claim_stays(parties: Parties) -> None:
    namespace, thing = parties.namespace(), fresh("thing")
    parties.claim(LENDER_A, namespace, thing, parties.bank_a, fresh("digest"))
    release = parties.countersigned(namespace, thing, parties.bank_a, None)
    final = refused(parties, LENDER_A, "release", namespace, thing, FOR_EVER, release)
    assert final == f"ClaimsNotReleasable(namespace={hexed(namespace)})"
    held = refused(parties, LENDER_A, "offer", namespace, thing, parties.bank_b, parties.known())
    assert held == f"ClaimsNotTransferable(namespace={hexed(namespace)})"
    assert "ClaimsNotOfferedTo" in refused(parties, LENDER_B, "accept", namespace, thing)


def test_release_ends_and_a_new_round_begins(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(releasable=True), fresh("thing"), fresh("digest")
    engine, claims = parties.stage.engine, parties.at.claims
    first = parties.claim_arguments(namespace, thing, parties.bank_a, digest)
    parties.transact(LENDER_A, claims, "Claims", "claim", *first)
    release = parties.countersigned(namespace, thing, parties.bank_a, None)
    assert "ClaimsNotHolder" in refused(parties, LENDER_B, "release", namespace, thing, FOR_EVER, release)
    assert "ClaimsNotRegistrar" in refused(parties, LENDER_A, "release", namespace, thing, FOR_EVER, first[4])
    assert "ClaimsNotClaimant" in refused(parties, REGISTRAR_KEY, "release", namespace, thing, FOR_EVER, release)
    assert "ClaimsTooLate" in refused(parties, LENDER_A, "release", namespace, thing, 1, release)
    ended = parties.transact(LENDER_A, claims, "Claims", "release", namespace, thing, FOR_EVER, release)
    assert ended.events[0].topics[0] == RELEASED_TOPIC
    state = read_claim(engine, claims, namespace, thing)
    assert (state.holder, state.digest, state.claimed_block, state.rounds) == (None, None, 0, 1)
    assert "ClaimsNone" in refused(parties, LENDER_A, "release", namespace, thing, FOR_EVER, release)
    assert "ClaimsNotRegistrar" in refused(parties, LENDER_A, "claim", *first), "a countersignature served twice"
    parties.claim(LENDER_B, namespace, thing, parties.bank_b, digest)
    assert "ClaimsNotRegistrar" in refused(parties, LENDER_B, "release", namespace, thing, FOR_EVER, release), (
        "the first round's release served in the second"
    )
    history = read_claims(engine, claims, parties.at.organisations)
    held = history.holdings[namespace, thing]
    assert [(one.holder, one.round, one.until_block) for one in held] == [
        (parties.bank_a, 1, ended.block_number),
        (parties.bank_b, 2, None),
    ]


def test_transfer_has_one_holder_at_any_time(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(transferable=True), fresh("thing"), fresh("digest")
    engine, claims = parties.stage.engine, parties.at.claims
    assert "ClaimsNone" in refused(parties, LENDER_A, "offer", namespace, thing, parties.bank_b, parties.known())
    assert "ClaimsNone" in refused(parties, LENDER_B, "accept", namespace, thing)
    first = parties.claim(LENDER_A, namespace, thing, parties.bank_a, digest)
    assert "ClaimsNotHolder" in refused(parties, LENDER_B, "offer", namespace, thing, parties.bank_b, parties.known())
    assert "ClaimsNotOfferedTo" in refused(parties, LENDER_B, "accept", namespace, thing)
    nobody = fresh("organisation")
    assert "ClaimsUnknownOrganisation" in refused(parties, LENDER_A, "offer", namespace, thing, nobody, parties.known())
    parties.transact(LENDER_A, claims, "Claims", "offer", namespace, thing, parties.bank_b, parties.known())
    assert read_claim(engine, claims, namespace, thing).offered_to == parties.bank_b
    parties.transact(LENDER_A, claims, "Claims", "offer", namespace, thing, bytes(32), parties.known())
    assert "ClaimsNotOfferedTo" in refused(parties, LENDER_B, "accept", namespace, thing)
    parties.transact(LENDER_A, claims, "Claims", "offer", namespace, thing, parties.bank_b, parties.known())
    assert "ClaimsNotOfferedTo" in refused(parties, LENDER_A, "accept", namespace, thing)
    taken = parties.transact(LENDER_B, claims, "Claims", "accept", namespace, thing)
    assert taken.events[0].topics[0] == TRANSFERRED_TOPIC
    state = read_claim(engine, claims, namespace, thing)
    assert (state.holder, state.digest, state.offered_to) == (parties.bank_b, digest, None)
    assert (state.claimed_block, state.rounds) == (first.block_number, 1)
    assert (state.held_since, state.takers_since) == (acts_since(parties, LENDER_B), 0)
    assert "ClaimsNotHolder" in refused(parties, LENDER_A, "offer", namespace, thing, parties.bank_a, parties.known())
    assert "ClaimsNotOfferedTo" in refused(parties, LENDER_B, "accept", namespace, thing)
    history = read_claims(engine, claims, parties.at.organisations)
    first_held, second_held = history.holdings[namespace, thing]
    assert (first_held.holder, first_held.until_block) == (parties.bank_a, taken.block_number)
    assert (second_held.holder, second_held.until_block) == (parties.bank_b, None)


def test_no_administration_touches_a_claim(parties: Parties) -> None:
    """Everything that the timelock may call, tried on a living claim; the claim stays word for word."""
    namespace, thing = parties.namespace(), fresh("thing")
    parties.claim(LENDER_A, namespace, thing, parties.bank_a, fresh("digest"))
    engine, claims = parties.stage.engine, parties.at.claims
    before = read_claim(engine, claims, namespace, thing)

    release = parties.countersigned(namespace, thing, parties.bank_a, None)
    for function, arguments in (
        ("claim", (namespace, thing, fresh("digest"), FOR_EVER, release)),
        ("release", (namespace, thing, FOR_EVER, release)),
        ("offer", (namespace, thing, parties.bank_b, parties.known())),
        ("accept", (namespace, thing)),
    ):
        reason = refused(parties, Timelock(parties), function, *arguments)
        assert reason.startswith(("ClaimsNotClaimant(", "ClaimsNotReleasable(", "ClaimsNotTransferable(")), reason
    again = (namespace, parties.registrar, int(KeyRole.LENDER), True, True)
    assert "ClaimsKnownNamespace" in refused(parties, Timelock(parties), "openNamespace", *again)
    parties.decide(
        operations.Call(claims, contract_abi.call_data("Claims", "appointRegistrar", namespace, parties.bank_b)),
        operations.Call(claims, contract_abi.call_data("Claims", "grantRole", bytes(32), ALICE.address)),
        operations.Call(claims, contract_abi.call_data("Claims", "revokeRole", bytes(32), ALICE.address)),
    )
    assert read_claim(engine, claims, namespace, thing) == before
    history = read_claims(engine, claims, parties.at.organisations)
    assert history.namespaces[namespace].registrar == parties.bank_b
    assert [change.granted for change in history.administration][-2:] == [True, False]


class Plot:
    """What the administration can set up against a claim of bank A: all that the timelock may call."""

    def __init__(self, parties: Parties, namespace: bytes, thing: bytes) -> None:
        self.parties, self.namespace, self.thing = parties, namespace, thing
        self.mine = parties.organisation()
        names = ("in the bank", "in the bank, by a registrar of its own", "in its own", "registrar")
        self.mole, self.second_mole, self.taker, self.registrar = (signer(f"{name} {thing.hex()}") for name in names)
        at, until = parties.at, parties.now() + 365 * 86_400

        def binding(organisation: bytes, key: LocalSigner, role: KeyRole) -> operations.Call:
            key_id = key_id_of(key.address)
            return operations.bind_key(at.organisations, organisation, key_id, role, valid_from=0, valid_until=until)

        granting = (
            operations.Call(contract, contract_abi.call_data(name, "grantRole", role, STRANGER.address))
            for contract, name, role in (
                (at.organisations, "Organisations", REGISTRAR),
                (at.organisations, "Organisations", bytes(32)),
                (at.claims, "Claims", bytes(32)),
            )
        )
        parties.decide(
            binding(parties.bank_a, self.mole, KeyRole.LENDER),
            binding(parties.bank_b, signer(f"in the other bank {thing.hex()}"), KeyRole.LENDER),
            binding(self.mine, self.taker, KeyRole.LENDER),
            binding(self.mine, self.registrar, KeyRole.REGISTRY_ADMIN),
            operations.Call(at.claims, contract_abi.call_data("Claims", "appointRegistrar", namespace, self.mine)),
            *granting,
        )
        second = (parties.bank_a, key_id_of(self.second_mole.address), int(KeyRole.LENDER), 0, until)
        parties.transact(STRANGER, at.organisations, "Organisations", "bindKey", *second)

    def attempts(self) -> list[tuple[object, str, str, tuple[object, ...], str]]:
        """Caller, contract, function, arguments, and the refusal that is expected."""
        parties, namespace, thing = self.parties, self.namespace, self.thing
        release = parties.countersigned(namespace, thing, parties.bank_a, None, key=self.registrar)
        offering = (namespace, thing, self.mine, parties.known())
        releasing = (namespace, thing, FOR_EVER, release)
        mole_id = key_id_of(self.mole.address)
        found: list[tuple[object, str, str, tuple[object, ...], str]] = []
        for key in (self.mole, self.second_mole):
            found += [
                (key, "Claims", "offer", offering, "ClaimsLaterKey("),
                (key, "Claims", "release", releasing, "ClaimsLaterKey("),
                (key, "Claims", "accept", (namespace, thing), "ClaimsNotOfferedTo("),
                (key, "Organisations", "vouch", (mole_id,), "OrganisationsNotOlder("),
                (key, "Organisations", "vouch", (key_id_of(LENDER_A.address),), "OrganisationsNotOlder("),
            ]
        for key in (STRANGER, Timelock(parties), self.registrar):
            found += [
                (key, "Claims", "offer", offering, "ClaimsNotClaimant("),
                (key, "Claims", "release", releasing, "ClaimsNotClaimant("),
                (key, "Organisations", "vouch", (mole_id,), "OrganisationsNotOfTheSame("),
            ]
        found += [
            (self.taker, "Claims", "accept", (namespace, thing), "ClaimsNotOfferedTo("),
            (self.taker, "Claims", "offer", offering, "ClaimsNotHolder("),
            (self.taker, "Organisations", "vouch", (mole_id,), "OrganisationsNotOfTheSame("),
            (LENDER_B, "Organisations", "vouch", (mole_id,), "OrganisationsNotOfTheSame("),
            (KEEPER, "Organisations", "vouch", (mole_id,), "OrganisationsNotOfTheSame("),
        ]
        again = (parties.bank_b, key_id_of(LENDER_A.address), int(KeyRole.LENDER), 0, FOR_EVER)
        reopened = (namespace, self.mine, int(KeyRole.LENDER), True, True)
        return [
            *found,
            (STRANGER, "Organisations", "bindKey", again, "OrganisationsKnownKey("),
            (STRANGER, "Claims", "openNamespace", reopened, "ClaimsKnownNamespace("),
        ]


class Timelock:
    """The timelock as a caller, for questions only: nobody can sign for it."""

    def __init__(self, parties: Parties) -> None:
        self.address = parties.at.timelock


def test_the_administration_takes_no_living_claim(parties: Parties) -> None:
    """Keys of its own in the holder's organisation, its own registrar, roles beside the timelock: nothing helps, until
    a key of the holder that is older vouches.
    """
    engine, at = parties.stage.engine, parties.at
    namespace, thing = parties.namespace(releasable=True, transferable=True), fresh("thing")
    parties.claim(LENDER_A, namespace, thing, parties.bank_a, fresh("digest"))
    before = read_claim(engine, at.claims, namespace, thing)
    plot = Plot(parties, namespace, thing)
    try:
        for key, name, function, arguments, expected in plot.attempts():
            contract = at.claims if name == "Claims" else at.organisations
            reason = parties.revert(key, contract, name, function, *arguments)  # type: ignore[arg-type]
            assert reason.startswith(expected), (function, reason)
        assert read_claim(engine, at.claims, namespace, thing) == before
        parties.transact(LENDER_A, at.organisations, "Organisations", "vouch", key_id_of(plot.mole.address))
        offer = contract_abi.call_data("Claims", "offer", namespace, thing, parties.bank_b, parties.known())
        engine.call(at.claims, offer, sender=plot.mole.address)
        assert acts_since(parties, plot.mole) == acts_since(parties, LENDER_A)
        assert "ClaimsLaterKey" in refused(
            parties, plot.second_mole, "offer", namespace, thing, parties.bank_b, parties.known()
        )
    finally:
        for contract, name, role in (
            (at.organisations, "Organisations", REGISTRAR),
            (at.organisations, "Organisations", bytes(32)),
            (at.claims, "Claims", bytes(32)),
        ):
            parties.transact(STRANGER, contract, name, "renounceRole", role, STRANGER.address)


def test_the_administration_takes_no_offered_claim(parties: Parties) -> None:
    """Keys that it binds to the taker after the offer accept nothing, and no offer names keys that may still come."""
    engine, at = parties.stage.engine, parties.at
    namespace, thing = parties.namespace(transferable=True), fresh("thing")
    parties.claim(LENDER_A, namespace, thing, parties.bank_a, fresh("digest"))
    newest = engine.block(BlockTag.LATEST)
    assert newest is not None
    for since in (newest.number + 1, newest.number + 1_000, FOR_EVER):
        expected = f"ClaimsTakersNotKnownYet(takersSince={since})"
        assert refused(parties, LENDER_A, "offer", namespace, thing, parties.bank_b, since) == expected
    registry = read_registry(engine, at.organisations)
    since = registry.takers_since(parties.bank_b, KeyRole.LENDER, newest.number, newest.time_seconds)
    assert since == acts_since(parties, LENDER_B)
    parties.transact(LENDER_A, at.claims, "Claims", "offer", namespace, thing, parties.bank_b, since)
    assert read_claim(engine, at.claims, namespace, thing).takers_since == since
    mole = signer(f"in the taker {thing.hex()}")
    bound = parties.bind(parties.bank_b, key_id_of(mole.address), KeyRole.LENDER)
    late = f"caller={mole.address.lower()}, actsSince={bound.block_number}, neededSince={since}"
    assert refused(parties, mole, "accept", namespace, thing) == f"ClaimsLaterKey({late})"
    parties.transact(LENDER_B, at.claims, "Claims", "accept", namespace, thing)
    assert "ClaimsLaterKey" in refused(parties, mole, "offer", namespace, thing, parties.bank_a, since)
    assert read_claims(engine, at.claims, at.organisations).holdings[namespace, thing][1].held_since == since


def test_a_history_in_which_a_later_key_holds_is_not_taken(solo: Parties) -> None:
    """A node that makes a claim's holder act since the claim's own block."""
    engine, contract = solo.stage.engine, solo.at.claims
    namespace = solo.namespace()
    claimed = solo.claim(LENDER_A, namespace, fresh("thing"), solo.bank_a, fresh("digest"))

    class Lying:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def events(self, *arguments: object) -> list[object]:
            since = claimed.block_number.to_bytes(32, "big")
            return [
                dataclasses.replace(event, data=event.data[:-64] + since + event.data[-32:])
                if event.block_number == claimed.block_number
                else event
                for event in engine.events(*arguments)  # type: ignore[arg-type]
            ]

    with pytest.raises(RegistryHistoryError, match="bound in its block or later"):
        read_claims(Lying(), contract, solo.at.organisations)  # type: ignore[arg-type]


def test_a_transfer_that_was_not_offered_is_not_taken(solo: Parties) -> None:
    """A node that offers to another, or to older or later keys, or lets a later key take."""
    engine, contract, namespace = solo.stage.engine, solo.at.claims, solo.namespace(transferable=True)
    thing, since = fresh("thing"), solo.known()
    solo.claim(LENDER_A, namespace, thing, solo.bank_a, fresh("digest"))
    (offered,) = solo.transact(LENDER_A, contract, "Claims", "offer", namespace, thing, solo.bank_b, since).events
    (taken,) = solo.transact(LENDER_B, contract, "Claims", "accept", namespace, thing).events

    class Lying:
        def __init__(self, real: Event, *words: bytes) -> None:
            self.real, self.instead = real, dataclasses.replace(real, data=b"".join((*words, real.data[-32:])))

        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def events(self, *arguments: object) -> list[Event]:
            found = engine.events(*arguments)  # type: ignore[arg-type]
            return [self.instead if one == self.real else one for one in found]

    def number(value: int) -> bytes:
        return value.to_bytes(32, "big")

    for lie, reason in (
        (Lying(offered, solo.bank_a, solo.registrar, number(since)), "not offered to that key"),
        (Lying(offered, solo.bank_a, solo.bank_b, number(0)), "not offered to that key"),
        (Lying(offered, solo.bank_a, solo.bank_b, number(offered.block_number)), "or to later keys"),
        (Lying(offered, solo.bank_b, solo.bank_b, number(since)), "does not hold, or to later keys"),
        (Lying(taken, solo.bank_a, solo.bank_b, number(since + 1)), "not offered to that key"),
        (Lying(taken, solo.bank_a, solo.registrar, number(since)), "not offered to that key"),
    ):
        with pytest.raises(RegistryHistoryError, match=reason):
            read_claims(lie, contract, solo.at.organisations)  # type: ignore[arg-type]
    assert read_claims(engine, contract, solo.at.organisations).holder(namespace, thing) == solo.bank_b


def test_opening_refuses(parties: Parties) -> None:
    lender, nobody = int(KeyRole.LENDER), fresh("organisation")
    for arguments, reason in (
        ((bytes(32), parties.registrar, lender, False, False), "ClaimsZeroId("),
        ((fresh(), parties.registrar, 0, False, False), "ClaimsNoRole("),
        ((fresh(), nobody, lender, False, False), "ClaimsUnknownOrganisation("),
    ):
        assert refused(parties, Timelock(parties), "openNamespace", *arguments).startswith(reason)
    assert "ClaimsUnknownNamespace" in refused(
        parties, Timelock(parties), "appointRegistrar", fresh(), parties.registrar
    )
    for key in (STRANGER, ALICE, REGISTRAR_KEY):
        arguments = (fresh(), parties.registrar, lender, False, False)
        assert "AccessControlUnauthorizedAccount" in refused(parties, key, "openNamespace", *arguments)


def test_a_revoked_registrar_key_stops_at_once(parties: Parties) -> None:
    namespace, thing, digest = parties.namespace(), fresh("thing"), fresh("digest")
    second = signer(f"registrar of {thing.hex()}")
    parties.bind(parties.registrar, key_id_of(second.address), KeyRole.REGISTRY_ADMIN)
    signature = parties.countersigned(namespace, thing, parties.bank_a, digest, key=second)
    arguments = (namespace, thing, digest, FOR_EVER, signature)
    call = contract_abi.call_data("Claims", "claim", *arguments)
    assert parties.stage.engine.call(parties.at.claims, call, sender=LENDER_A.address) == (1).to_bytes(32, "big")
    revoked = (key_id_of(second.address), int(Reason.COMPROMISED), 0)
    parties.transact(REVOKER, parties.at.organisations, "Organisations", "revokeKey", *revoked)
    assert "ClaimsNotRegistrar" in refused(parties, LENDER_A, "claim", *arguments)


def test_the_contract_is_checked_before_it_is_believed(parties: Parties) -> None:
    engine, at = parties.stage.engine, parties.at
    check_claims(engine, at.claims, at.organisations)
    with pytest.raises(ForeignContractError, match="stands on the registry"):
        check_claims(engine, at.claims, at.timelock)
    with pytest.raises(ForeignContractError, match="is not Claims"):
        check_claims(engine, at.organisations, at.organisations)

    class Elsewhere:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def identity(self) -> object:
            found = engine.identity()
            return type(found)(found.chain_id + 1, found.genesis_hash, found.kind)

    with pytest.raises(ForeignContractError, match="of another chain"):
        check_claims(Elsewhere(), at.claims, at.organisations)  # type: ignore[arg-type]


def test_a_history_with_a_hole_is_not_taken(solo: Parties) -> None:
    engine, contract = solo.stage.engine, solo.at.claims
    namespace = solo.namespace()
    for _ in range(2):
        solo.claim(LENDER_A, namespace, fresh("thing"), solo.bank_a, fresh("digest"))
    whole = engine.events(contract, (), 0, 10**6)
    claimed = [event for event in whole if event.topics[0] == CLAIMED_TOPIC]

    class Hiding:
        def __init__(self, hidden: object) -> None:
            self.hidden = hidden

        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def events(self, address: str, topics: object, first: int, last: int) -> list[object]:
            return [e for e in whole if first <= e.block_number <= last and e is not self.hidden]

    for hidden in claimed:
        with pytest.raises(RegistryHistoryError, match="shows no event"):
            read_claims(Hiding(hidden), contract, solo.at.organisations)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=9))
def test_any_order_leaves_one_holder_at_most(solo: Parties, steps: list[str]) -> None:
    """Against a model that is a single variable."""
    if not hasattr(solo, "shared"):
        solo.shared = solo.namespace(releasable=True, transferable=True)  # type: ignore[attr-defined]
    namespace, thing = solo.shared, fresh("thing")  # type: ignore[attr-defined]
    banks = {"a": (LENDER_A, solo.bank_a), "b": (LENDER_B, solo.bank_b)}
    holder, offered = None, None
    for step in steps:
        verb, who = step.split()
        key, organisation = banks[who]
        if verb == "claim":
            allowed = holder is None
            arguments = solo.claim_arguments(namespace, thing, organisation, fresh("digest"))
        elif verb == "release":
            allowed = holder == who
            signature = solo.countersigned(namespace, thing, organisation, None)
            arguments = (namespace, thing, FOR_EVER, signature)  # type: ignore[assignment]
        elif verb == "offer":
            allowed = holder == who
            arguments = (namespace, thing, solo.bank_b, solo.known())  # type: ignore[assignment]
        else:
            allowed = holder is not None and offered == who
            arguments = (namespace, thing)  # type: ignore[assignment]
        if not allowed:
            refused(solo, key, verb, *arguments)
            continue
        solo.transact(key, solo.at.claims, "Claims", verb, *arguments)
        if verb == "claim":
            holder = who
        elif verb == "release":
            holder, offered = None, None
        elif verb == "offer":
            offered = "b"
        else:
            holder, offered = who, None
    expected = None if holder is None else banks[holder][1]
    assert read_claim(solo.stage.engine, solo.at.claims, namespace, thing).holder == expected
    history = read_claims(solo.stage.engine, solo.at.claims, solo.at.organisations)
    assert history.holder(namespace, thing) == expected
    assert history.offers.get((namespace, thing)) == (None if offered is None else solo.bank_b)
