"""What is done to the contracts beyond the Python tests: `make contracts` (python -m tests.chain.contracts.workshop).

1. The committed artefacts are what the compiler makes of the sources, in mini-racer and in Node.
2. forge's bytes are the artefacts' bytes.
3. forge: units, fuzzing, invariants (chain/contracts/test/*.t.sol).
4. Mutants: contracts with one check taken out (mutants.py); forge's tests must notice each.
5. halmos: symbolic checks (chain/contracts/test/Symbolic.t.sol), within its bounds; and each check must fail for a
   contract that is broken for it (mutants.py).
6. slither: no finding that chain/contracts/README.md does not argue (slither.txt there).

Forge and the compiler come from npm, halmos and slither from PyPI into an environment of their own, because slither
pins libraries that ours outgrew. All of it lands in build/; nothing is needed to run or to test the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tally_chain import contract_abi, solidity
from tests.chain.contracts import npm
from tests.chain.contracts.mutants import MUTANTS, SYMBOLIC, Mutant
from tests.chain.contracts.mutants_of_lots import LOTS
from tests.chain.contracts.mutants_of_pledges import PLEDGES
from tests.chain.contracts.mutants_of_trades import TRADES

PROJECT = npm.BUILD / "forge"
TOOLS = npm.BUILD / "contract-tools"
REQUIREMENTS = ("slither-analyzer==0.11.6", "halmos==0.3.3")
"""The versions that the checks were written against."""
ARGUED = solidity.SOURCES / "slither.txt"
"""Findings of slither that are argued: one `detector place` a line."""
HALMOS_SECONDS = 3_000
_FORGE_S = 1_800
"""Nothing of forge's takes that long that ever ends: compiling is over two minutes of a slow processor."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SOLC = """#!/usr/bin/env node
// solc-js in the clothes of a native compiler, which is all that forge knows.
const path = require('path');
const m = require(path.join(__dirname, 'soljson.js'));
if (process.argv.includes('--version')) {
  const version = m.cwrap('solidity_version', 'string', [])().replace('Emscripten.clang', 'Linux.g++');
  process.stdout.write('solc, the solidity compiler commandline interface\\nVersion: ' + version + '\\n');
} else if (process.argv.includes('--standard-json')) {
  const input = require('fs').readFileSync(0, 'utf8');
  process.stdout.write(m.cwrap('solidity_compile', 'string', ['string', 'number', 'number'])(input, 0, 0));
} else {
  process.exit(2);
}
"""


class StepFailed(Exception):
    """A step found something, or could not be done; the text is the tool's own."""


def prepare() -> Path:
    """The forge project with copies of the committed sources; fetches what is missing."""
    npm.forge()
    compiler = npm.soljson().with_name("solc")
    compiler.write_text(_SOLC, "utf-8")
    compiler.chmod(0o755)
    PROJECT.mkdir(parents=True, exist_ok=True)
    for folder, source in (("contracts", solidity.SOURCES), ("openzeppelin", npm.openzeppelin())):
        shutil.rmtree(PROJECT / folder, ignore_errors=True)
        shutil.copytree(source, PROJECT / folder)
    shutil.move(PROJECT / "contracts" / "foundry.toml", PROJECT / "foundry.toml")
    return PROJECT


def environment(profile: str) -> dict[str, str]:
    """The variables for forge and for those who call it; nothing of the caller's Foundry settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_", "ETH_"))}
    path = os.pathsep.join([str(npm.forge().parent), str(TOOLS / "bin"), kept.get("PATH", "")])
    return {**kept, "PATH": path, "FOUNDRY_PROFILE": profile, "NO_COLOR": "1", "FOUNDRY_DISABLE_NIGHTLY_WARNING": "1"}


def run(command: list[str], profile: str, seconds: float) -> str:
    """Runs a tool in the project; raises StepFailed with all that it said."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(profile),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise StepFailed(said)
    return said


