"""The committed artefact is what the compiler makes of the committed source."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tally_chain import solidity
from tally_chain.errors import CompilerError
from tests.chain.contracts import npm


@pytest.fixture(scope="module")
def soljson() -> Path:
    return npm.soljson()


def committed() -> dict[str, object]:
    found: dict[str, object] = json.loads((solidity.ARTEFACTS / "LogAnchor.json").read_text("utf-8"))
    return found


def test_the_source_digest_needs_no_compiler() -> None:
    source = (solidity.SOURCES / "LogAnchor.sol").read_bytes()
    assert committed()["sources"] == {"LogAnchor.sol": hashlib.sha256(source).hexdigest()}
    assert committed()["settings"] == {k: v for k, v in solidity.SETTINGS.items() if k != "outputSelection"}


@pytest.mark.evm_node
def test_recompiling_gives_the_same_bytes(soljson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert solidity.main(["check", "--soljson", str(soljson)]) == 0
    assert "is what 0.8.37+commit" in capsys.readouterr().out


@pytest.mark.evm_node
def test_another_source_is_noticed(soljson: Path, tmp_path: Path) -> None:
    text = (solidity.SOURCES / "LogAnchor.sol").read_text("utf-8")
    (tmp_path / "LogAnchor.sol").write_text(text.replace("size < anchoredSize", "size > anchoredSize"), "utf-8")
    changed = solidity.make_artefact("LogAnchor", soljson, tmp_path)
    assert solidity.differences(changed, committed()) == ["creation_code", "runtime_code", "sources"]
    (tmp_path / "LogAnchor.sol").write_text(text.replace("uint64 size;", "uint64 size", 1), "utf-8")
    with pytest.raises(CompilerError, match="ParserError"):
        solidity.make_artefact("LogAnchor", soljson, tmp_path)


def test_another_compiler_is_refused() -> None:
    with pytest.raises(CompilerError, match="pinned is"):
        solidity.unpack_compiler(b"not the tarball")
