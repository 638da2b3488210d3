"""Compiles the contracts and compares the result with the committed artefacts.

    python -m tally_chain.solidity check           compile and compare; 1 on a difference
    python -m tally_chain.solidity check --node    the same with Node in place of mini-racer
    python -m tally_chain.solidity build           compile and write the artefacts

The compiler is the JavaScript build of solc 0.8.37 (`npm pack solc@0.8.37`), run by V8 from the development dependency
mini-racer, so that neither Node nor a native solc is needed. Nothing at run time needs this module: the package carries
the artefacts. Neither the compiler nor OpenZeppelin 5.4.0 (`npm pack @openzeppelin/contracts@5.4.0`) is committed;
their tarballs are pinned by SHA-512. Everything that a contract imports is inlined into the compiler's input.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from tally_chain.errors import CompilerError

SOLC_VERSION = "0.8.37"
SOLC_TARBALL_SHA512 = "ieUYdPDRGNKMsZpCfi9tY64Q+ASoL8tyhLuvf9cFiqDs+6ijlx8Wn2CRi0N71AlCvRx0V092rlUYu3b3PuxWlA=="

OPENZEPPELIN_VERSION = "5.4.0"
"""The last release whose parts compile for Paris."""
OPENZEPPELIN_TARBALL_SHA512 = "eCYgWnLg6WO+X52I16TZt8uEjbtdkgLC0SUX/xnAksjjrQI4Xfn4iBRoI5j55dmlOhDv1Y7BoR3cU7e3WWhC6A=="
OPENZEPPELIN = "@openzeppelin/contracts/"

CONTRACTS = {
    "LogAnchor": "LogAnchor.sol",
    "Organisations": "Organisations.sol",
    "Claims": "Claims.sol",
    "Sites": "Sites.sol",
    "Lots": "Lots.sol",
    "Attestations": "Attestations.sol",
    "Receipts": "Receipts.sol",
    "Holds": "Holds.sol",
    "Pledges": "Pledges.sol",
    "Trades": "Trades.sol",
    "Vouchers": "Vouchers.sol",
    "TimelockController": OPENZEPPELIN + "governance/TimelockController.sol",
}
"""Every contract that is deployed, and the source it is in."""
# Paris is what every chain in reach executes (FISCO BCOS without its Cancun switch among them). No metadata hash and no
# CBOR trailer, so that equal sources give equal bytes wherever they are compiled.
SETTINGS: dict[str, Any] = {
    "evmVersion": "paris",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 1},
}
_OUTPUT = (
    "abi",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
)

HOUSE = Path(__file__).resolve().parents[2]
SOURCES = HOUSE / "chain" / "contracts"
ARTEFACTS = Path(__file__).resolve().parent / "artefacts"
DEFAULT_SOLJSON = HOUSE / "build" / "solc" / "soljson.js"
DEFAULT_OPENZEPPELIN = HOUSE / "build" / "openzeppelin"

Compile = Callable[[Path, Sequence[str]], tuple[str, list[str]]]
"""Runs a compiler: soljson.js and standard JSON inputs to its version and its standard JSON output for each of them."""

# What soljson expects of a browser, and nothing more: it must not reach for files or a network.
_BROWSER = (
    "var Module={};var self={location:{href:''}};var performance={now(){return 0}};"
    "var console={log(){},error(){},warn(){}};"
)
# mini-racer's own flag leaves V8 no thread that could optimise the compiler's code; so it does that in between, which
# saves a quarter of the time.
_V8_FLAGS = ("--single-threaded", "--wasm-sync-tier-up")

_NODE = (
    "const m=require(process.argv[1]);const inputs=JSON.parse(require('fs').readFileSync(0,'utf8'));"
    "const version=m.cwrap('solidity_version','string',[])();"
    "const compile=m.cwrap('solidity_compile','string',['string','number','number']);"
    "process.stdout.write(JSON.stringify([version,inputs.map(input=>compile(input,0,0))]));"
)
_NODE_S = 300
"""What Node is given for a contract."""
_IMPORT = re.compile(r"""^\s*import\s[^;"']*["']([^"']+)["']\s*;""", re.MULTILINE)


def unpack_compiler(tarball: bytes) -> bytes:
    """Returns soljson.js out of the npm tarball of solc; raises CompilerError when it is not the pinned tarball."""
    _check_pin("solc", tarball, SOLC_TARBALL_SHA512)
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        member = archive.extractfile("package/soljson.js")
        if member is None:
            raise CompilerError("the solc tarball holds no package/soljson.js")
        return member.read()


