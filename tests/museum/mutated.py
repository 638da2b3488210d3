"""Contracts with a guard taken out. What was compiled once stands in build/museum/, by what it was made of."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from tally_chain import contract_abi, solidity
from tally_chain.receipts.operations import KINDS
from tests.chain.contracts import npm
from tests.museum.case import Broken

KEPT = npm.BUILD / "museum"


def contract_of(guard: Broken) -> str:
    """The contract that its source is in: by its name, or the one that the operation goes to."""
    name = guard.mutant.source.removesuffix(".sol")
    return name if name in solidity.CONTRACTS else KINDS[guard.kind].contract


@contextmanager
def deployable(guard: Broken) -> Iterator[None]:
    """While it lasts, that contract is the broken one for whoever deploys it."""
    whole, broken = contract_abi.load, _artefact(guard)
    changed = dataclasses.replace(
        whole(contract_of(guard)),
        creation_code=bytes.fromhex(broken["creation_code"]),
        runtime_code=bytes.fromhex(broken["runtime_code"]),
        immutable_places=tuple((start, length) for start, length in broken["immutable_places"]),
    )
    with mock.patch.object(contract_abi, "load", lambda name: changed if name == contract_of(guard) else whole(name)):
        yield


def kept(guard: Broken) -> Path:
    """Where it stands once it is compiled."""
    made_of = {path.name: path.read_text("utf-8") for path in sorted(solidity.SOURCES.glob("*.sol"))}
    told = json.dumps([made_of, dataclasses.asdict(guard.mutant), contract_of(guard), solidity.SOLC_VERSION])
    return KEPT / f"{hashlib.sha256(told.encode()).hexdigest()}.json"


def _artefact(guard: Broken) -> Mapping[str, Any]:
    path = kept(guard)
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            sources = Path(folder) / "contracts"
            shutil.copytree(solidity.SOURCES, sources, ignore=shutil.ignore_patterns("test"))
            changed = sources / guard.mutant.source
            text = changed.read_text("utf-8")
            assert text.count(guard.mutant.before) == 1, f"{guard.mutant.source}: {guard.mutant.before!r}"
            changed.write_text(text.replace(guard.mutant.before, guard.mutant.after), "utf-8")
            made = solidity.make_artefact(contract_of(guard), npm.soljson(), sources, npm.openzeppelin())
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{hashlib.sha256(folder.encode()).hexdigest()[:8]}")
        new.write_text(json.dumps(made), "utf-8")
        new.replace(path)
    found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return found
