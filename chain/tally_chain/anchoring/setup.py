"""What happens once, by the operator's hand: deploying the contract, registering, rotating and succeeding a log.

These are not journalled: each asks the chain first whether it is done already, so that it can simply be run again.
The signer of all but `deploy` is the log's owner, a cold key.
"""

from __future__ import annotations

import time

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.fees import offer
from tally_chain.anchoring.keys import SignedTransaction, Transaction, TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.reading import AnchorTarget, check_chain_id, check_code, read_head
from tally_chain.engine.interface import Engine, Outcome
from tally_chain.errors import (
    AnchorRefusedError,
    CallRevertedError,
    EndpointsDisagreeError,
    EngineAnswerError,
    EngineError,
    EngineUnavailableError,
    Refusal,
    SendRefusedError,
    UnknownLogError,
)

DEFAULT_WAIT_SECONDS = 120.0
POLL_SECONDS = 0.2


def deploy(
    engine: Engine, signer: TransactionSigner, profile: ChainProfile, *, wait_seconds: float = DEFAULT_WAIT_SECONDS
) -> str:
    """Puts the contract on the chain and returns its address as the chain gave it (some chains number differently)."""
    outcome = transact(engine, signer, profile, None, abi.artefact().creation_code, wait_seconds=wait_seconds)
    if outcome.contract_address is None:
        raise AnchorRefusedError("the chain reports no address for the new contract")
    try:
        check_code(engine, outcome.contract_address)
    except EngineError as error:
        text = f"LogAnchor is at {outcome.contract_address}, and its code could not be checked: {error}"
        raise EngineUnavailableError(text) from error
    return outcome.contract_address


def register(
    engine: Engine, owner: TransactionSigner, profile: ChainProfile, *, contract: str, log_id: bytes, tx_key: str
) -> AnchorTarget:
    """Registers a log under the owner's address and returns what readers pin.

    Registering the same log with the same owner and key again changes nothing. Raises AnchorRefusedError when somebody
    else registered the id first: take another id, and another contract where that keeps happening.
    """
    check_code(engine, contract)
    try:
        head = read_head(engine, contract, log_id)
    except UnknownLogError:
        transact(engine, owner, profile, contract, abi.call_data("register", log_id, tx_key))
        head = read_head(engine, contract, log_id)
    if (head.owner, head.tx_key) != (owner.address, tx_key):
        raise AnchorRefusedError(f"the log id is registered with owner {head.owner} and transaction key {head.tx_key}")
    return target_of(engine, contract, log_id)


def rotate(
    engine: Engine, owner: TransactionSigner, profile: ChainProfile, *, contract: str, log_id: bytes, tx_key: str
) -> None:
    """Gives the right to anchor to another key."""
    if read_head(engine, contract, log_id).tx_key != tx_key:
        transact(engine, owner, profile, contract, abi.call_data("rotate", log_id, tx_key))


def succeed(
    engine: Engine,
    owner: TransactionSigner,
    profile: ChainProfile,
    *,
    contract: str,
    old_log_id: bytes,
    new_log_id: bytes,
    tx_key: str,
) -> AnchorTarget:
    """Retires a log and opens the one that continues it; returns what readers of the new one pin."""
    head = read_head(engine, contract, old_log_id)
    if head.successor is None:
        transact(engine, owner, profile, contract, abi.call_data("succeed", old_log_id, new_log_id, tx_key))
    elif head.successor != new_log_id:
        raise AnchorRefusedError(f"the log is retired already; 0x{head.successor.hex()} continues it")
    return target_of(engine, contract, new_log_id)


def offer_ownership(
    engine: Engine, owner: TransactionSigner, profile: ChainProfile, *, contract: str, log_id: bytes, new_owner: str
) -> None:
    """Offers the log to another owner, who must accept."""
    transact(engine, owner, profile, contract, abi.call_data("offerOwnership", log_id, new_owner))


def accept_ownership(
    engine: Engine, new_owner: TransactionSigner, profile: ChainProfile, *, contract: str, log_id: bytes
) -> None:
    """Takes over a log that was offered; readers must then pin the new owner."""
    transact(engine, new_owner, profile, contract, abi.call_data("acceptOwnership", log_id))


def target_of(engine: Engine, contract: str, log_id: bytes) -> AnchorTarget:
    """The pins of a log as this engine shows them now; for whoever sets it up, never for a reader.

    Raises ForeignChainError for chain id 0: readers refuse to pin it.
    """
    identity = engine.identity()
    check_chain_id(identity)
    return AnchorTarget(identity.chain_id, identity.genesis_hash, contract, log_id)


def transact(
    engine: Engine,
    signer: TransactionSigner,
    profile: ChainProfile,
    to: str | None,
    data: bytes,
    *,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
) -> Outcome:
    """Simulates, signs, sends, and waits until a block holds the transaction, whatever answers are lost meanwhile.

    Raises AnchorRefusedError with the contract's reason when it fails, EngineUnavailableError when no block holds it in
    time (it may still be mined afterwards), and ForeignChainError for a chain whose id is 0.
    """
    identity = engine.identity()
    check_chain_id(identity)
    try:
        estimate = engine.estimate_gas(signer.address, to, data)
    except CallRevertedError as error:
        raise AnchorRefusedError(abi.explain_revert(error.data) if error.data else str(error)) from error
    fee = offer(engine.fees(), profile, 0)
    if fee is None:
        raise AnchorRefusedError(f"the chain asks more than the cap of {profile.fee_cap_wei} wei for a unit of gas")
    gas = estimate * (100 + profile.gas_margin_percent) // 100
    signed = signer.sign(Transaction(identity.chain_id, engine.nonce(signer.address), to, data, gas, fee))
    deadline = time.monotonic() + wait_seconds
    taken = False
    while True:
        taken = taken or _taken(engine, signed)
        outcome = _outcome(engine, signed.tx_hash)
        if outcome is not None:
            break
        if time.monotonic() >= deadline:
            raise EngineUnavailableError(
                f"no block holds transaction 0x{signed.tx_hash.hex()} after {wait_seconds:g} s"
            )
        time.sleep(POLL_SECONDS)
    if not outcome.succeeded:
        raise AnchorRefusedError(f"transaction 0x{signed.tx_hash.hex()} failed in block {outcome.block_number}")
    return outcome


def _taken(engine: Engine, signed: SignedTransaction) -> bool:
    """Sends; whether the node has the transaction now. A lost answer is no reason to sign another one."""
    try:
        engine.send_raw_transaction(signed.raw)
    except SendRefusedError as error:
        if error.reason not in (Refusal.ALREADY_KNOWN, Refusal.NONCE_TOO_LOW):
            raise
    except (EngineUnavailableError, EngineAnswerError):
        return False
    return True


def _outcome(engine: Engine, tx_hash: bytes) -> Outcome | None:
    try:
        return engine.outcome(tx_hash)
    except (EngineUnavailableError, EngineAnswerError, EndpointsDisagreeError):
        return None
