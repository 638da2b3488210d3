"""Setting the registries up, and changing them through their timelock.

The administration is OpenZeppelin's TimelockController as released: several proposers, each of whom can also cancel; a
delay; no admin but itself. What is proposed is public until the delay is over, so every other proposer sees it and can
stop it. Revoking a key is the one thing that does not wait.

The delay is counted by the chain's own clock. Where blocks count milliseconds (FISCO BCOS without
`feature_evm_timestamp`), a delay in seconds would be a thousand times too short: `deploy` asks the chain's profile. The
switch must not be thrown afterwards without a new timelock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from eth_utils.address import to_checksum_address

from tally_chain import contract_abi
from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.setup import transact
from tally_chain.engine.interface import BlockTag, Engine, Outcome
from tally_chain.engine.quantities import unix_seconds
from tally_chain.errors import ForeignContractError, RegistryError, RegistryHistoryError
from tally_chain.registry.call_words import CANCELLER, PROPOSER
from tally_chain.registry.claims import read_claims
from tally_chain.registry.history import ask, check_code
from tally_chain.registry.operations import TIMELOCK, Operation, OperationState, Registries
from tally_chain.registry.organisations import ADMIN, REGISTRAR, Registry, holders, read_registry

_GRANTED = contract_abi.topic("RoleGranted(bytes32,address,address)")
_REVOKED = contract_abi.topic("RoleRevoked(bytes32,address,address)")
ZERO_ADDRESS = "0x" + "00" * 20
MILLISECONDS = 1_000
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
) -> Registries:
    """Deploys timelock, organisations and claims, and returns their addresses; the signer has no power afterwards.

    Anybody may execute what has waited long enough. Raises RegistryError for fewer than two proposers, for doubles, and
    for no delay: then one key would decide alone, at once.
    """
    if len(set(proposers)) < 2 or len(set(proposers)) != len(proposers):
        raise RegistryError("an administration needs at least two different proposers")
    if delay_seconds <= 0:
        raise RegistryError("an administration without a delay cannot be stopped by the other proposers")
    delay = delay_seconds * (MILLISECONDS if profile.milliseconds else 1)
    timelock = _create(engine, signer, profile, TIMELOCK, delay, list(proposers), [ZERO_ADDRESS], ZERO_ADDRESS)
    organisations = _create(engine, signer, profile, "Organisations", timelock, list(revokers))
    claims = _create(engine, signer, profile, "Claims", timelock, organisations)
    made = Registries(timelock, organisations, claims)
    check_administration(engine, made, proposers=proposers)
    return made


def _create(engine: Engine, signer: TransactionSigner, profile: ChainProfile, name: str, *arguments: object) -> str:
    outcome = transact(engine, signer, profile, None, contract_abi.creation_data(name, *arguments))
    if outcome.contract_address is None:
        raise RegistryError(f"the chain reports no address for the new {name}")
    return outcome.contract_address


def check_administration(engine: Engine, registries: Registries, *, proposers: Sequence[str]) -> Registry:
    """Raises ForeignContractError unless these are our three contracts and the timelock alone administers the others.

    The registries' side is read from their complete histories. The timelock's own roles have no running number, so
    those who are named here are asked for: each may propose and cancel, and the timelock administers itself.
    """
    timelock = registries.timelock
    registry = read_registry(engine, registries.organisations)
    check_administered(engine, registry, timelock)
    claims = read_claims(engine, registries.claims, registries.organisations)
    _check_holder(registries.claims, holders(claims.administration, ADMIN), timelock)
    itself = (ADMIN, timelock)
    for role, account in (itself, *((role, who) for who in proposers for role in (PROPOSER, CANCELLER))):
        (held,) = ask(engine, timelock, TIMELOCK, "hasRole", "bool", role, account)
        if not held:
            raise ForeignContractError(f"{account} does not hold the role 0x{role.hex()} of {timelock}")
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
    """Stops an operation that was not executed yet; the signer is a proposer."""
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
