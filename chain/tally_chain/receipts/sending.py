"""Bringing an operation to its contract. Who brings it does not matter: it counts by its signatures."""

from __future__ import annotations

from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.setup import transact
from tally_chain.engine.interface import Engine, Outcome
from tally_chain.errors import ForeignChainError
from tally_chain.receipts.history import check_contract
from tally_chain.receipts.operation_file import OperationFile


def send(
    engine: Engine, key: TransactionSigner, profile: ChainProfile, file: OperationFile, organisations: str
) -> Outcome:
    """Carries an operation out, paid by `key`; returns when its block is final by the profile.

    Raises OperationError where a signature is missing, ForeignChainError for another chain than the file's,
    ForeignContractError where its contract is not ours or stands on other parties, and as `transact` does:
    AnchorRefusedError with the contract's reason. An answer that was lost is looked up under its transaction, never
    sent twice; an operation that is sent again is refused, since its object's head is another by then.
    """
    data = file.operation.call_data(file.signatures)
    found = engine.identity().chain_id
    if found != file.chain_id:
        raise ForeignChainError(f"the operation is for chain {file.chain_id}, and this is chain {found}")
    check_contract(engine, file.contract, file.operation.about.contract, organisations)
    return transact(engine, key, profile, file.contract, data)
