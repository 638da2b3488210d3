"""The timelock: several proposers, a delay that the others can use, and nobody beside it."""

from __future__ import annotations

import dataclasses

import pytest

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.errors import AnchorRefusedError, ForeignContractError, RegistryError
from tally_chain.registry import administration as admin
from tally_chain.registry import operations
from tally_chain.registry.call_words import CANCELLER, EXECUTOR, PROPOSER
from tally_chain.registry.history import ask
from tally_chain.registry.operations import Operation, OperationState, Registries
from tally_chain.registry.organisations import ADMIN, REGISTRAR, read_registry
from tests.chain.contracts.stage import STRANGER
from tests.chain.registry.parties import ALICE, BOB, REVOKER, Parties, fresh


def registering(parties: Parties) -> tuple[Operation, bytes]:
    organisation = fresh("organisation")
    call = operations.register_organisation(parties.at.organisations, organisation, fresh("commitment"))
    return Operation((call,), fresh("salt")), organisation


def test_nothing_is_done_before_the_delay_is_over(parties: Parties) -> None:
    engine, profile, timelock = parties.stage.engine, parties.stage.profile, parties.at.timelock
    operation, organisation = registering(parties)
    assert admin.state(engine, timelock, operation.operation_id) is OperationState.UNSET
    long = contract_abi.call_data(operations.TIMELOCK, "scheduleBatch", *operation.arguments(), 3_600)
    setup.transact(engine, ALICE, profile, timelock, long)
    assert admin.state(engine, timelock, operation.operation_id) is OperationState.WAITING
    for key in (ALICE, BOB, STRANGER):
        with pytest.raises(AnchorRefusedError, match="TimelockUnexpectedOperationState"):
            admin.execute(engine, key, profile, timelock, operation)
    assert organisation not in read_registry(engine, parties.at.organisations).organisations


def test_the_delay_cannot_be_shorter(parties: Parties) -> None:
    operation, _ = registering(parties)
    short = contract_abi.call_data(operations.TIMELOCK, "scheduleBatch", *operation.arguments(), 0)
    with pytest.raises(AnchorRefusedError, match="TimelockInsufficientDelay"):
        setup.transact(parties.stage.engine, ALICE, parties.stage.profile, parties.at.timelock, short)


def test_another_proposer_stops_it(parties: Parties) -> None:
    engine, profile, timelock = parties.stage.engine, parties.stage.profile, parties.at.timelock
    operation, organisation = registering(parties)
    admin.propose(engine, ALICE, profile, timelock, operation)
    for key in (STRANGER, REVOKER):
        with pytest.raises(AnchorRefusedError, match="AccessControlUnauthorizedAccount"):
            admin.cancel(engine, key, profile, timelock, operation.operation_id)
    admin.cancel(engine, BOB, profile, timelock, operation.operation_id)
    parties.wait()
    with pytest.raises(AnchorRefusedError, match="TimelockUnexpectedOperationState"):
        admin.execute(engine, ALICE, profile, timelock, operation)
    assert organisation not in read_registry(engine, parties.at.organisations).organisations


def test_only_proposers_propose_and_it_is_done_once(parties: Parties) -> None:
    engine, profile, timelock = parties.stage.engine, parties.stage.profile, parties.at.timelock
    operation, organisation = registering(parties)
    for key in (STRANGER, REVOKER):
        with pytest.raises(AnchorRefusedError, match="AccessControlUnauthorizedAccount"):
            admin.propose(engine, key, profile, timelock, operation)
    admin.propose(engine, BOB, profile, timelock, operation)
    parties.wait()
    admin.execute(engine, STRANGER, profile, timelock, operation)
    assert admin.state(engine, timelock, operation.operation_id) is OperationState.DONE
    assert organisation in read_registry(engine, parties.at.organisations).organisations
    with pytest.raises(AnchorRefusedError, match="TimelockUnexpectedOperationState"):
        admin.execute(engine, STRANGER, profile, timelock, operation)


def test_who_deployed_has_no_power(parties: Parties) -> None:
    """STRANGER deployed everything."""
    for contract, name in (
        (parties.at.timelock, operations.TIMELOCK),
        (parties.at.organisations, "Organisations"),
        (parties.at.claims, "Claims"),
    ):
        reason = parties.revert(STRANGER, contract, name, "grantRole", bytes(32), STRANGER.address)
        assert reason.startswith("AccessControlUnauthorizedAccount(")


def test_the_administration_is_checked(parties: Parties) -> None:
    engine, at = parties.stage.engine, parties.at
    admin.check_administration(engine, at, proposers=[ALICE.address, BOB.address])
    with pytest.raises(ForeignContractError, match="does not hold the role"):
        admin.check_administration(engine, at, proposers=[STRANGER.address])
    swapped = dataclasses.replace(at, timelock=at.organisations)
    with pytest.raises(ForeignContractError, match="is not TimelockController"):
        admin.check_administration(engine, swapped, proposers=[])


