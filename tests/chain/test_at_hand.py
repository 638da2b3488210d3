"""Heads read from a chain that the policy pins: the embedded engine, other chains, and nodes that are not there."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tally_chain import at_hand, bundle, policy_text, tree
from tally_chain.anchoring import setup
from tally_chain.anchoring.contract import artefact
from tally_chain.engine.interface import BlockTag
from tally_chain.errors import ForeignChainError, ForeignContractError, ForeignOwnerError, PolicyError
from tally_chain.findings import Code
from tally_chain.policy import Accept, PinnedChain, PinnedRoot, Policy, RootSource, Standing
from tally_chain.verify.verifier import verify
from tally_edge.command import main
from tally_edge.proof import log_id_of
from tests.chain.contracts.fixtures import anvil
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage, embedded_stage
from tests.chain.faults.mischief import Plan
from tests.chain.faults.proxy import serving
from tests.chain.faults.upstream import upstream
from tests.chain.verify.case import NOW, opened, plain
from tests.world import World

__all__ = ["anvil"]


@pytest.fixture
def world() -> World:
    """A plain day."""
    return plain()


@pytest.fixture
def stage(tmp_path: Path, world: World) -> Iterator[Stage]:
    """An embedded chain on which the world's log is registered and its head anchored."""
    with embedded_stage(tmp_path / "chain") as made:
        log_id = log_id_of(world.origin)
        setup.register(made.engine, OWNER, made.profile, contract=made.contract, log_id=log_id, tx_key=TX_KEY.address)
        made.send(TX_KEY, "anchor", log_id, len(world.entries), world.root, [])
        yield made


