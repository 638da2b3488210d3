"""`tallystick chain`: status, deploy, accounts, roles, verify-code."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tally_chain.anchoring import setup
from tally_chain.anchoring.contract import artefact
from tally_chain.anchoring.keys import create_keystore, open_keystore
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import BlockTag
from tally_chain.errors import ForeignChainError
from tally_chain.registry import administration
from tally_chain.registry.call_words import CANCELLER
from tally_edge.command import main
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, embedded_stage, fresh_log_id


def test_status_of_an_embedded_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        log_id = stage.anchored(7)
        where = ["chain", "status", "--embedded", str(tmp_path / "chain"), "--contract", stage.contract]
        assert main([*where, "--log", log_id.hex(), "--anchors", "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["log"]["size"], report["log"]["root"]) == (7, oracle.root(0, 7).hex())
        assert (report["log"]["owner"], report["log"]["transaction_key"]) == (OWNER.address, TX_KEY.address)
        assert report["contract"]["code_hash"] == artefact().code_hash.hex()
        assert [anchor["size"] for anchor in report["anchors"]] == [7]
        assert main([*where, "--log", "0x" + log_id.hex(), "--anchors"]) == 0
        assert "anchor 1" in capsys.readouterr().out
        assert main(where) == 0
        capsys.readouterr()
        assert main([*where, "--log", "00" * 32]) == 1
        assert "LogAnchorUnknownLog" in capsys.readouterr().err
        assert main([*where[:-1], OWNER.address]) == 1
        assert "no contract" in capsys.readouterr().err


def test_status_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", "status", "--embedded", str(tmp_path / "no"), "--contract", OWNER.address]) == 3
    assert main(["chain", "status", "--endpoint", "http://127.0.0.1:9", "--contract", OWNER.address]) == 4
    for wrong in (["--log", "12"], ["--contract", "0x12"], ["--contract", OWNER.address.swapcase()]):
        with pytest.raises(SystemExit) as caught:
            main(["chain", "status", "--embedded", str(tmp_path), "--contract", OWNER.address, *wrong])
        assert caught.value.code == 2
    capsys.readouterr()


@pytest.mark.evm_node
def test_status_of_a_node(anvil: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    log_id = anvil.anchored(3)
    where = ["chain", "status", "--endpoint", anvil.endpoint, "--contract", anvil.contract, "--log", log_id.hex()]
    assert main([*where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["log"]["size"] == 3


def test_what_stands_at_an_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        where = ["--embedded", str(tmp_path / "chain")]
        assert main(["chain", "verify-code", stage.contract, *where, "--expect", "LogAnchor", "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert (report["contract"], report["code_hash"]) == ("LogAnchor", artefact().code_hash.hex())
        assert main(["chain", "verify-code", stage.contract, *where, "--expect", "Claims"]) == 1
        foreign = setup.transact(stage.engine, STRANGER, EMBEDDED, None, bytes.fromhex("600160005360016000f3"))
        assert foreign.contract_address is not None
        capsys.readouterr()
        assert main(["chain", "verify-code", foreign.contract_address, *where]) == 1
        assert "none of the contracts" in capsys.readouterr().out
        assert main(["chain", "verify-code", OWNER.address, *where]) == 1
        assert "no contract" in capsys.readouterr().err


def test_accounts_and_how_far_they_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        log_id = stage.anchored(7)
        words = ["chain", "accounts", "--embedded", str(tmp_path / "chain"), STRANGER.address]
        words += ["--contract", stage.contract, "--log", log_id.hex()]
        assert main([*words, "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        rows = {row["address"]: row for row in report["accounts"]}
        assert {address: row["what"] for address, row in rows.items()} == {
            STRANGER.address: "account",
            OWNER.address: "owner of the log",
            TX_KEY.address: "transaction key of the log",
        }
        paying = rows[TX_KEY.address]
        assert paying["transactions"] == stage.engine.nonce(TX_KEY.address)
        assert paying["balance_wei"] == stage.engine.balance(TX_KEY.address)
        before = stage.engine.balance(TX_KEY.address)
        stage.send(TX_KEY, "anchor", log_id, 20, oracle.root(0, 20), oracle.proof(7, 20))
        spent = before - stage.engine.balance(TX_KEY.address)
        assert spent <= before // paying["pays_for_anchors"]
        assert main(words) == 0
        assert "anchors at" in capsys.readouterr().out


def _deploying_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "correct horse")
    path = folder / "deployer.json"
    return path, create_keystore(path, lambda: "correct horse", work_factor=1 << 10)


def test_deploying_and_the_roles_of_a_registry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, address = _deploying_key(tmp_path, monkeypatch)
    EmbeddedEngine.create(tmp_path / "chain", [address]).close()
    where = ["--embedded", str(tmp_path / "chain")]
    assert main(["chain", "deploy", "log-anchor", *where, "--key", str(key), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["code_hashes"]["LogAnchor"] == artefact().code_hash.hex()
    assert main(["chain", "status", *where, "--contract", report["contracts"]["LogAnchor"]]) == 0
    words = ["chain", "deploy", "registries", *where, "--key", str(key), "--json", "--revoker", STRANGER.address]
    assert main([*words, "--proposer", OWNER.address]) == 1
    assert "two different proposers" in capsys.readouterr().err
    assert main([*words, "--proposer", OWNER.address, "--proposer", TX_KEY.address]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["timelock"] == {"delay_seconds": 172_800, "delay_in_chain_time": 172_800}
    made = report["contracts"]
    cancelled = [*words, "--proposer", OWNER.address, "--proposer", TX_KEY.address, "--canceller", STRANGER.address]
    assert main(cancelled) == 0
    timelock = json.loads(capsys.readouterr().out)["contracts"]["TimelockController"]
    reader = EmbeddedEngine.open_reader(tmp_path / "chain")
    assert administration.timelock_roles(reader, timelock)[CANCELLER] == {STRANGER.address}
    reader.close()
    assert main(["chain", "roles", *where, "--contract", made["Organisations"], "--json"]) == 0
    roles = json.loads(capsys.readouterr().out)
    assert roles["rights"] == {
        "administers": [made["TimelockController"]],
        "registers": [made["TimelockController"]],
        "revokes": [STRANGER.address],
    }
    assert main(["chain", "roles", *where, "--contract", made["Organisations"]]) == 0
    assert "none missing" in capsys.readouterr().out
    for name, contract in made.items():
        assert main(["chain", "verify-code", contract, *where, "--expect", name]) == 0


def test_a_new_key_opens_and_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "correct horse")
    assert main(["chain", "new-key", str(tmp_path / "key.json")]) == 0
    address = capsys.readouterr().out.strip()
    assert open_keystore(tmp_path / "key.json", lambda: "correct horse").address == address
    assert main(["chain", "new-key", str(tmp_path / "key.json")]) == 2
    assert "never overwritten" in capsys.readouterr().err


def test_deploying_without_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    EmbeddedEngine.create(tmp_path / "chain", [OWNER.address]).close()
    assert main(["chain", "deploy", "log-anchor", "--embedded", str(tmp_path / "chain")]) == 2
    assert "--key" in capsys.readouterr().err


def test_a_chain_without_an_id_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that is signed for chain 0 could be replayed on another chain without an id."""
    key, address = _deploying_key(tmp_path, monkeypatch)
    engine = EmbeddedEngine.create(tmp_path / "chain", [address, OWNER.address], chain_id=0)
    with pytest.raises(ForeignChainError, match="chain id 0"):
        setup.deploy(engine, OWNER, EMBEDDED)
    engine.close()
    words = ["--embedded", str(tmp_path / "chain"), "--key", str(key)]
    parties = ["--proposer", OWNER.address, "--proposer", TX_KEY.address]
    for what in (["log-anchor"], ["registries", *parties]):
        assert main(["chain", "deploy", *what, *words]) != 0
        assert "chain id 0" in capsys.readouterr().err
    engine = EmbeddedEngine.open_reader(tmp_path / "chain")
    newest = engine.block(BlockTag.LATEST)
    engine.close()
    assert newest is not None
    assert newest.number == 0, "something was sent"


