"""A gateway that can ask a node itself believes the contract and not the aggregator."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import AnchorTarget, read_anchors
from tally_chain.bundle import AnchorClaim
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.errors import ForeignChainError
from tally_gateway import anchor_link
from tally_gateway.aggregate.opening import NodeCheck
from tests.gateway.aggregate.stage import make_aggregator
from tests.gateway.intake.support import eventually


@pytest.mark.slow
async def test_a_claim_stands_only_as_the_contract_holds_it(tmp_path: Path) -> None:
    aggregator = make_aggregator(tmp_path / "heads")
    async with aggregator.running() as (service, _):
        feed = service.kept.feed
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == 1)
    target = anchor_link.target_of(aggregator.config, aggregator.log_id)
    engine = EmbeddedEngine.open_reader(aggregator.folder / "chain")
    (anchor,) = read_anchors(engine, target.contract, target.log_id)
    claim = AnchorClaim(
        size=anchor.size,
        root=anchor.root,
        chain_id=target.chain_id,
        genesis=target.genesis_hash,
        contract=bytes.fromhex(target.contract[2:]),
        transaction=anchor.tx_hash,
        block_number=anchor.block_number,
        block_hash=anchor.block_hash,
        block_time=anchor.block_time_seconds,
    )
    check = NodeCheck(engine, target, EMBEDDED)
    try:
        assert check.stands(claim, 1) is True
        assert check.stands(claim, 2) is None  # the node may lag
        assert check.stands(claim, 0) is False
        for change in ({"root": bytes(32)}, {"size": 2}, {"block_time": 1}, {"transaction": bytes(32)}):
            assert check.stands(dataclasses.replace(claim, **change), 1) is False, change  # type: ignore[arg-type]
        never = dataclasses.replace(EMBEDDED, finality=10)
        assert NodeCheck(engine, target, never).stands(claim, 1) is None
        unknown = AnchorTarget(target.chain_id, target.genesis_hash, target.contract, bytes(32))
        assert NodeCheck(engine, unknown, EMBEDDED).stands(claim, 1) is False
        with pytest.raises(ForeignChainError):
            NodeCheck(engine, dataclasses.replace(target, genesis_hash=bytes(32)), EMBEDDED).stands(claim, 1)
    finally:
        check.close()
