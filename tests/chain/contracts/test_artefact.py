"""The committed artefacts are what the compiler makes of the committed sources."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tally_chain import contract_abi, solidity
from tally_chain.errors import CompilerError
from tests.chain.contracts import npm


@dataclass(frozen=True)
class Tools:
    """What compiling needs."""

    soljson: Path
    openzeppelin: Path


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools(npm.soljson(), npm.openzeppelin())


def committed(contract: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((solidity.ARTEFACTS / f"{contract}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("contract", solidity.CONTRACTS)
def test_the_digests_of_our_sources_need_no_compiler(contract: str) -> None:
    sources = committed(contract)["sources"]
    assert isinstance(sources, dict)
    ours = [name for name in sources if not name.startswith(solidity.OPENZEPPELIN)]
    for name in ours:
        assert sources[name] == hashlib.sha256((solidity.SOURCES / name).read_bytes()).hexdigest(), name
    assert committed(contract)["settings"] == solidity.SETTINGS


def test_every_artefact_is_one_of_a_contract() -> None:
    assert {path.stem for path in solidity.ARTEFACTS.glob("*.json")} == set(solidity.CONTRACTS)
    assert set(contract_abi.CONTRACTS) == set(solidity.CONTRACTS)


@pytest.mark.evm_node
@pytest.mark.parametrize("arguments", [[], ["--node"]], ids=["without Node", "with Node"])
def test_recompiling_gives_the_same_bytes(
    tools: Tools, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    if arguments and shutil.which("node") is None:
        pytest.skip("node is not installed")
    where = ["--soljson", str(tools.soljson), "--openzeppelin", str(tools.openzeppelin)]
    assert solidity.main(["check", *where, *arguments]) == 0
    assert capsys.readouterr().out.count("is what 0.8.37+commit") == len(solidity.CONTRACTS)


@pytest.mark.evm_node
def test_another_source_is_noticed(tools: Tools, tmp_path: Path) -> None:
    text = (solidity.SOURCES / "LogAnchor.sol").read_text("utf-8")
    (tmp_path / "LogAnchor.sol").write_text(text.replace("size < anchoredSize", "size > anchoredSize"), "utf-8")
    changed = solidity.make_artefact("LogAnchor", tools.soljson, tmp_path)
    assert solidity.differences(changed, committed("LogAnchor")) == ["creation_code", "runtime_code", "sources"]
    (tmp_path / "LogAnchor.sol").write_text(text.replace("uint64 size;", "uint64 size", 1), "utf-8")
    with pytest.raises(CompilerError, match="ParserError"):
        solidity.make_artefact("LogAnchor", tools.soljson, tmp_path)
    (tmp_path / "LogAnchor.sol").write_text(text.replace("private\n        view\n", "private\n", 1), "utf-8")
    with pytest.raises(CompilerError, match="Warning"):
        solidity.make_artefact("LogAnchor", tools.soljson, tmp_path)


@pytest.mark.evm_node
def test_another_library_is_noticed(tools: Tools, tmp_path: Path) -> None:
    changed = tmp_path / "openzeppelin"
    shutil.copytree(tools.openzeppelin, changed)
    source = changed / "access" / "AccessControl.sol"
    text = source.read_text("utf-8")
    assert text.count("_checkRole(role);") == 1
    source.write_text(text.replace("_checkRole(role);", ""), "utf-8")
    fresh = solidity.make_artefact("Organisations", tools.soljson, solidity.SOURCES, changed)
    assert {"runtime_code", "sources"} <= set(solidity.differences(fresh, committed("Organisations")))
    source.unlink()
    with pytest.raises(CompilerError, match=r"AccessControl\.sol is imported and cannot be read"):
        solidity.make_artefact("Organisations", tools.soljson, solidity.SOURCES, changed)


def test_another_tarball_is_refused() -> None:
    with pytest.raises(CompilerError, match=r"solc tarball .* pinned is"):
        solidity.unpack_compiler(b"not the tarball")
    with pytest.raises(CompilerError, match=r"OpenZeppelin tarball .* pinned is"):
        solidity.unpack_openzeppelin(b"not the tarball")