def forge_build() -> str:
    """forge compiles, and its bytes are those of the artefacts."""
    run([str(npm.forge()), "build"], "default", _FORGE_S)
    for contract in solidity.CONTRACTS:
        if contract == "TimelockController":
            continue  # none of our sources imports it
        made = json.loads((PROJECT / "out" / f"{contract}.sol" / f"{contract}.json").read_text("utf-8"))
        artefact = contract_abi.load(contract)
        codes = tuple(
            bytes.fromhex(made[name]["object"].removeprefix("0x")) for name in ("bytecode", "deployedBytecode")
        )
        if codes != (artefact.creation_code, artefact.runtime_code):
            raise StepFailed(f"{contract}: forge's bytes are not the artefact's")
    return "forge's bytes are the artefacts'"


def forge_test(profile: str = "default", *options: str) -> dict[str, str]:
    """Runs forge's tests; every test by name with what forge says of it. Raises StepFailed when one fails."""
    said = run([str(npm.forge()), "test", "--json", *options], profile, _FORGE_S)
    suites = json.loads(said[said.index("{") : said.rindex("}") + 1])
    results = {
        f"{suite.rpartition(':')[2]}.{name}": _kind(result["kind"])
        for suite, found in suites.items()
        for name, result in found["test_results"].items()
    }
    failed = [
        name for suite in suites.values() for name, one in suite["test_results"].items() if one["status"] != "Success"
    ]
    if failed or not results:
        raise StepFailed(said)
    return results


def _kind(kind: Mapping[str, Mapping[str, object]] | str) -> str:
    ((name, numbers),) = kind.items() if isinstance(kind, dict) else ((str(kind), {}),)
    shown = ", ".join(f"{key} {numbers[key]}" for key in ("runs", "calls", "reverts") if key in numbers)
    return f"{name.lower()} {shown}".strip()


def mutants() -> str:
    """Every mutant fails forge's short tests; raises StepFailed with those that live."""
    alive = []
    for mutant in (*MUTANTS, *LOTS, *PLEDGES, *TRADES):
        try:
            with broken(mutant):
                forge_test("short", "--match-path", f"contracts/test/{mutant.tests}", "--skip", "Symbolic")
        except StepFailed as error:
            if "Compiler run failed" in str(error) or "stands there" in str(error):
                raise
        else:
            alive.append(f"{mutant.source}: {mutant.before} -> {mutant.after}")
    if alive:
        raise StepFailed("no test notices:\n" + "\n".join(alive))
    return f"{len(MUTANTS) + len(LOTS) + len(PLEDGES) + len(TRADES)} mutants, each noticed"


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    """The project with one contract changed, for as long as it lasts."""
    path = PROJECT / "contracts" / mutant.source
    text = path.read_text("utf-8")
    if text.count(mutant.before) != 1:
        raise StepFailed(f"{mutant.source}: {mutant.before!r} stands there {text.count(mutant.before)} times")
    path.write_text(text.replace(mutant.before, mutant.after), "utf-8")
    try:
        yield
    finally:
        path.write_text(text, "utf-8")


