"""A bundle of a gateway that anchors through an aggregator: exported, and verified offline and with a chain at hand."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tally_chain import bundle, policy_text
from tally_chain.policy import Accept, PinnedChain, PinnedRoot, Policy, RootSource, TrustedKey, TrustedLog
from tally_edge import keys
from tally_edge.command import main
from tests.gateway.aggregate.stage import Aggregator, at_work, make_aggregator, make_member
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import ISSUER, START, World, device

STEEL = "tallystick.example/steel/1"
HOLDS_BUT_SIMULATED = 1
"""The devices here are simulated and their site has no plan: other findings than the log's speak against them."""


@dataclasses.dataclass
class Made:
    """A bundle, the world it is of, and a chain to ask."""

    file: Path
    aggregator: Aggregator
    steel: World

    def policy(self, *, aggregators: bool = True, roots: tuple[PinnedRoot, ...] = ()) -> Policy:
        made, of_heads = self.steel.fingerprints, self.aggregator.fingerprints
        proof_key = keys.decode_public_key(bytes.fromhex(made.proof_public_key))
        heads_key = keys.decode_public_key(bytes.fromhex(of_heads.proof_public_key))
        trusted = TrustedLog(of_heads.origin, heads_key, of_heads.checkpoint_key, roots)
        return Policy(
            authorities=(TrustedKey(self.steel.authority.key.public_key, "Office", ISSUER),),
            persons=(TrustedKey(self.steel.person.public_key, "Inspection"),),
            owners=(),
            logs=(TrustedLog(STEEL, proof_key, made.checkpoint_key),),
            accept=Accept(simulated=True, self_anchored=True),
            audited="Steel",
            chain=PinnedChain(
                of_heads.chain_id,
                bytes.fromhex(of_heads.genesis),
                bytes.fromhex(of_heads.contract.removeprefix("0x")),
                RootSource.CONSORTIUM,
            ),
            aggregators=(trusted,) if aggregators else (),
        )

    def found(self, trusted: Policy, capsys: pytest.CaptureFixture[str], *more: str) -> dict[int, dict[str, Any]]:
        """The findings of `tallystick verify`, by code."""
        path = self.file.with_suffix(".toml")
        path.write_text(policy_text.write(trusted), "utf-8")
        capsys.readouterr()
        main(["verify", str(self.file), "--policy", str(path), "--json", *more])
        findings = json.loads(capsys.readouterr().out)["findings"]
        return {finding["code"]: finding for finding in findings}


@pytest.fixture
async def made(tmp_path: Path) -> Made:
    """Readings at a gateway, anchored through an aggregator, exported with the command."""
    aggregator, stream = make_aggregator(tmp_path / "heads"), device()
    async with aggregator.running() as (_, port):
        steel = make_member(tmp_path / "steel", aggregator, port, "steel", STEEL)
        async with at_work(steel) as service:
            await take(service.parts.pipeline, steel.enrolment(stream), *(stream.readings() for _ in range(4)))
            feed, log = service.parts.feed, service.parts.log
            assert feed is not None
            await eventually(lambda: feed.counters.anchored_size == log.size)
            out = tmp_path / "b.tally"
            words = ["gateway", "export", "--dir", str(steel.folder), "--out", str(out)]
            times = ["--from", "2026-02-01T00:00:00Z", "--to", "2026-02-28T00:00:00Z"]
            assert await asyncio.to_thread(main, [*words, *times]) == 0
    assert START > 0
    return Made(out, aggregator, steel)


@pytest.mark.slow
async def test_it_verifies_offline_and_with_a_chain_at_hand(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """The head is vouched for by the log of heads: by a root in the policy, or as the chain shows it now."""
    carried = bundle.decode(made.file.read_bytes()).sections[0]
    assert carried.via is not None
    claim = carried.via.anchor
    assert claim is not None
    chain = str(made.aggregator.folder / "chain")
    online = made.found(made.policy(), capsys, "--embedded", chain)
    assert {211, 218} <= online.keys()
    assert not online.keys() & {205, 206, 207, 208, 212, 216, 219, 220}
    assert "through the log of heads" in online[211]["sentence"]
    held = PinnedRoot(claim.size, claim.root, RootSource.CONSORTIUM, claim.block_time, claim.chain_id)
    offline = made.found(made.policy(roots=(held,)), capsys)
    assert {211, 218} <= offline.keys()
    assert not offline.keys() & {206, 219, 220}
    without = made.found(made.policy(), capsys)
    assert {206, 220} <= without.keys()
    stranger = made.found(made.policy(aggregators=False), capsys, "--embedded", chain)
    assert {206, 220} <= stranger.keys()
    forked = made.found(made.policy(roots=(dataclasses.replace(held, root=bytes(32)),)), capsys)
    assert {206, 208} <= forked.keys()


@pytest.mark.slow
async def test_what_it_shows_is_told_and_audited(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`bundle show` names the log of heads; `policy show` the aggregator; the audit of the stopped folder is clean."""
    assert main(["bundle", "show", str(made.file), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["logs"][0]
    assert shown["via"]["origin"] == made.aggregator.fingerprints.origin
    path = tmp_path / "p.toml"
    path.write_text(policy_text.write(made.policy()), "utf-8")
    assert main(["policy", "show", str(path)]) == 0
    assert "log of heads" in capsys.readouterr().out
    copy = tmp_path / "copy"
    shutil.copytree(made.aggregator.folder / "log", copy / "log")
    key = made.aggregator.fingerprints.checkpoint_key
    words = ["heads", "audit", str(copy), "--checkpoint-key", key, "--logs", str(made.aggregator.folder / "logs.toml")]
    assert main([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["logs"][STEEL]["heads"] >= 1
    assert {finding["code"] for finding in said["findings"]} <= {"not-asked"}