def unpack_openzeppelin(tarball: bytes) -> dict[str, bytes]:
    """Returns the Solidity sources of OpenZeppelin by their place in the package; raises CompilerError as above."""
    _check_pin("OpenZeppelin", tarball, OPENZEPPELIN_TARBALL_SHA512)
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.name.endswith(".sol") else None
            if opened is not None:
                found[member.name.removeprefix("package/")] = opened.read()
    return found


def _check_pin(what: str, tarball: bytes, pinned: str) -> None:
    digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode("ascii")
    if digest != pinned:
        raise CompilerError(f"the {what} tarball has SHA-512 {digest}, pinned is {pinned}")


def gather(source: str, own: Path, openzeppelin: Path) -> dict[str, str]:
    """A source and everything that it imports, by the names that the compiler knows them by.

    Names that begin with OPENZEPPELIN are files of that package, all others are files of `own`. Raises CompilerError
    for one that is missing.
    """
    found: dict[str, str] = {}
    waiting = [source]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        foreign = name.startswith(OPENZEPPELIN)
        path = openzeppelin / name.removeprefix(OPENZEPPELIN) if foreign else own / name
        try:
            found[name] = path.read_text(encoding="utf-8")
        except OSError as error:
            raise CompilerError(f"{name} is imported and cannot be read: {error}") from error
        for target in _IMPORT.findall(found[name]):
            relative = target.startswith(".")
            waiting.append(posixpath.normpath(str(PurePosixPath(name).parent / target)) if relative else target)
    return found


@cache
def _in_v8(soljson: Path) -> Callable[[str], Any]:
    """A V8 that has read the compiler: reading it again and warming it takes as long as a small contract."""
    from py_mini_racer import MiniRacer, init_mini_racer  # noqa: PLC0415  a development dependency, absent at run time

    init_mini_racer(flags=_V8_FLAGS, ignore_duplicate_init=True)
    engine = MiniRacer()
    engine.eval(_BROWSER)
    engine.eval(soljson.read_text(encoding="utf-8"))
    return engine.eval


def run_in_v8(soljson: Path, requests: Sequence[str]) -> tuple[str, list[str]]:
    """Runs the compiler in mini-racer; a process reads each compiler once."""
    run = _in_v8(soljson.resolve())
    version = str(run("Module.cwrap('solidity_version','string',[])()"))
    compiling = "Module.cwrap('solidity_compile','string',['string','number','number'])"
    return version, [str(run(f"{compiling}({json.dumps(request)},0,0)")) for request in requests]


def run_in_node(soljson: Path, requests: Sequence[str]) -> tuple[str, list[str]]:
    """Runs the compiler in one Node for all requests, which reads and warms it once; raises CompilerError where there
    is no Node or it fails.
    """
    node = shutil.which("node")
    if node is None:
        raise CompilerError("there is no Node here")
    command = [node, "-e", _NODE, str(soljson.resolve())]
    done = subprocess.run(
        command,
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=False,
        timeout=_NODE_S * len(requests),
    )
    if done.returncode != 0:
        raise CompilerError(f"Node failed: {done.stderr.strip()[:500]}")
    version, outputs = json.loads(done.stdout)
    return str(version), [str(output) for output in outputs]


def compile_contract(
    contract: str, name: str, soljson: Path, sources: Mapping[str, str], compiler: Compile = run_in_v8
) -> tuple[str, dict[str, Any]]:
    """Compiles a contract in the source `name`, one of `sources` (name to text), and returns the compiler's full
    version and its output for the contract. Code of what it imports is not made, only looked at.

    Raises CompilerError with the compiler's own messages; a warning counts as an error, except in OpenZeppelin's files.
    """
    version, (answer,) = _run(compiler, soljson, [_request(contract, name, sources)])
    return version, _compiled(contract, name, answer)


def _run(compiler: Compile, soljson: Path, requests: Sequence[str]) -> tuple[str, list[str]]:
    """The compiler's version and answers; raises CompilerError when it is not the pinned one."""
    version, answers = compiler(soljson, requests)
    if not version.startswith(f"{SOLC_VERSION}+"):
        raise CompilerError(f"{soljson} is solc {version}, not {SOLC_VERSION}")
    return version, answers


