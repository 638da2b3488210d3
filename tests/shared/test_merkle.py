"""transparency-dev/merkle: 98 inclusion and 98 consistency probes, most of them wrong on purpose."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tally_chain import tree
from tally_chain.errors import TreeError
from tally_edge import proof
from tally_edge.errors import CoseError

pytestmark = pytest.mark.shared


def probes(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.rglob("*.json"))]


def unpack(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def nodes_of(probe: dict[str, Any]) -> list[bytes]:
    return [unpack(node) for node in probe["proof"] or []]


def test_inclusion(shared_vectors: Path) -> None:
    all_probes = probes(shared_vectors / "transparency-dev-merkle" / "testdata" / "inclusion")
    assert len(all_probes) == 98
    accepted = 0
    for probe in all_probes:
        try:
            root = proof.root_of_path(unpack(probe["leafHash"]), probe["leafIdx"], probe["treeSize"], nodes_of(probe))
            good = root == unpack(probe["root"])
        except CoseError:
            good = False
        assert good != probe["wantErr"], probe["desc"]
        accepted += good
    assert 0 < accepted < 98


def test_consistency(shared_vectors: Path) -> None:
    all_probes = probes(shared_vectors / "transparency-dev-merkle" / "testdata" / "consistency")
    assert len(all_probes) == 98
    accepted = 0
    for probe in all_probes:
        roots = unpack(probe["root1"]), unpack(probe["root2"])
        try:
            tree.verify_consistency(probe["size1"], roots[0], probe["size2"], roots[1], nodes_of(probe))
            good = True
        except TreeError:
            good = False
        assert good != probe["wantErr"], probe["desc"]
        accepted += good
    assert 0 < accepted < 98
