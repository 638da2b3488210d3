"""Setting the registries up, and changing them through their timelock.

The administration is OpenZeppelin's TimelockController as released: several proposers; cancellers, who are the
proposers unless others are named; a delay; no admin but itself. What is proposed is public until the delay is over, so
everybody sees it and a canceller can stop it. Revoking a key is the one thing that does not wait.

The delay is counted by the chain's own clock. Where blocks count milliseconds (FISCO BCOS without
`feature_evm_timestamp`), a delay in seconds would be a thousand times too short, and elsewhere one in milliseconds a
thousand times too long: `deploy` measures it (`chain_time_unit`). The switch must not be thrown afterwards without a
new timelock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from eth_utils.address import to_checksum_address

from tally_chain import contract_abi
from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.setup import transact
from tally_chain.engine.interface import BlockTag, Engine, Outcome
from tally_chain.engine.quantities import unix_seconds
from tally_chain.errors import ForeignContractError, RegistryError, RegistryHistoryError
from tally_chain.registry.call_words import CANCELLER, EXECUTOR, PROPOSER
from tally_chain.registry.claims import read_claims
from tally_chain.registry.history import ask, check_code
from tally_chain.registry.operations import TIMELOCK, Operation, OperationState, Registries
from tally_chain.registry.organisations import ADMIN, REGISTRAR, Registry, holders, read_registry

_GRANTED = contract_abi.topic("RoleGranted(bytes32,address,address)")
_REVOKED = contract_abi.topic("RoleRevoked(bytes32,address,address)")
ZERO_ADDRESS = "0x" + "00" * 20
_DELAY_CHANGED = contract_abi.topic("MinDelayChange(uint256,uint256)")
MILLISECONDS = 1_000
MILLISECONDS_FROM = 100_000_000_000
"""A block time from here on is in milliseconds (ChainTime.sol): in seconds it is the year 5138."""
# TIMESTAMP PUSH1 0 MSTORE PUSH1 32 PUSH1 0 RETURN: the code of the contract that this creates is the block's time.
_CLOCK = bytes.fromhex("4260005260206000f3")
# What OpenZeppelin writes in the place of a time when an operation was executed; 0 is for one that it does not know.
_DONE_TIMESTAMP = 1


def deploy(
    engine: Engine,
    signer: TransactionSigner,
    profile: ChainProfile,
    *,
    proposers: Sequence[str],
    delay_seconds: int,
    revokers: Sequence[str],
    cancellers: Sequence[str] = (),
) -> Registries:
    """Deploys timelock, organisations and claims, and returns their addresses; the signer has no power afterwards.

    Anybody may execute what has waited long enough. Who proposes also cancels, unless cancellers are named; then only
    those do. Nothing stands on the timelock before it is all that it is meant to be; whoever is interrupted begins
    anew. Raises RegistryError for fewer than two proposers, for doubles, and for no delay: then one key would decide
    alone, at once. Raises ForeignContractError where the contracts are not as they were ordered.
    """
    order = _Order(_distinct(proposers), _distinct(cancellers), delay_seconds)
    if len(order.proposers) < 2 or len(order.proposers) != len(proposers):
        raise RegistryError("an administration needs at least two different proposers")
    if len(order.cancellers) != len(cancellers):
        raise RegistryError("an administration names each canceller once")
    if delay_seconds <= 0:
        raise RegistryError("an administration without a delay cannot be stopped by anybody")
    timelock = _timelock(engine, signer, profile, order)
    organisations = _create(engine, signer, profile, "Organisations", timelock, list(revokers))
    claims = _create(engine, signer, profile, "Claims", timelock, organisations)
    made = Registries(timelock, organisations, claims)
    check_administration(engine, made, proposers=proposers, cancellers=cancellers)
    return made


@dataclass(frozen=True)
class _Order:
    """What a timelock is to be."""

    proposers: tuple[str, ...]
    cancellers: tuple[str, ...]
    delay_seconds: int

    @property
    def roles(self) -> dict[bytes, set[str]]:
        """Who is to hold what, beside the timelock itself."""
        return {
            PROPOSER: set(self.proposers),
            CANCELLER: set(self.cancellers or self.proposers),
            EXECUTOR: {ZERO_ADDRESS},
        }


def _distinct(addresses: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(to_checksum_address(address)) for address in addresses))


def chain_time_unit(engine: Engine, signer: TransactionSigner, profile: ChainProfile) -> int:
    """How many of the chain's units of block time make a second: 1, or 1000 where blocks count milliseconds.

    Measured by a transaction, as the timelock will count, and not by a question: nodes answer questions in other ways,
    and RPCs show seconds where blocks count milliseconds.
    """
    outcome = transact(engine, signer, profile, None, _CLOCK)
    code = b"" if outcome.contract_address is None else engine.code(outcome.contract_address)
    if len(code) != 32:
        raise RegistryError(f"the chain's clock could not be read: it answers {len(code)} bytes of code")
    return MILLISECONDS if int.from_bytes(code, "big") >= MILLISECONDS_FROM else 1


def _timelock(engine: Engine, signer: TransactionSigner, profile: ChainProfile, order: _Order) -> str:
    """A timelock that is checked: its roles are the ordered ones and no others, its delay is, and nothing waits in it.

    OpenZeppelin's constructor makes every proposer a canceller. To change that the signer is its admin for a few
    transactions, and renounces; that it did nothing else meanwhile is seen in the events.
    """
    delay = order.delay_seconds * chain_time_unit(engine, signer, profile)
    helper = signer.address if order.cancellers else ZERO_ADDRESS
    created = _creation(engine, signer, profile, TIMELOCK, delay, list(order.proposers), [ZERO_ADDRESS], helper)
    timelock = _address(created, TIMELOCK)
    if order.cancellers:
        changes = [("grantRole", CANCELLER, who) for who in order.cancellers if who not in order.proposers]
        changes += [("revokeRole", CANCELLER, who) for who in order.proposers if who not in order.cancellers]
        for function, role, who in (*changes, ("renounceRole", ADMIN, signer.address)):
            transact(engine, signer, profile, timelock, contract_abi.call_data(TIMELOCK, function, role, who))
    found = minimum_delay(engine, timelock)
    if found != delay:
        raise ForeignContractError(f"{timelock} waits {found} of the chain's units of time, and not {delay}")
    held = timelock_roles(engine, timelock, first_block=created.block_number)
    if {role: who for role, who in held.items() if who} != order.roles | {ADMIN: {timelock}}:
        raise ForeignContractError(f"the roles of {timelock} are not the ones that were ordered")
    _check_nothing_else(engine, timelock, created.block_number)
    (still,) = ask(engine, timelock, TIMELOCK, "hasRole", "bool", ADMIN, signer.address)
    if still:
        raise ForeignContractError(f"{signer.address} still administers {timelock}")
    return timelock


def _check_nothing_else(engine: Engine, timelock: str, first_block: int) -> None:
    """Raises ForeignContractError where the timelock did anything but give and take roles, and take its delay."""
    newest = engine.block(BlockTag.LATEST)
    events = engine.events(timelock, (), first_block, first_block if newest is None else newest.number)
    kinds = [event.topics[0] for event in events if event.topics]
    if kinds.count(_DELAY_CHANGED) != 1 or not set(kinds) <= {_GRANTED, _REVOKED, _DELAY_CHANGED}:
        raise ForeignContractError(f"something was scheduled in {timelock} before it was handed over")


def _creation(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, name: str, *arguments: object
) -> Outcome:
    return transact(engine, signer, profile, None, contract_abi.creation_data(name, *arguments))


def _address(outcome: Outcome, name: str) -> str:
    if outcome.contract_address is None:
        raise RegistryError(f"the chain reports no address for the new {name}")
    return outcome.contract_address


def _create(engine: Engine, signer: TransactionSigner, profile: ChainProfile, name: str, *arguments: object) -> str:
    return _address(_creation(engine, signer, profile, name, *arguments), name)


def check_administration(
    engine: Engine, registries: Registries, *, proposers: Sequence[str], cancellers: Sequence[str] = ()
) -> Registry:
    """Raises ForeignContractError unless these are our three contracts and the timelock alone administers the others.

    The registries' side is read from their complete histories. The timelock's own roles have no running number, so
    those who are named here are asked for: each proposer may propose; the cancellers may cancel, and no proposer who is
    none of them, or where none are named each proposer; and the timelock administers itself.
    """
    timelock = registries.timelock
    registry = read_registry(engine, registries.organisations)
    check_administered(engine, registry, timelock)
    claims = read_claims(engine, registries.claims, registries.organisations)
    _check_holder(registries.claims, holders(claims.administration, ADMIN), timelock)
    proposing, cancelling = _distinct(proposers), _distinct(cancellers or proposers)
    wanted = {(ADMIN, timelock): True}
    wanted |= {(PROPOSER, who): True for who in proposing}
    wanted |= {(CANCELLER, who): who in cancelling for who in (*proposing, *cancelling)}
    for (role, account), expected in wanted.items():
        (held,) = ask(engine, timelock, TIMELOCK, "hasRole", "bool", role, account)
        if held is not expected:
            verb = "does not hold" if expected else "holds"
            raise ForeignContractError(f"{account} {verb} the role 0x{role.hex()} of {timelock}")
    return registry


def check_administered(engine: Engine, registry: Registry, timelock: str) -> None:
    """Raises ForeignContractError unless a timelock stands there, and it alone administers the registry of parties."""
    check_code(engine, timelock, TIMELOCK)
    for role in (ADMIN, REGISTRAR):
        _check_holder(registry.contract, registry.holders(role), timelock)


def _check_holder(contract: str, found: set[str], timelock: str) -> None:
    if found != {timelock}:
        raise ForeignContractError(f"{contract} is administered by {', '.join(sorted(found)) or 'nobody'}")


def timelock_roles(engine: Engine, timelock: str, *, first_block: int = 0) -> dict[bytes, set[str]]:
    """Who holds which role of the timelock: ADMIN, PROPOSER, CANCELLER, EXECUTOR; the zero address stands for anybody.

    From its events since `first_block`, each holder confirmed by asking. OpenZeppelin's events carry no number: a node
    can hide one: this shows who may propose, and does not prove that nobody else may. Ask several nodes.
    """
    newest = engine.block(BlockTag.LATEST)
    held: dict[bytes, set[str]] = {}
    for event in engine.events(timelock, (), first_block, 0 if newest is None else newest.number):
        if len(event.topics) == 4 and event.topics[0] in (_GRANTED, _REVOKED):
            account = str(to_checksum_address(event.topics[2][12:]))
            members = held.setdefault(event.topics[1], set())
            (members.add if event.topics[0] == _GRANTED else members.discard)(account)
    for role, accounts in held.items():
        for account in accounts:
            (confirmed,) = ask(engine, timelock, TIMELOCK, "hasRole", "bool", role, account)
            if not confirmed:
                raise RegistryHistoryError(f"the node shows {account} with a role of {timelock} that it does not have")
    return held


def minimum_delay(engine: Engine, timelock: str) -> int:
    """How long an operation waits at least, in the chain's own unit of time."""
    (delay,) = ask(engine, timelock, TIMELOCK, "getMinDelay", "uint256")
    return cast("int", delay)


