"""The registry of parties: every refusal, every event, and who was good when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_abi.abi import decode

from tally_chain.cli import chain_run as cli_chain_run
from tally_chain.engine.interface import Event
from tally_chain.errors import ForeignContractError, RegistryHistoryError
from tally_chain.registry import operations
from tally_chain.registry.history import read_events
from tally_chain.registry.identifiers import Scheme, commitment, identifier, opens
from tally_chain.registry.organisations import (
    ADMIN,
    BOUND_TOPIC,
    REGISTERED_TOPIC,
    REGISTRAR,
    REVOKED_TOPIC,
    REVOKER,
    VOUCHED_TOPIC,
    Reason,
    key_id_of,
    read_key,
    read_registry,
)
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import STRANGER
from tests.chain.registry.parties import ALICE, KEEPER, LEFT, LENDER_A, YEAR, Parties, fresh
from tests.chain.registry.parties import REVOKER as REVOKER_KEY


def hexed(value: bytes) -> str:
    return "0x" + value.hex()


def test_nobody_but_the_timelock_changes_the_registry(parties: Parties) -> None:
    known, key_id = parties.bank_a, fresh("key")
    calls = (
        ("registerOrganisation", (fresh(), fresh())),
        ("bindKey", (known, key_id, int(KeyRole.AUTHORITY), 0, parties.now() + YEAR)),
        ("grantRole", (REGISTRAR, STRANGER.address)),
        ("revokeRole", (ADMIN, parties.at.timelock)),
    )
    for key in (STRANGER, ALICE, REVOKER_KEY, KEEPER):
        for function, arguments in calls:
            reason = parties.revert(key, parties.at.organisations, "Organisations", function, *arguments)
            assert reason.startswith("AccessControlUnauthorizedAccount("), (function, reason)


def test_an_organisation_is_registered_once_and_opens_to_who_needs_it(parties: Parties) -> None:
    organisation, salt = fresh("organisation"), fresh("salt")
    name = identifier(Scheme.USCC, "91350100 M000100Y43")
    committed = commitment(name, salt)
    outcome = parties.decide(operations.register_organisation(parties.at.organisations, organisation, committed))
    (event,) = (event for event in outcome.events if event.address == parties.at.organisations)
    assert (event.topics[0], event.topics[2]) == (REGISTERED_TOPIC, organisation)
    registered, _ = decode(["bytes32", "uint64"], event.data)
    assert opens(registered, name, salt)
    assert not opens(registered, name, fresh("salt"))
    timelock = at_timelock(parties)
    known = parties.revert(
        timelock, parties.at.organisations, "Organisations", "registerOrganisation", organisation, salt
    )
    assert known == f"OrganisationsKnown(organisation={hexed(organisation)})"
    for arguments, reason in (
        ((bytes(32), fresh()), "OrganisationsZeroId()"),
        ((fresh(), bytes(32)), "OrganisationsZeroCommitment()"),
    ):
        assert (
            parties.revert(timelock, parties.at.organisations, "Organisations", "registerOrganisation", *arguments)
            == reason
        )


def test_binding_refuses(parties: Parties) -> None:
    timelock, now, key_id = at_timelock(parties), parties.now(), fresh("key")
    bound, unknown = key_id_of(KEEPER.address), fresh("organisation")
    lender, until = int(KeyRole.LENDER), now + YEAR
    refused = (
        ((unknown, key_id, lender, 0, until), f"OrganisationsUnknown(organisation={hexed(unknown)})"),
        ((parties.bank_a, bytes(32), lender, 0, until), "OrganisationsZeroId()"),
        ((parties.bank_a, key_id, 0, 0, until), f"OrganisationsNoRole(keyId={hexed(key_id)})"),
        (
            (parties.bank_b, bound, lender, 0, until),
            f"OrganisationsKnownKey(keyId={hexed(bound)}, organisation={hexed(parties.bank_a)})",
        ),
        ((parties.bank_a, key_id, lender, until, until), "OrganisationsNoValidity("),
        ((parties.bank_a, key_id, lender, 0, now - 1), "OrganisationsNoValidity("),
    )
    for arguments, reason in refused:
        found = parties.revert(timelock, parties.at.organisations, "Organisations", "bindKey", *arguments)
        assert found.startswith(reason), found
    out_of_range = (parties.bank_a, key_id, max(KeyRole) + 1, 0, until)
    assert "revert" in parties.revert(timelock, parties.at.organisations, "Organisations", "bindKey", *out_of_range)


def test_a_key_lives_and_ends(parties: Parties) -> None:
    # Later than all that this test does, however long the timelock makes it wait.
    key_id, start = fresh("thumbprint"), parties.now() + 100_000
    outcome = parties.bind(parties.bank_b, key_id, KeyRole.VERIFIER, valid_from=start, valid_until=start + YEAR)
    (event,) = (event for event in outcome.events if event.address == parties.at.organisations)
    assert event.topics[0] == BOUND_TOPIC
    assert event.topics[2:] == (key_id, parties.bank_b)
    engine = parties.stage.engine
    key = read_key(engine, parties.at.organisations, key_id)
    assert key is not None
    assert (key.organisation, key.role, key.valid_from, key.valid_until) == (
        parties.bank_b,
        KeyRole.VERIFIER,
        start,
        start + YEAR,
    )
    assert (key.bound_block, key.revocation) == (outcome.block_number, None)
    assert not key.good_at(outcome.block_number, start - 1)
    assert key.good_at(outcome.block_number, start)
    assert not key.good_at(outcome.block_number - 1, start)
    assert not key.good_at(outcome.block_number, start + YEAR)
    since = parties.now() - 5
    for who, arguments, reason in (
        (STRANGER, (key_id, int(Reason.COMPROMISED), since), "OrganisationsNotRevoker("),
        (ALICE, (key_id, int(Reason.COMPROMISED), since), "OrganisationsNotRevoker("),
        (REVOKER_KEY, (key_id, 0, since), "OrganisationsNoReason("),
        (REVOKER_KEY, (key_id, int(Reason.COMPROMISED), parties.now() + 1_000), "OrganisationsSinceTheFuture("),
        (REVOKER_KEY, (fresh(), int(Reason.COMPROMISED), since), "OrganisationsUnknownKey("),
    ):
        assert parties.revert(who, parties.at.organisations, "Organisations", "revokeKey", *arguments).startswith(
            reason
        )
    ended = parties.transact(
        REVOKER_KEY, parties.at.organisations, "Organisations", "revokeKey", key_id, int(Reason.COMPROMISED), since
    )
    (event,) = ended.events
    assert (event.topics[0], event.topics[2:]) == (REVOKED_TOPIC, (key_id, parties.bank_b))
    key = read_key(engine, parties.at.organisations, key_id)
    assert key is not None
    assert key.revocation is not None
    assert (key.revocation.reason, key.revocation.since) == (Reason.COMPROMISED, since)
    assert key.revocation.block_number == ended.block_number
    again = (key_id, int(Reason.CEASED), since)
    assert "OrganisationsRevokedKey" in parties.revert(
        REVOKER_KEY, parties.at.organisations, "Organisations", "revokeKey", *again
    )
    taken_up = (parties.bank_b, key_id, int(KeyRole.VERIFIER), 0, start + YEAR)
    assert "OrganisationsKnownKey" in parties.revert(
        at_timelock(parties), parties.at.organisations, "Organisations", "bindKey", *taken_up
    )
    assert not key.good_at(ended.block_number, start + 1)
    assert key.good_at(ended.block_number - 1, start + 1)
    assert not key.believed_at(ended.block_number - 1, start + 1)
    proven = read_registry(engine, parties.at.organisations).keys[key_id]
    assert proven.revocation is not None
    assert (proven.revocation.since, proven.bound_block) == (since, outcome.block_number)


def test_a_transaction_key_can_end_itself_and_nothing_else(parties: Parties) -> None:
    mine, other = key_id_of(LEFT.address), fresh("key")
    engine = parties.stage.engine
    if read_key(engine, parties.at.organisations, mine) is None:
        parties.bind(parties.bank_a, mine, KeyRole.INSPECTOR)
    parties.bind(parties.bank_a, other, KeyRole.INSPECTOR)
    organisations = parties.at.organisations
    assert "NotRevoker" in parties.revert(LEFT, organisations, "Organisations", "revokeKey", other, 2, 0)
    parties.transact(LEFT, organisations, "Organisations", "revokeKey", mine, int(Reason.COMPROMISED), 0)
    key = read_key(engine, organisations, mine)
    assert key is not None
    assert key.revocation is not None


def test_an_older_key_vouches_for_a_later_one(parties: Parties) -> None:
    """Beside all the others, which are in test_claims and in forge's tests: the event, and what is read of it."""
    engine, organisations = parties.stage.engine, parties.at.organisations
    older, later, at_once = key_id_of(KEEPER.address), fresh("key"), fresh("key")
    until = parties.now() + YEAR
    bound = parties.decide(
        *(
            operations.bind_key(
                organisations, parties.bank_a, one, KeyRole.KEEPER, valid_from=until - 9, valid_until=until
            )
            for one in (later, at_once)
        )
    )
    before = read_registry(engine, organisations)
    assert [before.keys[one].acts_since for one in (later, at_once)] == [bound.block_number] * 2
    refused = parties.revert(KEEPER, organisations, "Organisations", "vouch", fresh())
    assert refused.startswith("OrganisationsUnknownKey(")
    done = parties.transact(KEEPER, organisations, "Organisations", "vouch", later)
    (event,) = done.events
    assert (event.topics[0], event.topics[2:]) == (VOUCHED_TOPIC, (later, parties.bank_a))
    voucher, since, _ = decode(["bytes32", "uint64", "uint64"], event.data)
    assert (voucher, since) == (older, before.keys[older].bound_block)
    registry, alone = read_registry(engine, organisations), read_key(engine, organisations, later)
    assert registry.sequence == before.sequence + 1
    assert alone is not None
    assert alone.acts_since == registry.keys[later].acts_since == since
    assert registry.keys[later].bound_block == bound.block_number
    assert registry.keys[at_once].acts_since == bound.block_number
    assert "NotOlder" in parties.revert(KEEPER, organisations, "Organisations", "vouch", later)
    shown = {
        key["id"]: (key["bound_block"], key["acts_since"])
        for one in cli_chain_run.registry_report(registry, registry.last_block, 0)["organisations"]
        for key in one["keys"]
    }
    assert shown[later.hex()] == (bound.block_number, since)
    block = registry.last_block
    assert registry.takers_since(parties.bank_a, KeyRole.KEEPER, block, until - 1) == since
    assert registry.takers_since(parties.bank_b, KeyRole.KEEPER, block, until - 1) is None
    parties.transact(REVOKER_KEY, organisations, "Organisations", "revokeKey", at_once, int(Reason.CEASED), 0)
    assert "RevokedKey" in parties.revert(KEEPER, organisations, "Organisations", "vouch", at_once)


