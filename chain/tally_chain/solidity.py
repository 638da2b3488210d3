"""Compiles the contracts and compares the result with the committed artefacts.

    python -m tally_chain.solidity check --soljson build/solc/soljson.js    compile and compare; 1 on a difference
    python -m tally_chain.solidity build --soljson build/solc/soljson.js    compile and write the artefacts

The compiler is the JavaScript build of solc 0.8.37 (`npm pack solc@0.8.37`), run by V8 from the development dependency
mini-racer, so that neither Node nor a native solc is needed. Nothing at run time needs this module: the package carries
the artefacts. The compiler itself is not committed; its tarball is pinned by SOLC_TARBALL_SHA512.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tally_chain.errors import CompilerError

SOLC_VERSION = "0.8.37"
SOLC_TARBALL_SHA512 = "ieUYdPDRGNKMsZpCfi9tY64Q+ASoL8tyhLuvf9cFiqDs+6ijlx8Wn2CRi0N71AlCvRx0V092rlUYu3b3PuxWlA=="

CONTRACTS = ("LogAnchor",)
# Paris is what every chain in reach executes (FISCO BCOS without its Cancun switch among them). No metadata hash and no
# CBOR trailer, so that equal sources give equal bytes wherever they are compiled.
SETTINGS: dict[str, Any] = {
    "evmVersion": "paris",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 200},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = HOUSE / "chain" / "contracts"
ARTEFACTS = Path(__file__).resolve().parent / "artefacts"
DEFAULT_SOLJSON = HOUSE / "build" / "solc" / "soljson.js"

# What soljson expects of a browser, and nothing more: it must not reach for files or a network.
_BROWSER = (
    "var Module={};var self={location:{href:''}};var performance={now(){return 0}};"
    "var console={log(){},error(){},warn(){}};"
)


def unpack_compiler(tarball: bytes) -> bytes:
    """Returns soljson.js out of the npm tarball of solc; raises CompilerError when it is not the pinned tarball."""
    digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode("ascii")
    if digest != SOLC_TARBALL_SHA512:
        raise CompilerError(f"the solc tarball has SHA-512 {digest}, pinned is {SOLC_TARBALL_SHA512}")
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        member = archive.extractfile("package/soljson.js")
        if member is None:
            raise CompilerError("the solc tarball holds no package/soljson.js")
        return member.read()


def compile_contracts(soljson: Path, sources: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Compiles sources (file name to text) and returns the compiler's full version and its output by file and contract.

    Raises CompilerError with the compiler's own messages; a warning counts as an error.
    """
    from py_mini_racer import MiniRacer  # noqa: PLC0415  a development dependency, absent at run time

    request = {
        "language": "Solidity",
        "settings": SETTINGS,
        "sources": {name: {"content": sources[name]} for name in sorted(sources)},
    }
    engine = MiniRacer()
    engine.eval(_BROWSER)
    engine.eval(soljson.read_text(encoding="utf-8"))
    version = str(engine.eval("Module.cwrap('solidity_version','string',[])()"))
    if not version.startswith(f"{SOLC_VERSION}+"):
        raise CompilerError(f"{soljson} is solc {version}, not {SOLC_VERSION}")
    argument = json.dumps(json.dumps(request))
    call = f"Module.cwrap('solidity_compile','string',['string','number','number'])({argument},0,0)"
    output: dict[str, Any] = json.loads(str(engine.eval(call)))
    messages = [str(error["formattedMessage"]) for error in output.get("errors", [])]
    if messages:
        raise CompilerError("\n".join(messages))
    contracts: dict[str, Any] = output["contracts"]
    return version, contracts


def make_artefact(contract: str, soljson: Path, source_directory: Path = SOURCES) -> dict[str, Any]:
    """Compiles one contract of `source_directory` and returns its artefact, as it is committed."""
    name = f"{contract}.sol"
    text = (source_directory / name).read_text(encoding="utf-8")
    version, contracts = compile_contracts(soljson, {name: text})
    compiled = contracts[name][contract]
    return {
        "contract": contract,
        "compiler": version,
        "settings": {key: value for key, value in SETTINGS.items() if key != "outputSelection"},
        "sources": {name: hashlib.sha256(text.encode("utf-8")).hexdigest()},
        "abi": compiled["abi"],
        "creation_code": compiled["evm"]["bytecode"]["object"],
        "runtime_code": compiled["evm"]["deployedBytecode"]["object"],
    }


def differences(fresh: Mapping[str, Any], committed: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which two artefacts differ, in order; empty when they are the same."""
    return sorted(key for key in fresh.keys() | committed.keys() if fresh.get(key) != committed.get(key))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `check` or `build`; returns 0, or 1 when an artefact differs or a source does not compile."""
    parser = argparse.ArgumentParser(prog="python -m tally_chain.solidity", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("check", "build"), help="compare with the artefacts, or write them")
    parser.add_argument("--soljson", type=Path, default=DEFAULT_SOLJSON, help=f"soljson.js of solc {SOLC_VERSION}")
    options = parser.parse_args(arguments)
    status = 0
    for contract in CONTRACTS:
        path = ARTEFACTS / f"{contract}.json"
        try:
            fresh = make_artefact(contract, options.soljson)
        except (CompilerError, OSError) as error:
            sys.stderr.write(f"{contract}: {error}\n")
            return 1
        if options.action == "build":
            path.write_text(json.dumps(fresh, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            sys.stdout.write(f"{contract}: written, {len(fresh['runtime_code']) // 2} bytes of code\n")
            continue
        found = differences(fresh, json.loads(path.read_text(encoding="utf-8")))
        if found:
            status = 1
            sys.stderr.write(f"{contract}: the committed artefact differs in {', '.join(found)}\n")
        else:
            sys.stdout.write(f"{contract}: the committed artefact is what {fresh['compiler']} makes of the source\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
