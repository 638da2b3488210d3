"""The timelock: several proposers, a delay that the others can use, and nobody beside it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.anchoring.profile import EMBEDDED, ChainProfile
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import Block, BlockTag, Engine, Outcome
from tally_chain.errors import AnchorRefusedError, EngineUnavailableError, ForeignContractError, RegistryError
from tally_chain.registry import administration as admin
from tally_chain.registry import operations
from tally_chain.registry.call_words import CANCELLER, EXECUTOR, PROPOSER
from tally_chain.registry.history import ask
from tally_chain.registry.operations import Operation, OperationState, Registries
from tally_chain.registry.organisations import ADMIN, REGISTRAR, read_registry
from tests.chain.contracts.stage import STRANGER, Stage, signer
from tests.chain.registry.parties import ALICE, BOB, KEEPER, LENDER_A, REVOKER, Parties, fresh, parties_on


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


class Clock:
    """A clock that stands until it is moved, in milliseconds."""

    def __init__(self) -> None:
        self.now = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now


class InMilliseconds(EmbeddedEngine):
    """The embedded chain as FISCO BCOS without its timestamp switch: blocks count milliseconds, answers are seconds."""

    def block(self, which: int | BlockTag) -> Block | None:
        found = super().block(which)
        return None if found is None else dataclasses.replace(found, time_seconds=found.time_seconds // 1_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counting_milliseconds(tmp_path: Path, clock: Clock) -> Iterator[EmbeddedEngine]:
    engine = InMilliseconds.create(tmp_path / "chain", [key.address for key in (STRANGER, ALICE, BOB)], clock=clock)
    yield engine
    engine.close()


@pytest.mark.parametrize("profile", [EMBEDDED, dataclasses.replace(EMBEDDED, milliseconds=True)])
def test_where_blocks_count_milliseconds_the_delay_does(
    counting_milliseconds: EmbeddedEngine, clock: Clock, profile: ChainProfile
) -> None:
    """Whether or not the profile says that they may: a minute is a minute, and not 60 ms."""
    engine = counting_milliseconds
    made = admin.deploy(
        engine, STRANGER, profile, proposers=[ALICE.address, BOB.address], delay_seconds=60, revokers=[]
    )
    assert admin.minimum_delay(engine, made.timelock) == 60_000
    call = operations.register_organisation(made.organisations, fresh("organisation"), fresh("commitment"))
    operation = Operation((call,), fresh("salt"))
    proposed = admin.propose(engine, ALICE, profile, made.timelock, operation)
    assert proposed.succeeded
    clock.now += 58_000  # a block is a millisecond at least, so 60 s may be over a little earlier
    with pytest.raises(AnchorRefusedError, match="TimelockUnexpectedOperationState"):
        admin.execute(engine, STRANGER, profile, made.timelock, operation)
    clock.now += 3_000
    setup.transact(engine, STRANGER, profile, STRANGER.address, b"")  # who asks sees the newest block's time
    admin.execute(engine, STRANGER, profile, made.timelock, operation)
    assert len(read_registry(engine, made.organisations).organisations) == 1


def test_where_blocks_count_seconds_the_delay_does(parties: Parties) -> None:
    """Also by a profile of chains that may count milliseconds: FISCO BCOS with its timestamp switch."""
    engine = parties.stage.engine
    profile = dataclasses.replace(parties.stage.profile, milliseconds=True)
    made = admin.deploy(
        engine, STRANGER, profile, proposers=[ALICE.address, BOB.address], delay_seconds=60, revokers=[]
    )
    assert admin.minimum_delay(engine, made.timelock) == 60


class Through:
    """An engine with one thing changed."""

    def __init__(self, engine: Engine, **changed: object) -> None:
        self.engine = engine
        self.__dict__.update(changed)

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)


def test_a_delay_that_is_not_the_ordered_one_is_noticed(solo: Parties) -> None:
    engine = solo.stage.engine
    getting = contract_abi.call_data(operations.TIMELOCK, "getMinDelay")

    def call(to: str, data: bytes, *, sender: str | None = None) -> bytes:
        return (61).to_bytes(32, "big") if data == getting else engine.call(to, data, sender=sender)

    for changed, error, reason in (
        (Through(engine, call=call), ForeignContractError, "waits 61 of the chain's units of time, and not 60"),
        (Through(engine, code=lambda address: b""), RegistryError, "clock could not be read"),
    ):
        with pytest.raises(error, match=reason):
            ordered(changed)


def ordered(engine: object, *cancellers: str, delay_seconds: int = 60) -> Registries:
    """An administration of ALICE and BOB."""
    return admin.deploy(
        engine,  # type: ignore[arg-type]
        STRANGER,
        EMBEDDED,
        proposers=[ALICE.address, BOB.address],
        delay_seconds=delay_seconds,
        revokers=[],
        cancellers=cancellers,
    )


def test_one_proposer_vetoes_what_it_likes_where_no_cancellers_are_named(parties: Parties) -> None:
    """Why cancellers may be named, or proposers be contracts of several people."""
    engine, profile, timelock = parties.stage.engine, parties.stage.profile, parties.at.timelock
    removal = contract_abi.call_data(operations.TIMELOCK, "revokeRole", PROPOSER, ALICE.address)
    operation = Operation((operations.Call(timelock, removal),), fresh("salt"))
    admin.propose(engine, BOB, profile, timelock, operation)
    admin.cancel(engine, ALICE, profile, timelock, operation.operation_id)
    assert admin.state(engine, timelock, operation.operation_id) is OperationState.UNSET


def test_named_cancellers_cancel_and_proposers_do_not(parties: Parties) -> None:
    engine, profile = parties.stage.engine, parties.stage.profile
    proposers = [ALICE.address, BOB.address]
    made = admin.deploy(
        engine,
        STRANGER,
        profile,
        proposers=proposers,
        delay_seconds=1,
        revokers=[],
        cancellers=[KEEPER.address, LENDER_A.address],
    )
    timelock = made.timelock
    assert admin.timelock_roles(engine, timelock) == {
        ADMIN: {timelock},
        PROPOSER: set(proposers),
        CANCELLER: {KEEPER.address, LENDER_A.address},
        EXECUTOR: {admin.ZERO_ADDRESS},
    }
    named = [KEEPER.address]
    admin.check_administration(engine, made, proposers=proposers, cancellers=[*named, LENDER_A.address])
    with pytest.raises(ForeignContractError, match=f"{ALICE.address} does not hold the role"):
        admin.check_administration(engine, made, proposers=proposers)
    with pytest.raises(ForeignContractError, match=f"{ALICE.address} holds the role"):
        admin.check_administration(engine, parties.at, proposers=proposers, cancellers=named)
    removal = contract_abi.call_data(operations.TIMELOCK, "revokeRole", PROPOSER, ALICE.address)
    stopped, done = (Operation((operations.Call(timelock, removal),), fresh("salt")) for _ in range(2))
    for operation in (stopped, done):
        admin.propose(engine, BOB, profile, timelock, operation)
        for key in (ALICE, BOB, STRANGER):
            with pytest.raises(AnchorRefusedError, match="AccessControlUnauthorizedAccount"):
                admin.cancel(engine, key, profile, timelock, operation.operation_id)
    admin.cancel(engine, KEEPER, profile, timelock, stopped.operation_id)
    parties.wait()
    admin.execute(engine, STRANGER, profile, timelock, done)
    assert admin.timelock_roles(engine, timelock)[PROPOSER] == {BOB.address}


def test_a_proposer_may_be_named_among_the_cancellers(solo: Parties) -> None:
    made = ordered(solo.stage.engine, ALICE.address.lower(), KEEPER.address)
    roles = admin.timelock_roles(solo.stage.engine, made.timelock)
    assert roles[CANCELLER] == {ALICE.address, KEEPER.address}
    with pytest.raises(RegistryError, match="each canceller once"):
        ordered(solo.stage.engine, KEEPER.address, KEEPER.address.lower())


@pytest.mark.parametrize("left", ["an operation", "a proposer", "the helper", "a canceller"])
def test_what_the_helper_does_beside_is_noticed(solo: Parties, monkeypatch: pytest.MonkeyPatch, left: str) -> None:
    """The deployer administers the timelock for a few transactions; whoever holds its key may not use them."""
    engine, real = solo.stage.engine, setup.transact
    renouncing = contract_abi.call_data(operations.TIMELOCK, "renounceRole", ADMIN, STRANGER.address)

    def role(function: str, what: bytes, who: str) -> bytes:
        return contract_abi.call_data(operations.TIMELOCK, function, what, who)

    def scheduling(timelock: str) -> bytes:
        call = operations.Call(timelock, role("grantRole", ADMIN, STRANGER.address))
        return contract_abi.call_data(
            operations.TIMELOCK, "scheduleBatch", *Operation((call,), bytes(32)).arguments(), 60
        )

    def transact(
        engine: Engine, signer: LocalSigner, profile: ChainProfile, to: str | None, data: bytes
    ) -> Outcome | None:
        if data == renouncing:
            assert to is not None
            beside = {
                "an operation": [
                    role("grantRole", PROPOSER, STRANGER.address),
                    scheduling(to),
                    role("revokeRole", PROPOSER, STRANGER.address),
                    role("revokeRole", CANCELLER, STRANGER.address),
                ],
                "a proposer": [role("grantRole", PROPOSER, STRANGER.address)],
                "a canceller": [role("grantRole", CANCELLER, ALICE.address)],
                "the helper": [],
            }
            for one in beside[left]:
                real(engine, signer, profile, to, one)
            if left == "the helper":
                return None
        return real(engine, signer, profile, to, data)

    monkeypatch.setattr(admin, "transact", transact)
    reason = "something was scheduled" if left == "an operation" else "are not the ones that were ordered"
    with pytest.raises(ForeignContractError, match=reason):
        ordered(engine, KEEPER.address)


def test_lost_answers_do_not_spoil_a_deployment(solo: Parties) -> None:
    """Each transaction is taken, and the answer is lost."""
    engine = solo.stage.engine
    sent: list[bytes] = []

    def send(raw: bytes) -> bytes:
        if raw in sent:
            return engine.send_raw_transaction(raw)
        sent.append(raw)
        engine.send_raw_transaction(raw)
        raise EngineUnavailableError("the answer is lost")

    made = ordered(Through(engine, send_raw_transaction=send), KEEPER.address)
    assert len(sent) == 8
    admin.check_administration(engine, made, proposers=[ALICE.address, BOB.address], cancellers=[KEEPER.address])


@pytest.mark.evm_node
def test_a_key_that_has_delegated_is_no_administration(anvil: Stage) -> None:
    """EIP-7702: the account has code, and its one key signs for it all the same."""
    parties = parties_on(anvil)
    engine = anvil.engine
    account = signer("has delegated")._account
    chain_id, fees = engine.identity().chain_id, engine.fees()
    delegation = account.sign_authorization(
        {"chainId": chain_id, "address": parties.at.timelock, "nonce": engine.nonce(account.address)}
    )
    transaction = {
        "chainId": chain_id,
        "nonce": engine.nonce(STRANGER.address),
        "to": account.address,
        "gas": 200_000,
        "maxFeePerGas": fees.base_fee_wei * 2 + fees.priority_fee_wei,
        "maxPriorityFeePerGas": fees.priority_fee_wei,
        "authorizationList": [delegation],
    }
    sent = engine.send_raw_transaction(bytes(STRANGER._account.sign_transaction(transaction).raw_transaction))
    deadline = time.monotonic() + 60
    while engine.outcome(sent) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    code = engine.code(account.address)
    assert (len(code), code[:3]) == (23, b"\xef\x01\x00")
    for name, arguments in (("Organisations", ([],)), ("Claims", (parties.at.organisations,))):
        data = contract_abi.creation_data(name, account.address, *arguments)
        with pytest.raises(AnchorRefusedError, match="AdministrationHasNoCode"):
            setup.transact(engine, STRANGER, anvil.profile, None, data)


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
