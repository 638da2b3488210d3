"""`tallystick chain status`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tally_chain.anchoring.contract import artefact
from tally_edge.command import main
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage, embedded_stage


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