def test_a_vouching_that_could_not_be_is_not_taken(solo: Parties) -> None:
    """A node that changes the newest event: another key, another voucher, another block."""
    engine, contract, later = solo.stage.engine, solo.at.organisations, fresh("key")
    start = solo.now() + 100_000  # a key of the future, so that others need not count it
    solo.bind(solo.bank_a, later, KeyRole.KEEPER, valid_from=start, valid_until=start + YEAR)
    vouched = solo.transact(KEEPER, contract, "Organisations", "vouch", later)
    (event,) = vouched.events
    registry = read_registry(engine, contract)
    keeper, lender = key_id_of(KEEPER.address), key_id_of(LENDER_A.address)
    since = registry.keys[keeper].acts_since

    def said(key_id: bytes, voucher: bytes, block: int) -> Event:
        topics = (*event.topics[:2], key_id, event.topics[3])
        return replace(event, topics=topics, data=voucher + block.to_bytes(32, "big") + event.data[-32:])

    class Lying:
        def __init__(self, instead: Event) -> None:
            self.instead = instead

        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def events(self, *arguments: object) -> list[Event]:
            found = engine.events(*arguments)  # type: ignore[arg-type]
            return [self.instead if one == event else one for one in found]

    read_registry(Lying(said(later, keeper, since)), contract)  # type: ignore[arg-type]
    for instead, reason in (
        (said(fresh(), keeper, since), "not there or was revoked"),
        (said(later, fresh(), since), "not there or was revoked"),
        (said(later, lender, since), "another organisation or role"),
        (said(later, keeper, since - 1), "not the later one"),
        (said(keeper, keeper, since), "not the later one"),
    ):
        with pytest.raises(RegistryHistoryError, match=reason):
            read_registry(Lying(instead), contract)  # type: ignore[arg-type]