def test_who_may_propose_is_shown(parties: Parties) -> None:
    engine, at = parties.stage.engine, parties.at
    assert admin.timelock_roles(engine, at.timelock) == {
        ADMIN: {at.timelock},
        PROPOSER: {ALICE.address, BOB.address},
        CANCELLER: {ALICE.address, BOB.address},
        EXECUTOR: {admin.ZERO_ADDRESS},
    }
    grant = contract_abi.call_data(operations.TIMELOCK, "grantRole", PROPOSER, REVOKER.address)
    revoke = contract_abi.call_data(operations.TIMELOCK, "revokeRole", PROPOSER, REVOKER.address)
    parties.decide(operations.Call(at.timelock, grant))
    assert REVOKER.address in admin.timelock_roles(engine, at.timelock)[PROPOSER]
    parties.decide(operations.Call(at.timelock, revoke))
    assert REVOKER.address not in admin.timelock_roles(engine, at.timelock)[PROPOSER]


def test_a_registry_under_somebody_else_is_noticed(solo: Parties) -> None:
    """The same code, administered by another contract than the one that readers were told."""
    engine, profile = solo.stage.engine, solo.stage.profile
    other = admin._create(
        engine, STRANGER, profile, operations.TIMELOCK, 1, [ALICE.address], [admin.ZERO_ADDRESS], admin.ZERO_ADDRESS
    )
    organisations = admin._create(engine, STRANGER, profile, "Organisations", other, [])
    claims = admin._create(engine, STRANGER, profile, "Claims", other, organisations)
    mixed = Registries(solo.at.timelock, organisations, claims)
    with pytest.raises(ForeignContractError, match="is administered by"):
        admin.check_administration(engine, mixed, proposers=[])


def test_a_registrar_beside_the_timelock_is_noticed(solo: Parties) -> None:
    """The timelock may give a right away; everybody sees it, and readers who check do not go along."""
    engine, at = solo.stage.engine, solo.at

    def change(function: str, contract: str, name: str, role: bytes) -> None:
        solo.decide(operations.Call(contract, contract_abi.call_data(name, function, role, STRANGER.address)))

    for contract, name, role in (
        (at.organisations, "Organisations", REGISTRAR),
        (at.organisations, "Organisations", ADMIN),
        (at.claims, "Claims", ADMIN),
    ):
        change("grantRole", contract, name, role)
        with pytest.raises(ForeignContractError, match=f"{contract} is administered by .*{STRANGER.address}"):
            admin.check_administration(engine, at, proposers=[])
        change("revokeRole", contract, name, role)
    admin.check_administration(engine, at, proposers=[ALICE.address])


def test_one_key_is_no_administration(solo: Parties) -> None:
    engine, profile = solo.stage.engine, solo.stage.profile
    alone = contract_abi.creation_data("Organisations", STRANGER.address, [])
    with pytest.raises(AnchorRefusedError, match="AdministrationHasNoCode"):
        setup.transact(engine, STRANGER, profile, None, alone)
    alone = contract_abi.creation_data("Claims", STRANGER.address, solo.at.organisations)
    with pytest.raises(AnchorRefusedError, match="AdministrationHasNoCode"):
        setup.transact(engine, STRANGER, profile, None, alone)
    nowhere = contract_abi.creation_data("Claims", solo.at.timelock, STRANGER.address)
    with pytest.raises(AnchorRefusedError, match="ClaimsRegistryHasNoCode"):
        setup.transact(engine, STRANGER, profile, None, nowhere)
    for proposers, delay in (([ALICE.address], 1), ([ALICE.address] * 2, 1), ([ALICE.address, BOB.address], 0)):
        with pytest.raises(RegistryError, match="administration"):
            admin.deploy(engine, STRANGER, profile, proposers=proposers, delay_seconds=delay, revokers=[])


def test_where_blocks_count_milliseconds_the_delay_does(solo: Parties) -> None:
    """A profile of a FISCO BCOS chain without its timestamp switch; the embedded chain counts seconds all the same."""
    engine = solo.stage.engine
    fisco_like = dataclasses.replace(solo.stage.profile, milliseconds=True)
    made = admin.deploy(
        engine, STRANGER, fisco_like, proposers=[ALICE.address, BOB.address], delay_seconds=60, revokers=[]
    )
    assert admin.minimum_delay(engine, made.timelock) == 60_000


def test_the_id_of_an_operation_is_the_timelocks(parties: Parties) -> None:
    engine, timelock = parties.stage.engine, parties.at.timelock
    operation, _ = registering(parties)
    whole = dataclasses.replace(operation, calls=operation.calls * 2, predecessor=fresh())
    for one, function in ((operation, "hashOperationBatch"), (whole, "hashOperationBatch")):
        (told,) = ask(engine, timelock, operations.TIMELOCK, function, "bytes32", *one.arguments())
        assert told == one.operation_id
    single = dataclasses.replace(operation, single=True)
    (told,) = ask(engine, timelock, operations.TIMELOCK, "hashOperation", "bytes32", *single.arguments())
    assert told == single.operation_id != operation.operation_id


def test_a_call_that_another_program_proposed_alone_is_executed(parties: Parties) -> None:
    engine, profile, timelock = parties.stage.engine, parties.stage.profile, parties.at.timelock
    operation, organisation = registering(parties)
    single = dataclasses.replace(operation, single=True)
    admin.propose(engine, ALICE, profile, timelock, single)
    assert admin.ready_at(engine, timelock, single.operation_id) is not None
    parties.wait()
    admin.execute(engine, STRANGER, profile, timelock, single)
    assert admin.ready_at(engine, timelock, single.operation_id) is None
    assert organisation in read_registry(engine, parties.at.organisations).organisations
