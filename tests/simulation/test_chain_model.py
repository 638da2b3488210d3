"""The model of the chain against the contract itself, on the embedded EVM: the same calls, the same answers."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally_chain import tree
from tally_chain.anchoring import contract as abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.contract import AnchoredHead
from tally_chain.anchoring.keys import FeeOffer, LocalSigner, Transaction
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import read_anchors, read_head
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import Engine
from tally_chain.errors import CallRevertedError
from tally_edge.proof import leaf_hash
from tests.simulation.chain import CHAIN_ID, CONTRACT, ModelChain
from tests.simulation.site import SiteOfRun
from tests.simulation.swarm import swarm_of

LOG_ID = bytes(31) + b"\x09"
LEAVES = [leaf_hash(b"%d" % number) for number in range(40)]
NODES = tree.LeafNodes(LEAVES)


class Both:
    """The model and the contract, each asked the same."""

    def __init__(self, folder: Path) -> None:
        site = SiteOfRun(1, swarm_of(1))
        self.key, self.owner = site.transaction_key, site.owner_key
        self.now = 1_800_000_000
        self.final: list[tuple[int, bytes]] = []
        self.model = ModelChain(
            now=lambda: self.now,
            chance=random.Random(1),
            log_id=LOG_ID,
            tx_key=self.key.address,
            owner=self.owner.address,
            final_after_blocks=0,
            anchored=lambda size, root: self.final.append((size, root)),
        )
        addresses = [self.key.address, self.owner.address]
        self.real = EmbeddedEngine.create(folder, addresses, chain_id=CHAIN_ID, clock=lambda: self.now)
        self.contract = setup.deploy(self.real, self.owner, EMBEDDED)
        setup.register(self.real, self.owner, EMBEDDED, contract=self.contract, log_id=LOG_ID, tx_key=self.key.address)
        self.nonces = {address: self.real.nonce(address) for address in addresses}

    def anchor(self, signer: LocalSigner, size: int, root: bytes, path: list[bytes]) -> list[str]:
        """What an estimate says, and where the head is after the transaction, of the model and of the contract."""
        self.now += 100
        data = abi.anchor_call(LOG_ID, size, root, path)
        return [
            self._send(self.model, CONTRACT, signer, data, 0),
            self._send(self.real, self.contract, signer, data, 1),
        ]

    def _send(self, engine: Engine, contract: str, signer: LocalSigner, data: bytes, number: int) -> str:
        try:
            engine.estimate_gas(signer.address, contract, data)
            said = "taken"
        except CallRevertedError as error:
            said = abi.explain_revert(error.data)
        if signer is not self.key:
            return said  # the model keeps the nonces of one account
        nonce = engine.nonce(signer.address)
        fee = FeeOffer(dynamic=True, max_fee_wei=10**10, priority_fee_wei=1)
        signed = signer.sign(Transaction(CHAIN_ID, nonce, contract, data, 3_000_000, fee))
        assert engine.send_raw_transaction(signed.raw) == signed.tx_hash
        outcome = engine.outcome(signed.tx_hash)
        assert outcome is not None
        events = [abi.decode_anchored(event) for event in outcome.events]
        shown = [(one.sequence, one.size, one.root, one.previous_size) for one in events]
        return f"{said} {outcome.succeeded} {shown} {_standing(read_head(engine, contract, LOG_ID))}"

    def close(self) -> None:
        self.real.close()


def _standing(head: AnchoredHead) -> tuple[object, ...]:
    """All but the times: the two chains number their blocks differently."""
    plain = dataclasses.replace(head, anchored_at=0, block_number=0)
    return dataclasses.astuple(plain)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    made = Both(tmp_path / "chain")
    yield made
    made.close()


def _root(size: int) -> bytes:
    return tree.root_of(LEAVES[:size])


def test_the_model_takes_and_refuses_what_the_contract_does(both: Both) -> None:
    chance = random.Random(7)
    taken = refused = held = 0
    for _ in range(60):
        base = held if chance.random() < 0.8 else chance.randint(1, 30)
        size = chance.randint(0, 40) if chance.random() < 0.3 else min(40, held + chance.randint(0, 3))
        path = tree.consistency_path(NODES, base, size) if 0 < base < size else []
        if path and chance.random() < 0.2:
            path = path[:-1] if chance.random() < 0.5 else [*path[:-1], bytes(32)]
        root = _root(size) if chance.random() < 0.9 else bytes(31) + b"\x05"
        signer = both.key if chance.random() < 0.9 else both.owner
        model, real = both.anchor(signer, size, root, path)
        assert model == real
        taken += real.startswith("taken")
        refused += not real.startswith("taken")
        held = read_head(both.model, CONTRACT, LOG_ID).size
    assert taken > 10
    assert refused > 10


def test_the_model_shows_the_same_history(both: Both) -> None:
    for size in (1, 2, 7, 16, 40):
        base = read_head(both.model, CONTRACT, LOG_ID).size
        path = tree.consistency_path(NODES, base, size) if base else []
        model, real = both.anchor(both.key, size, _root(size), path)
        assert model == real
    shown = [
        [(one.size, one.root, one.sequence, one.previous_size) for one in read_anchors(engine, contract, LOG_ID)]
        for engine, contract in ((both.model, CONTRACT), (both.real, both.contract))
    ]
    assert shown[0] == shown[1]
    assert [size for size, *_ in shown[0]] == [1, 2, 7, 16, 40]
    assert both.final == [(size, root) for size, root, *_ in shown[0]]
    assert both.model.code(CONTRACT) == both.real.code(both.contract)
