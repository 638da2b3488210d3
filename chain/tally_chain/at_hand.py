"""A chain at hand: the anchored heads of the policy's logs, read from a node that the reader chooses. IO: the engine.

The policy pins the chain, the contract and its code, so a node can withhold heads but not put others in their place.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from tally_chain.errors import ForeignContractError, PolicyError, UnknownLogError
from tally_chain.policy import PinnedChain, PinnedRoot, Policy, RootSource, TrustedLog

if TYPE_CHECKING:
    from tally_chain.engine.interface import Engine


def open_engine(endpoint: str | None, embedded: Path | None) -> Engine:
    """A node by its URL, or the embedded chain in a directory.

    Raises EngineError, and ModuleNotFoundError where the extra `chain` is not installed.
    """
    if embedded is not None:
        from tally_chain.engine.embedded import EmbeddedEngine  # noqa: PLC0415  takes a second to import

        return EmbeddedEngine.open_reader(embedded)
    from tally_chain.engine.jsonrpc import JsonRpcEngine  # noqa: PLC0415  brings an HTTP client

    return JsonRpcEngine(endpoint or "")


def with_anchored_roots(policy: Policy, engine: Engine) -> Policy:
    """The policy with every head of its logs that the chain holds, beside those it names.

    Raises PolicyError without a [chain] table; ForeignChainError, ForeignContractError, EngineError.
    """
    if policy.chain is None:
        raise PolicyError("the policy has no [chain] table: it must pin the chain that is asked")
    contract = _check(policy.chain, engine)
    logs = tuple(_with_roots(log, policy.chain, contract, engine) for log in policy.logs)
    return dataclasses.replace(policy, logs=logs)


def _check(chain: PinnedChain, engine: Engine) -> str:
    """Refuse another chain, or another contract; the contract's address."""
    from eth_utils.address import to_checksum_address  # noqa: PLC0415  only with a chain at hand
    from eth_utils.crypto import keccak  # noqa: PLC0415

    from tally_chain.anchoring.reading import AnchorTarget, check_chain, check_code  # noqa: PLC0415

    contract = str(to_checksum_address(chain.contract))
    check_chain(engine.identity(), AnchorTarget(chain.chain_id, chain.genesis, contract, bytes(32)))
    if chain.code_hash is None:
        check_code(engine, contract)
    elif keccak(engine.code(contract)) != chain.code_hash:
        raise ForeignContractError(f"the code at {contract} is not the one whose hash the policy pins")
    return contract


def _with_roots(log: TrustedLog, chain: PinnedChain, contract: str, engine: Engine) -> TrustedLog:
    from tally_chain.anchoring.reading import read_anchors  # noqa: PLC0415
    from tally_chain.engine.interface import BlockTag  # noqa: PLC0415

    try:
        anchors = read_anchors(engine, contract, log.log_id)
    except UnknownLogError:
        return log  # then nothing of this chain vouches for it, and the verdict says so
    final = engine.block(BlockTag.FINALIZED) if chain.kind is RootSource.PUBLIC else None
    roots = [
        PinnedRoot(anchor.size, anchor.root, chain.kind, anchor.block_time_seconds)
        for anchor in anchors
        if final is None or anchor.block_number <= final.number
    ]
    return dataclasses.replace(log, roots=(*log.roots, *roots))
