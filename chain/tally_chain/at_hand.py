"""A chain at hand: the anchored heads of the policy's logs, read from a node that the reader chooses. IO: the engine.

The policy pins the chain, the contract and its code, so a node can withhold heads but not put others in their place.
It also pins who owns a log there, where it says so: log ids are first come, first served, and a stranger may be first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tally_chain.errors import ForeignContractError, ForeignOwnerError, PolicyError, UnknownLogError
from tally_chain.policy import PinnedChain, PinnedRoot, Policy, RegisteredKey, RootSource, Standing, TrustedLog
from tally_edge.wire import MAX_TIME

if TYPE_CHECKING:
    from tally_chain.engine.interface import Engine
    from tally_chain.registry.organisations import BoundKey


def open_engine(endpoints: Sequence[str] | None, embedded: Path | None, agree: int | None = None) -> Engine:
    """Nodes by their URLs, or the embedded chain in a directory.

    Of several nodes, `agree` must give the same answer to every question, at one block; where it is None, more than
    half of them. Raises EngineError, and ModuleNotFoundError where the extra `chain` is not installed.
    """
    if embedded is not None:
        from tally_chain.engine.embedded import EmbeddedEngine  # noqa: PLC0415  takes a second to import

        return EmbeddedEngine.open_reader(embedded)
    from tally_chain.engine.pool import open_nodes  # noqa: PLC0415  brings an HTTP client

    urls = endpoints or ("",)
    return open_nodes(" ".join(urls), agree=agree or len(urls) // 2 + 1)


def with_anchored_roots(policy: Policy, engine: Engine) -> Policy:
    """The policy with every head of its logs and logs of heads that the chain holds, beside those it names.

    Raises PolicyError without a [chain] table; ForeignChainError, ForeignContractError, ForeignOwnerError, EngineError.
    """
    if policy.chain is None:
        raise PolicyError("the policy has no [chain] table: it must pin the chain that is asked")
    from tally_chain.engine.interface import Reconnecting  # noqa: PLC0415

    contract = _address(policy.chain.contract)
    _check(policy.chain, contract, engine)
    if isinstance(engine, Reconnecting):
        engine.on_connect(partial(_check, policy.chain, contract))
    logs = tuple(_with_roots(log, policy.chain, contract, engine) for log in policy.logs)
    aggregators = tuple(_with_roots(log, policy.chain, contract, engine) for log in policy.aggregators)
    return dataclasses.replace(policy, logs=logs, aggregators=aggregators)


def with_registered_keys(policy: Policy, engine: Engine, now: int) -> Policy:
    """The policy with every key of its registry, as the registry stands at `now`; as it is where it pins none.

    The whole history is read and proven complete. A binding counts when its block is final, a revocation at once.
    `engine` was checked to be the pinned chain (`with_anchored_roots`). Raises ForeignContractError where other code
    stands there, or something else than the pinned timelock may change it; RegistryHistoryError, EngineError.
    """
    if policy.registry is None or policy.chain is None:
        return policy
    from tally_chain.engine.interface import BlockTag  # noqa: PLC0415
    from tally_chain.registry.administration import check_administered  # noqa: PLC0415
    from tally_chain.registry.organisations import read_registry  # noqa: PLC0415

    registry = read_registry(engine, _address(policy.registry.organisations))
    check_administered(engine, registry, _address(policy.registry.timelock))
    final = _final_block(policy.chain, engine)
    bound = sorted(registry.keys.values(), key=lambda key: key.sequence)
    keys = tuple(_registered(key) for key in bound if key.bound_block <= final)
    newest = engine.block(BlockTag.LATEST)
    read_at = now if newest is None else max(now, newest.time_seconds)  # blocks may be ahead of the reader's clock
    return dataclasses.replace(policy, registry=dataclasses.replace(policy.registry, read_at=read_at, keys=keys))


def noted(policy: Policy, read: Policy) -> Policy:
    """A policy to keep: `policy` with the newest head of each log and the registered keys that `read` got at hand.

    Raises PolicyError where the chain does not show a head that `policy` holds of it.
    """
    return dataclasses.replace(
        policy,
        logs=tuple(map(_noted, policy.logs, read.logs)),
        aggregators=tuple(map(_noted, policy.aggregators, read.aggregators)),
        registry=read.registry,
    )


def _noted(held: TrustedLog, read: TrustedLog) -> TrustedLog:
    """The heads that the policy held, and the newest that the chain shows."""
    for root in read.roots:
        if root.standing is Standing.DISOWNED:
            raise PolicyError(f"the chain does not show the head of size {root.size} that it holds of {held.origin}")
    shown = [root for root in read.roots if root.standing is Standing.SHOWN]
    known = {(root.size, root.root, root.chain_id) for root in held.roots}
    newest = sorted(shown, key=lambda root: root.size)[-1:]
    new = [root for root in newest if (root.size, root.root, root.chain_id) not in known]
    return dataclasses.replace(
        held, roots=(*held.roots, *(dataclasses.replace(root, standing=Standing.HELD) for root in new))
    )


def _registered(key: BoundKey) -> RegisteredKey:
    until = key.valid_until if key.revocation is None else min(key.valid_until, key.revocation.since)
    good_from = max(key.valid_from, key.bound_at)
    return RegisteredKey(key.key_id, key.organisation, key.role, min(good_from, MAX_TIME), min(until, MAX_TIME))


def _address(contract: bytes) -> str:
    from eth_utils.address import to_checksum_address  # noqa: PLC0415  only with a chain at hand

    return str(to_checksum_address(contract))


def _check(chain: PinnedChain, contract: str, engine: Engine) -> None:
    """Refuse another chain, or another contract."""
    from eth_utils.crypto import keccak  # noqa: PLC0415  only with a chain at hand

    from tally_chain.anchoring.reading import AnchorTarget, check_chain, check_code  # noqa: PLC0415

    check_chain(engine.identity(), AnchorTarget(chain.chain_id, chain.genesis, contract, bytes(32)))
    if chain.code_hash is None:
        check_code(engine, contract)
    elif keccak(engine.code(contract)) != chain.code_hash:
        raise ForeignContractError(f"the code at {contract} is not the one whose hash the policy pins")


def _with_roots(log: TrustedLog, chain: PinnedChain, contract: str, engine: Engine) -> TrustedLog:
    from tally_chain.anchoring.reading import read_anchors, read_head  # noqa: PLC0415

    try:
        _check_owner(log, read_head(engine, contract, log.log_id).owner)
        anchors = read_anchors(engine, contract, log.log_id)
    except UnknownLogError:
        return log  # then nothing of this chain vouches for it, and the verdict says so
    final = _final_block(chain, engine)
    roots = [
        PinnedRoot(anchor.size, anchor.root, chain.kind, anchor.block_time_seconds, chain.chain_id, Standing.SHOWN)
        for anchor in anchors
        if anchor.block_number <= final
    ]
    history = {anchor.size: anchor.root for anchor in anchors}
    read = {(root.size, root.root) for root in roots}
    held = [_compared(root, chain, history) for root in log.roots]
    also = [root for root in held if root.standing is not Standing.SHOWN or (root.size, root.root) not in read]
    return dataclasses.replace(log, roots=(*also, *roots))


def _final_block(chain: PinnedChain, engine: Engine) -> int:
    """The newest block that counts for this reader, -1 where none does.

    On a public chain the node's finalised one; elsewhere the newest, less the confirmations that the policy asks for.
    """
    from tally_chain.engine.interface import BlockTag  # noqa: PLC0415

    if chain.kind is RootSource.PUBLIC:
        final = engine.block(BlockTag.FINALIZED)
        return -1 if final is None else final.number
    newest = engine.block(BlockTag.LATEST)
    return -1 if newest is None else newest.number - chain.confirmations


def _check_owner(log: TrustedLog, owner: str) -> None:
    if log.anchor_owner is not None and bytes.fromhex(owner.removeprefix("0x")) != log.anchor_owner:
        raise ForeignOwnerError(
            f"log {log.origin} is owned by {owner} on the contract, the policy pins 0x{log.anchor_owner.hex()}"
        )


def _compared(root: PinnedRoot, chain: PinnedChain, history: dict[int, bytes]) -> PinnedRoot:
    """A head of this very chain that the policy holds, as the chain's whole history stands to it.

    One past the history's end stays as it is: the node may lag behind.
    """
    if (root.source, root.chain_id) != (chain.kind, chain.chain_id) or root.size > max(history, default=0):
        return root
    shown = history.get(root.size) == root.root
    return dataclasses.replace(root, standing=Standing.SHOWN if shown else Standing.DISOWNED)
