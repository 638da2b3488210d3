"""What happens once, by the operator's hand: deploying the contract, registering, rotating and succeeding a log.

These are not journalled: each asks the chain first whether it is done already, so that it can simply be run again.
The signer of all but `deploy` is the log's owner, a cold key. Each returns when what it did is final by the profile.
"""

from __future__ import annotations

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.reading import AnchorTarget, check_chain_id, check_code, read_head
from tally_chain.anchoring.transacting import transact
from tally_chain.engine.interface import Engine
from tally_chain.errors import AnchorRefusedError, EngineError, EngineUnavailableError, UnknownLogError

__all__ = ["accept_ownership", "deploy", "offer_ownership", "register", "rotate", "succeed", "target_of", "transact"]


def deploy(engine: Engine, signer: TransactionSigner, profile: ChainProfile) -> str:
    """Puts the contract on the chain and returns its address as the chain gave it (some chains number differently)."""
    outcome = transact(engine, signer, profile, None, abi.artefact().creation_code)
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
    """Retires a log and opens the one that continues it; returns what readers of the new one pin.

    Run again with another transaction key it gives the new log that key, as long as no head was anchored under the
    first one. Raises AnchorRefusedError where another log, owner or key in use stands there already.
    """
    head = read_head(engine, contract, old_log_id)
    if head.successor is None:
        transact(engine, owner, profile, contract, abi.call_data("succeed", old_log_id, new_log_id, tx_key))
    elif head.successor != new_log_id:
        raise AnchorRefusedError(f"the log is retired already; 0x{head.successor.hex()} continues it")
    opened = read_head(engine, contract, new_log_id)
    if opened.owner != owner.address:
        raise AnchorRefusedError(f"the log that continues it is owned by {opened.owner}, not by {owner.address}")
    if opened.tx_key != tx_key and opened.sequence:
        raise AnchorRefusedError(
            f"the log that continues it is anchored with transaction key {opened.tx_key}, not with {tx_key}: "
            "rotate it where that key is lost"
        )
    if opened.tx_key != tx_key:
        rotate(engine, owner, profile, contract=contract, log_id=new_log_id, tx_key=tx_key)
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