def pinned(world: World, stage: Stage, **changes: object) -> Policy:
    """A policy that holds no head itself and pins the chain."""
    identity = stage.engine.identity()
    chain = PinnedChain(
        identity.chain_id, identity.genesis_hash, bytes.fromhex(stage.contract[2:]), RootSource.SELF_ANCHORED
    )
    trusted = world.policy(accept=Accept(self_anchored=True))
    logs = (dataclasses.replace(trusted.logs[0], roots=()),)
    chain = dataclasses.replace(chain, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(trusted, logs=logs, chain=chain)


def test_heads_come_from_the_chain(
    world: World, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the chain the head is unanchored; with it, it is vouched for as the policy calls the chain."""
    (tmp_path / "policy.toml").write_text(policy_text.write(pinned(world, stage)), "utf-8")
    (tmp_path / "b.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    words = ["verify", str(tmp_path / "b.tally"), "--policy", str(tmp_path / "policy.toml"), "--at", str(NOW), "--json"]
    assert main(words) == 1
    assert 206 in {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert main([*words, "--embedded", str(tmp_path / "chain")]) == 0
    assert 207 in {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert main([*words, "--endpoint", "http://127.0.0.1:9"]) == 4
    assert main([*words, "--embedded", str(tmp_path / "none")]) == 3


def test_another_chain_or_contract_is_refused(world: World, stage: Stage) -> None:
    """What the policy pins is what is asked."""
    code_hash = artefact().code_hash
    trusted = at_hand.with_anchored_roots(pinned(world, stage, code_hash=code_hash), stage.engine)
    assert [(root.size, root.root) for root in trusted.logs[0].roots] == [(len(world.entries), world.root)]
    with pytest.raises(ForeignChainError):
        at_hand.with_anchored_roots(pinned(world, stage, genesis=bytes(32)), stage.engine)
    with pytest.raises(ForeignContractError):
        at_hand.with_anchored_roots(pinned(world, stage, contract=bytes(20)), stage.engine)
    with pytest.raises(ForeignContractError):
        at_hand.with_anchored_roots(pinned(world, stage, code_hash=bytes(32)), stage.engine)
    with pytest.raises(PolicyError):
        at_hand.with_anchored_roots(dataclasses.replace(pinned(world, stage), chain=None), stage.engine)


def owned(policy: Policy, owner: str) -> Policy:
    """The policy, pinning who owns its log on the contract."""
    (log,) = policy.logs
    return dataclasses.replace(policy, logs=(dataclasses.replace(log, anchor_owner=bytes.fromhex(owner[2:])),))


def test_a_log_of_another_owner_is_refused(
    world: World, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody may register any log id first; whose registration is meant, the policy says."""
    trusted = at_hand.with_anchored_roots(owned(pinned(world, stage), OWNER.address), stage.engine)
    assert len(trusted.logs[0].roots) == 1
    stranger = owned(pinned(world, stage), TX_KEY.address)
    with pytest.raises(ForeignOwnerError, match=OWNER.address):
        at_hand.with_anchored_roots(stranger, stage.engine)
    (tmp_path / "policy.toml").write_text(policy_text.write(stranger), "utf-8")
    (tmp_path / "b.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    words = ["verify", str(tmp_path / "b.tally"), "--policy", str(tmp_path / "policy.toml"), "--at", str(NOW)]
    assert main([*words, "--embedded", str(tmp_path / "chain")]) != 0
    said = capsys.readouterr()
    assert "owned by" in said.err
    assert not said.out


def held(policy: Policy, *roots: PinnedRoot) -> Policy:
    """The policy, holding heads of its log."""
    return dataclasses.replace(policy, logs=(dataclasses.replace(policy.logs[0], roots=roots),))


def codes(world: World, trusted: Policy) -> set[Code]:
    """What is found in the world's bundle."""
    verdict = verify(world.bundle(hours=3), trusted, now=NOW)
    return {finding.code for finding in verdict.findings}


def test_a_chain_that_was_made_anew_is_found(world: World, stage: Stage) -> None:
    """The policy holds a head of this very chain, which the chain does not show any more."""
    chain_id = stage.engine.identity().chain_id
    gone = PinnedRoot(4, bytes(32), RootSource.SELF_ANCHORED, None, chain_id)
    trusted = at_hand.with_anchored_roots(held(pinned(world, stage), gone), stage.engine)
    assert Code.HEADS_CONTRADICT in codes(world, trusted)
    other = dataclasses.replace(gone, chain_id=chain_id + 1)
    trusted = at_hand.with_anchored_roots(held(pinned(world, stage), other), stage.engine)
    assert {Code.HEADS_CONTRADICT, Code.ROOT_UNLINKED} & codes(world, trusted) == {Code.ROOT_UNLINKED}


def test_heads_that_the_chain_shows_together_vouch_for_each_other(tmp_path: Path) -> None:
    """Even on the operator's own chain: its history is one, and the contract kept it consistent."""
    world = opened()
    older = len(world.entries), world.root
    with embedded_stage(tmp_path / "chain") as stage:
        log_id = log_id_of(world.origin)
        setup.register(
            stage.engine, OWNER, stage.profile, contract=stage.contract, log_id=log_id, tx_key=TX_KEY.address
        )
        stage.send(TX_KEY, "anchor", log_id, *older, [])
        world.day(3)
        path = tree.consistency_path(world.nodes, older[0], len(world.entries))
        stage.send(TX_KEY, "anchor", log_id, len(world.entries), world.root, path)
        noted = PinnedRoot(*older, RootSource.SELF_ANCHORED, None, stage.engine.identity().chain_id)
        trusted = at_hand.with_anchored_roots(held(pinned(world, stage), noted), stage.engine)
    assert [root.standing for root in trusted.logs[0].roots] == [Standing.SHOWN] * 2
    assert not {Code.HEADS_CONTRADICT, Code.ROOT_UNLINKED} & codes(world, trusted)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (("First Bank", "Port Company"), "consortium of First Bank, Port Company, size"),
        ((), "consortium whose members the policy does not name, size"),
    ],
)
def test_the_verdict_names_who_runs_the_chain(
    world: World, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str], members: tuple[str, ...], said: str
) -> None:
    """Who a consortium is decides what its word weighs."""
    trusted = pinned(world, stage, kind=RootSource.CONSORTIUM, members=members)
    (tmp_path / "policy.toml").write_text(policy_text.write(trusted), "utf-8")
    (tmp_path / "b.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    words = ["verify", str(tmp_path / "b.tally"), "--policy", str(tmp_path / "policy.toml"), "--at", str(NOW), "--json"]
    assert main([*words, "--embedded", str(tmp_path / "chain")]) == 0
    assert said in capsys.readouterr().out


@pytest.mark.evm_node
def test_more_than_half_of_the_nodes_must_agree(
    world: World, anvil: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node that invents a whole history convinces a reader who asks it alone, and nobody who asks two more."""
    log_id = log_id_of(world.origin)
    setup.register(anvil.engine, OWNER, anvil.profile, contract=anvil.contract, log_id=log_id, tx_key=TX_KEY.address)
    forged, true = hashlib.sha256(b"forged").digest(), upstream(anvil.endpoint)
    anvil.send(TX_KEY, "anchor", log_id, len(world.entries), forged, [])

    def liar(question: dict[str, Any]) -> dict[str, Any]:
        return dict(json.loads(json.dumps(true(question)).replace(forged.hex(), world.root.hex())))

    (tmp_path / "policy.toml").write_text(policy_text.write(pinned(world, anvil, kind=RootSource.CONSORTIUM)), "utf-8")
    (tmp_path / "b.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    words = ["verify", str(tmp_path / "b.tally"), "--policy", str(tmp_path / "policy.toml"), "--at", str(NOW), "--json"]
    with serving(liar, Plan(Random(0), {}, frozenset(), {})) as proxy:
        lying, honest = ["--endpoint", proxy.endpoint], ["--endpoint", anvil.endpoint]
        assert main([*words, *lying]) == 0
        capsys.readouterr()
        assert main([*words, *lying, *honest, *honest]) == 1
        assert 208 in {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}
        assert main([*words, *lying, *honest]) == 1
        assert "2 must agree" in capsys.readouterr().err


class Unfinal:
    """A node whose chain has not finalised a block yet."""

    def __init__(self, engine: object) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    def block(self, which: BlockTag | int) -> object:
        return None if which is BlockTag.FINALIZED else self._engine.block(which)  # type: ignore[attr-defined]


def test_what_is_not_final_does_not_count(world: World, stage: Stage) -> None:
    """On a public chain the finalised block decides, and where there is none nothing counts."""
    trusted = pinned(world, stage, kind=RootSource.PUBLIC)
    assert len(at_hand.with_anchored_roots(trusted, stage.engine).logs[0].roots) == 1
    assert at_hand.with_anchored_roots(trusted, Unfinal(stage.engine)).logs[0].roots == ()  # type: ignore[arg-type]


def test_a_reader_may_ask_for_confirmations(world: World, stage: Stage) -> None:
    """The anchor stands in the newest block; blocks that follow make it count."""
    trusted = pinned(world, stage, kind=RootSource.CONSORTIUM, confirmations=2)
    assert policy_text.parse(policy_text.write(trusted)) == trusted
    for blocks in range(3):
        found = at_hand.with_anchored_roots(trusted, stage.engine).logs[0].roots
        assert len(found) == (blocks == 2)
        stage.send(OWNER, "offerOwnership", log_id_of(world.origin), TX_KEY.address)


def test_an_unregistered_log_gets_no_heads(world: World, stage: Stage) -> None:
    """Then nothing vouches for it, and the verdict says so."""
    trusted = pinned(world, stage)
    unknown = dataclasses.replace(trusted.logs[0], origin="tallystick.example/unknown")
    trusted = at_hand.with_anchored_roots(dataclasses.replace(trusted, logs=(unknown,)), stage.engine)
    assert trusted.logs[0].roots == ()


_BARE = """
import sys
class Only:
    heavy = ("eth", "httpx", "eth_abi", "eth_utils", "eth_account", "coincurve", "paho", "fastapi", "duckdb", "pyarrow")
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.heavy:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Only())
from tally_edge.command import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_bare_install_verifies_offline_and_names_the_extra(world: World, tmp_path: Path) -> None:
    """Only cbor2 and cryptography are there; a chain at hand needs the extra, and the message says which."""
    chain = PinnedChain(1, bytes(32), bytes(20), RootSource.PUBLIC)
    (tmp_path / "p.toml").write_text(policy_text.write(dataclasses.replace(world.policy(), chain=chain)), "utf-8")
    (tmp_path / "b.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    words = ["verify", str(tmp_path / "b.tally"), "--policy", str(tmp_path / "p.toml"), "--at", str(NOW)]

    def bare(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", _BARE, *words, *more]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    offline = bare()
    assert (offline.returncode, offline.stderr) == (0, "")
    online = bare("--endpoint", "http://127.0.0.1:9")
    assert online.returncode == 2
    assert "tallystick[chain]" in online.stderr