def test_registering_on_a_chain_without_an_id_is_refused(embedded: Stage) -> None:
    engine = embedded.engine

    class Unset:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        def identity(self) -> object:
            return dataclasses.replace(engine.identity(), chain_id=0)

    known = embedded.registered()
    for log_id in (known.log_id, fresh_log_id()):  # registered already, and not yet
        before = engine.nonce(OWNER.address)
        with pytest.raises(ForeignChainError, match="chain id 0"):
            setup.register(
                Unset(),  # type: ignore[arg-type]
                OWNER,
                EMBEDDED,
                contract=embedded.contract,
                log_id=log_id,
                tx_key=TX_KEY.address,
            )
        assert engine.nonce(OWNER.address) == before


@pytest.mark.evm_node
def test_several_endpoints_must_agree(
    anvil: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_id = anvil.anchored(3)
    where = ["chain", "status", "--contract", anvil.contract, "--log", log_id.hex(), "--json"]
    two = ["--endpoint", anvil.endpoint, "--endpoint", anvil.endpoint + "/"]
    assert main([*where, *two]) == 0
    assert json.loads(capsys.readouterr().out)["log"]["size"] == 3
    dead = ["--endpoint", "http://127.0.0.1:9"]
    assert main([*where, *two, *dead]) == 0
    assert main([*where, *two, *dead, "--agree", "3"]) == 4
    capsys.readouterr()
    key, address = _deploying_key(tmp_path, monkeypatch)
    anvil.rpc("anvil_setBalance", address, hex(10**20))
    words = ["chain", "deploy", "log-anchor", "--endpoint", anvil.endpoint, "--profile", "anvil"]
    assert main([*words, "--key", str(key)]) == 0
    assert "contracts LogAnchor" in capsys.readouterr().out