def _request(contract: str, name: str, sources: Mapping[str, str]) -> str:
    """The standard JSON input for a contract."""
    request = {
        "language": "Solidity",
        "settings": SETTINGS | {"outputSelection": {name: {contract: _OUTPUT}}},
        "sources": {name: {"content": sources[name]} for name in sorted(sources)},
    }
    return json.dumps(request)


def _compiled(contract: str, name: str, answer: str) -> dict[str, Any]:
    """The compiler's output for a contract, out of its standard JSON output; raises as `compile_contract` does."""
    output: dict[str, Any] = json.loads(answer)
    messages = [str(error["formattedMessage"]) for error in output.get("errors", []) if not _is_foreign(error)]
    if messages:
        raise CompilerError("\n".join(messages))
    compiled: dict[str, Any] = output["contracts"][name][contract]
    return compiled


def _is_foreign(message: Mapping[str, Any]) -> bool:
    where = message.get("sourceLocation") or {}
    return message["severity"] == "warning" and str(where.get("file", "")).startswith(OPENZEPPELIN)


def make_artefact(
    contract: str,
    soljson: Path,
    own: Path = SOURCES,
    openzeppelin: Path = DEFAULT_OPENZEPPELIN,
    compiler: Compile = run_in_v8,
) -> dict[str, Any]:
    """Compiles one contract of CONTRACTS and returns its artefact, as it is committed. Raises CompilerError."""
    (made,) = make_artefacts([contract], soljson, own, openzeppelin, compiler)
    return made


def make_artefacts(
    contracts: Iterable[str],
    soljson: Path,
    own: Path = SOURCES,
    openzeppelin: Path = DEFAULT_OPENZEPPELIN,
    compiler: Compile = run_in_v8,
) -> list[dict[str, Any]]:
    """Compiles several in one run of the compiler, each from an input of its own, and returns their artefacts in that
    order. Raises CompilerError for the first that does not compile.
    """
    texts = {contract: gather(CONTRACTS[contract], own, openzeppelin) for contract in contracts}
    requests = [_request(contract, CONTRACTS[contract], texts[contract]) for contract in texts]
    version, answers = _run(compiler, soljson, requests)
    return [
        _artefact(contract, version, texts[contract], _compiled(contract, CONTRACTS[contract], answer))
        for contract, answer in zip(texts, answers, strict=True)
    ]


def _artefact(contract: str, version: str, texts: Mapping[str, str], compiled: Mapping[str, Any]) -> dict[str, Any]:
    runtime = compiled["evm"]["deployedBytecode"]
    immutable = [place for places in runtime.get("immutableReferences", {}).values() for place in places]
    return {
        "contract": contract,
        "compiler": version,
        "settings": SETTINGS,
        "sources": {name: hashlib.sha256(text.encode("utf-8")).hexdigest() for name, text in sorted(texts.items())},
        "abi": compiled["abi"],
        "creation_code": compiled["evm"]["bytecode"]["object"],
        "runtime_code": runtime["object"],
        "immutable_places": sorted([place["start"], place["length"]] for place in immutable),
    }


def differences(fresh: Mapping[str, Any], committed: Mapping[str, Any]) -> list[str]:
    """The names of the fields in which two artefacts differ, in order; empty when they are the same."""
    return sorted(key for key in fresh.keys() | committed.keys() if fresh.get(key) != committed.get(key))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `check` or `build`; returns 0, or 1 when an artefact differs or a source does not compile."""
    parser = argparse.ArgumentParser(prog="python -m tally_chain.solidity", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("check", "build"), help="compare with the artefacts, or write them")
    parser.add_argument("--soljson", type=Path, default=DEFAULT_SOLJSON, help=f"soljson.js of solc {SOLC_VERSION}")
    parser.add_argument(
        "--openzeppelin",
        type=Path,
        default=DEFAULT_OPENZEPPELIN,
        help=f"sources of OpenZeppelin {OPENZEPPELIN_VERSION}",
    )
    parser.add_argument("--node", action="store_true", help="run the compiler in Node, not in mini-racer")
    options = parser.parse_args(arguments)
    compiler = run_in_node if options.node else run_in_v8
    try:
        made = make_artefacts(CONTRACTS, options.soljson, SOURCES, options.openzeppelin, compiler)
    except (CompilerError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    status = 0
    for contract, fresh in zip(CONTRACTS, made, strict=True):
        path = ARTEFACTS / f"{contract}.json"
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