def test_the_whole_registry_is_read_and_proven(parties: Parties) -> None:
    engine = parties.stage.engine
    parties.bind(parties.organisation(), fresh("key"), KeyRole.AUTHORITY)
    registry = read_registry(engine, parties.at.organisations)
    assert registry.holders(ADMIN) == registry.holders(REGISTRAR) == {parties.at.timelock}
    assert registry.holders(REVOKER) == {REVOKER_KEY.address}
    assert registry.holders(REVOKER, 0) == set()
    assert [change.sequence for change in registry.administration][:3] == [1, 2, 3]
    good = registry.good_keys(registry.last_block, parties.now(), role=KeyRole.KEEPER)
    assert [key.key_id for key in good] == [key_id_of(KEEPER.address)]
    assert len(registry.keys) + len(registry.organisations) >= 8
    for key in registry.keys.values():
        alone = read_key(engine, parties.at.organisations, key.key_id)
        assert alone is not None
        assert (alone.organisation, alone.role, alone.valid_until) == (key.organisation, key.role, key.valid_until)
        assert (alone.revocation is None) is (key.revocation is None)


def test_a_history_with_a_hole_is_not_taken(solo: Parties) -> None:
    """Whichever single event a node hides, moves or doubles."""
    engine, contract = solo.stage.engine, solo.at.organisations
    topics = (REGISTERED_TOPIC, BOUND_TOPIC, VOUCHED_TOPIC, REVOKED_TOPIC)
    whole = engine.events(contract, (), 0, read_registry(engine, contract).last_block)

    class Lying:
        def __init__(self, shown: list[object]) -> None:
            self.shown = shown

        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def events(self, address: str, topics: object, first: int, last: int) -> list[object]:
            return [event for event in self.shown if first <= event.block_number <= last]  # type: ignore[attr-defined]

    numbered = [event for event in whole if event.topics[0] in topics]
    assert len(numbered) >= 7
    for hidden in numbered:
        with pytest.raises(RegistryHistoryError, match="shows no event"):
            read_registry(Lying([event for event in whole if event is not hidden]), contract)  # type: ignore[arg-type]
        with pytest.raises(RegistryHistoryError, match="twice"):
            read_registry(Lying([*whole, hidden]), contract)  # type: ignore[arg-type]
    with pytest.raises(RegistryHistoryError, match="shows no event"):
        read_registry(Lying([]), contract)  # type: ignore[arg-type]


def test_what_is_not_the_registry_is_not_read(solo: Parties) -> None:
    engine = solo.stage.engine
    for elsewhere in (solo.at.timelock, solo.at.claims, solo.stage.contract):
        with pytest.raises(ForeignContractError, match="is not Organisations"):
            read_registry(engine, elsewhere)
    with pytest.raises(ForeignContractError, match="no contract"):
        read_registry(engine, STRANGER.address)
    with pytest.raises(RegistryHistoryError, match="has no history"):
        read_events(engine, solo.stage.contract, "Organisations", ())


def at_timelock(parties: Parties) -> object:
    """The timelock as a caller, for questions only: nobody can sign for it."""

    class Asking:
        address = parties.at.timelock

    return Asking()
