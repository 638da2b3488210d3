"""A gateway that can ask a node itself believes the contract and not the aggregator."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tally_chain.anchoring.events import AnchorEventKind
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import AnchorTarget, read_anchors
from tally_chain.bundle import AnchorClaim
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.errors import ForeignChainError
from tally_gateway import anchor_link
from tally_gateway.aggregate.opening import NodeCheck
from tests.gateway.aggregate.stage import make_aggregator
from tests.gateway.aggregate.test_lies import Scene, scene
from tests.gateway.intake.support import eventually

__all__ = ["scene"]


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


class OnceRight:
    """A node that answers for the first claim, and is one of another chain when it is asked for the second."""

    def __init__(self) -> None:
        self.asked = 0

    def stands(self, claim: AnchorClaim, sequence: int) -> bool:
        self.asked += 1
        if self.asked == 2:
            raise ForeignChainError(f"the endpoint is another chain than that of anchor {sequence}, {claim.chain_id}")
        return True

    def close(self) -> None:
        return None


@pytest.mark.slow
async def test_a_head_that_became_final_before_the_node_was_another_one_is_told_by_the_next_step(
    scene: Scene,
) -> None:
    anchoring = scene.anchoring(check=OnceRight())
    scene.submit(anchoring, 5)
    scene.submit(anchoring, 9, 5)
    assert [event.kind for event in await scene.step(anchoring)] == [AnchorEventKind.SENT] * 2
    feed = scene.service.kept.feed
    assert feed is not None
    await scene.service.kept.seal()
    await feed.anchor_now()
    await eventually(lambda: feed.counters.anchored_size == 3)
    with pytest.raises(ForeignChainError):
        await scene.step(anchoring)
    scene.way.now += 1
    sizes = [event.size for event in await scene.step(anchoring) if event.kind is AnchorEventKind.FINAL]
    assert sizes == [5, 9]