def propose(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, timelock: str, operation: Operation
) -> Outcome:
    """Proposes an operation with the shortest delay; the signer is a proposer."""
    delay = minimum_delay(engine, timelock)
    function = "schedule" if operation.single else "scheduleBatch"
    data = contract_abi.call_data(TIMELOCK, function, *operation.arguments(), delay)
    return transact(engine, signer, profile, timelock, data)


def execute(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, timelock: str, operation: Operation
) -> Outcome:
    """Executes an operation that has waited long enough; anybody may."""
    function = "execute" if operation.single else "executeBatch"
    return transact(
        engine, signer, profile, timelock, contract_abi.call_data(TIMELOCK, function, *operation.arguments())
    )


def cancel(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, timelock: str, operation_id: bytes
) -> Outcome:
    """Stops an operation that was not executed yet; the signer is a canceller."""
    data = contract_abi.call_data(TIMELOCK, "cancel", operation_id)
    return transact(engine, signer, profile, timelock, data)


def state(engine: Engine, timelock: str, operation_id: bytes) -> OperationState:
    """How far an operation is on the newest block."""
    (found,) = ask(engine, timelock, TIMELOCK, "getOperationState", "uint8", operation_id)
    try:
        return OperationState(cast("int", found))
    except ValueError:
        raise RegistryHistoryError(f"no state of an operation has the number {found}") from None


def ready_at(engine: Engine, timelock: str, operation_id: bytes) -> int | None:
    """Since when an operation can be executed, in seconds since 1970; None when it is unknown, cancelled or done.

    The timelock keeps it in the chain's own unit; the number tells which.
    """
    (found,) = ask(engine, timelock, TIMELOCK, "getTimestamp", "uint256", operation_id)
    time = cast("int", found)
    return None if time <= _DONE_TIMESTAMP else unix_seconds(time)
