"""A thousand logs in one period cost one transaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_chain.head_rules import check_standing
from tally_chain.note import VerifierKey
from tally_chain.tree import leaf_hash, node_hash
from tally_edge import signer
from tally_edge.proof import log_id_of
from tally_edge.signer import FileSigner
from tests.gateway.aggregate.stage import HEADS_ORIGIN, make_aggregator, signed
from tests.gateway.intake.support import eventually

LOGS = 1_000
MAX_GAS = 120_000
"""For all of them together: what one costs by itself is about half of that (docs/formats/anchor.md)."""


def _register(path: Path) -> list[tuple[str, FileSigner]]:
    """Write the registrations at once, as the command writes them one by one; every log's origin and key."""
    lines, made = ["version = 1"], []
    for number in range(LOGS):
        origin, key = f"tallystick.example/log/{number}", signer.generate()
        lines += [f"[logs.log-{number}]", f'origin = "{origin}"', f'proof_key = "{key.public_key.encode().hex()}"']
        lines.append(f'checkpoint_key = "{VerifierKey(origin, bytes(32)).encode()}"')
        made.append((origin, key))
    path.write_text("\n".join(lines))
    return made


@pytest.mark.slow
async def test_a_thousand_heads_cost_one_transaction(tmp_path: Path) -> None:
    """Two periods of a thousand synthetic logs that grow by an entry; each period is one anchor of the log of heads."""
    aggregator = make_aggregator(tmp_path / "heads", seal_ms=60_000)
    logs = _register(aggregator.folder / "logs.toml")
    async with aggregator.running() as (service, _):
        feed, engine, kept = service.kept.feed, service.kept.engine, service.kept
        assert feed is not None
        assert engine is not None
        await eventually(lambda: feed.counters.anchored_size == 1)
        for period in (1, 2):
            for number, (origin, key) in enumerate(logs):
                first, second = leaf_hash(b"0 %d" % number), leaf_hash(b"1 %d" % number)
                root, path = (first, []) if period == 1 else (node_hash(first, second), [second])
                await service.desk.take(f"log-{number}", signed(origin, period, root, key).encode(), path)
            await kept.seal()
            await feed.anchor_now()
            await eventually(lambda p=period: feed.counters.anchored_size == 1 + LOGS * p)  # type: ignore[misc]
            assert len(feed.counters.anchors) == 1 + period
            outcome = engine.outcome(feed.counters.anchors[-1].tx_hash)
            assert outcome is not None
            print(f"period {period}: {LOGS} heads in one transaction of {outcome.gas_used} gas")
            assert outcome.gas_used < MAX_GAS
        assert service.desk.counters.taken == 2 * LOGS
        shown = await service.desk.show(log_id_of(logs[777][0]), 1)
        assert shown.anchor == feed.counters.anchors[1]
        root = check_standing(shown.encoded, shown.proof, HEADS_ORIGIN, kept.signers.proof.public_key)
        assert root == feed.counters.anchors[1].root