def tools() -> Path:
    """The environment of halmos and slither, made when it is not there."""
    stamp, wanted = TOOLS / "made-for.txt", "\n".join(REQUIREMENTS)
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        shutil.rmtree(TOOLS, ignore_errors=True)
        venv.create(TOOLS, with_pip=True)
        command = [
            str(TOOLS / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *REQUIREMENTS,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode != 0:
            raise StepFailed(done.stderr)
        stamp.write_text(wanted, "utf-8")
    return TOOLS / "bin"


def halmos() -> str:
    """Symbolic checks; every path within the bounds, or StepFailed."""
    said = _halmos("--function", "check_")
    if "[PASS]" not in said or any(word in said for word in ("[FAIL]", "[ERROR]", "[TIMEOUT]", "WARNING")):
        raise StepFailed(said)
    return "\n".join(line for line in said.splitlines() if line.startswith(("[PASS]", "Symbolic test result")))


def halmos_broken() -> str:
    """Each symbolic check finds what is wrong with a contract that is broken for it; raises StepFailed otherwise."""
    for check, mutant in SYMBOLIC.items():
        contract, _, function = check.partition(".")
        with broken(mutant):
            try:
                said = _halmos("--contract", contract, "--function", function, "--early-exit")
            except StepFailed as error:
                said = _COLOURS.sub("", str(error))
        if f"[FAIL] {function}(" not in said:
            raise StepFailed(f"{check} does not find {mutant.before} -> {mutant.after}\n{said}")
    return f"{len(SYMBOLIC)} checks, each finds what is broken"


def _halmos(*which: str) -> str:
    # Without a second for each branch it follows paths that cannot be, into things that it cannot do.
    limits = ["--solver-timeout-branching", "1s", "--solver-timeout-assertion", "60s"]
    command = [str(tools() / "halmos"), *which, "--no-status", *limits]
    return _COLOURS.sub("", run(command, "default", HALMOS_SECONDS))


def slither() -> str:
    """Every finding is argued, and every argument has its finding."""
    report = PROJECT / "slither.json"
    report.unlink(missing_ok=True)
    command = [str(tools() / "slither"), ".", "--filter-paths", "openzeppelin|/test/", "--json", str(report)]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment("default"), capture_output=True, text=True, check=False, timeout=600
    )
    if not report.is_file():
        raise StepFailed(done.stdout + done.stderr)
    found = {
        f"{one['check']} {one['elements'][0]['type']}:{_place(one['elements'][0])}": one["description"]
        for one in json.loads(report.read_text("utf-8"))["results"].get("detectors", [])
    }
    argued = {line for line in ARGUED.read_text("utf-8").splitlines() if line and not line.startswith("#")}
    new, gone = sorted(found.keys() - argued), sorted(argued - found.keys())
    if new or gone:
        shown = [f"not argued: {key}\n{found[key]}" for key in new] + [f"argued and not found: {key}" for key in gone]
        raise StepFailed("\n".join(shown))
    return f"{len(found)} findings, each argued in chain/contracts/README.md"


def _place(element: Mapping[str, object]) -> str:
    """Contract and function of a finding, without line numbers, which move."""
    fields = element.get("type_specific_fields") or {}
    parent = fields.get("parent", {}) if isinstance(fields, dict) else {}
    return f"{parent.get('name', '')}.{element['name']}" if parent else str(element["name"])


def artefacts(arguments: list[str]) -> str:
    """The committed artefacts are what the compiler makes of the sources."""
    where = ["--soljson", str(npm.soljson()), "--openzeppelin", str(npm.openzeppelin())]
    if solidity.main(["check", *where, *arguments]) != 0:
        raise StepFailed("an artefact differs (python -m tally_chain.solidity build)")
    return "the artefacts are what the sources make"


def _told(results: dict[str, str]) -> str:
    return "\n".join(f"{name}: {kind}" for name, kind in sorted(results.items())) + f"\n{len(results)} passed"


def main() -> int:
    """Runs every step, or those that are named; 1 when one failed."""
    steps: dict[str, Callable[[], str]] = {
        "artefacts": lambda: artefacts([]),
        "node": lambda: artefacts(["--node"]),
        "build": forge_build,
        "forge": lambda: _told(forge_test()),
        "mutants": mutants,
        "halmos": halmos,
        "halmos-broken": halmos_broken,
        "slither": slither,
    }
    parser = argparse.ArgumentParser(
        prog="python -m tests.chain.contracts.workshop", description=__doc__.splitlines()[0]
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(steps)}; all when none is named")
    wanted = parser.parse_args().steps or list(steps)
    try:
        prepare()
    except pytest.skip.Exception as reason:
        print(f"this needs npm: {reason}", file=sys.stderr)
        return 1
    failed = []
    for name in wanted:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        try:
            print(steps[name]())
        except (StepFailed, subprocess.TimeoutExpired) as error:
            failed.append(name)
            print(error, file=sys.stderr)
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    print("failed: " + ", ".join(failed) if failed else f"{len(wanted)} steps, nothing to object to")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
