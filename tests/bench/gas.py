"""Gas of the contract, by step. Gas depends on the bytes and the steps and not on the machine: it needs no floor."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from eth_account import Account

from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import Engine

# The steps of the prototype that the contract is compared with: small to large, across and along powers of two.
STEPS: tuple[tuple[int, int], ...] = (
    (7, 1_000),
    (1_000, 65_535),
    (65_535, 65_536),
    (65_537, 524_287),
    (524_287, 1_048_575),
    (1_048_575, 1_048_577),
    (1_050_000, 1_060_920),
)


def gas_per_anchor(engine: Engine | None = None, steps: Sequence[tuple[int, int]] = STEPS) -> dict[str, int]:
    """Gas used by deploying, registering, and by each step's anchor transaction, as the embedded chain counts it.

    Without an engine a chain is made for the purpose. The engine must fund the key named `stranger` in the tests.
    """
    if engine is not None:
        return _measure(engine, steps)
    with tempfile.TemporaryDirectory() as directory:
        made = EmbeddedEngine.create(Path(directory), [_key().address])
        try:
            return _measure(made, steps)
        finally:
            made.close()


def _key() -> LocalSigner:
    return LocalSigner(Account.from_key(hashlib.sha256(b"tallystick test key stranger").digest()))


def _measure(engine: Engine, steps: Sequence[tuple[int, int]]) -> dict[str, int]:
    key = _key()
    deployed = setup.transact(engine, key, EMBEDDED, None, abi.artefact().creation_code)
    contract = deployed.contract_address
    assert contract is not None

    def send(data: bytes) -> int:
        return setup.transact(engine, key, EMBEDDED, contract, data).gas_used

    gas = {"deploy": deployed.gas_used}
    for number, (old, new) in enumerate(steps):
        log_id = hashlib.sha256(f"gas {number}".encode()).digest()
        old_root, new_root, proof = synthetic_proof(old, new)
        gas["register"] = send(abi.call_data("register", log_id, key.address))
        gas["first"] = send(abi.anchor_call(log_id, old, old_root, []))
        gas[f"{old}->{new} ({len(proof)} hashes)"] = send(abi.anchor_call(log_id, new, new_root, proof))
        gas["replay"] = send(abi.anchor_call(log_id, new, new_root, proof))
    return gas


def synthetic_proof(old: int, new: int, seed: int = 0) -> tuple[bytes, bytes, list[bytes]]:
    """Roots and a valid consistency proof for trees too large to build: the hashes are made up, the roots follow.

    Another seed gives other hashes. Only where `old` is no power of two, for there the old root itself would be part of
    the path.
    """
    made = [hashlib.sha256(f"{old} {new} {index} {seed}".encode()).digest() for index in range(_length(old, 0, new))]
    old_root, new_root = _reach(old, new, made)
    return old_root, new_root, made


def _split(width: int) -> int:
    return 1 << ((width - 1).bit_length() - 1)


def _length(old: int, start: int, stop: int) -> int:
    if old == stop - start:
        return int(start > 0)
    k = _split(stop - start)
    return 1 + (_length(old, start, start + k) if old <= k else _length(old - k, start + k, stop))


def _reach(old: int, width: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    if old == width:
        return path[0], path[0]
    k, sibling = _split(width), path[-1]
    if old <= k:
        before, after = _reach(old, k, path[:-1])
        return before, _node(after, sibling)
    before, after = _reach(old - k, width - k, path[:-1])
    return _node(sibling, before), _node(sibling, after)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
