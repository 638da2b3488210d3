"""The contract's consistency check against an independent RFC 9162, against vectors of others, and its gas."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bench.gas import gas_per_anchor
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import Stage

HOUSE = Path(__file__).resolve().parents[3]
VECTORS = HOUSE.parent / "shared" / "data" / "vectors" / "transparency-dev-merkle" / "testdata" / "consistency"

OLD_SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100, 127, 128, 129, 1000, 1024, 4097)
_logs: dict[tuple[int, int], bytes] = {}


def log_at(stage: Stage, size: int) -> bytes:
    """A log whose anchored head has this size; registered once for each chain."""
    key = (id(stage), size)
    if key not in _logs:
        _logs[key] = stage.anchored(size)
    return _logs[key]


@st.composite
def mutated(draw: st.DrawFn, proof: list[bytes]) -> list[bytes]:
    """A proof with one thing wrong, or nothing."""
    path = list(proof)
    kind = draw(st.sampled_from(["none", "drop", "repeat", "flip", "swap", "append", "prepend", "empty", "noise"]))
    if kind in ("append", "prepend"):
        extra = draw(st.sampled_from([bytes(32), *path]))
        return [*path, extra] if kind == "append" else [extra, *path]
    if kind == "empty" or not path:
        return [] if kind == "empty" else path
    place = draw(st.integers(0, len(path) - 1))
    if kind == "drop":
        del path[place]
    elif kind == "repeat":
        path.insert(place, path[place])
    elif kind == "flip":
        bit = draw(st.integers(0, 255))
        path[place] = (int.from_bytes(path[place], "big") ^ (1 << bit)).to_bytes(32, "big")
    elif kind == "swap":
        other = draw(st.integers(0, len(path) - 1))
        path[place], path[other] = path[other], path[place]
    elif kind == "noise":
        path[place] = draw(st.binary(min_size=32, max_size=32))
    return path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_accepts_exactly_what_rfc_9162_accepts(stage: Stage, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from(OLD_SIZES))
    new = old + data.draw(st.one_of(st.integers(1, 40), st.integers(1, 5000)))
    proof = oracle.proof(old, new)
    assert oracle.accepts(old, oracle.root(0, old), new, oracle.root(0, new), proof)
    log_id = log_at(stage, old)
    assert stage.accepts(log_id, new, oracle.root(0, new), proof)
    claimed = data.draw(st.sampled_from([new, new + 1, max(old + 1, new - 1), new * 2, 2**64 - 1]))
    root = data.draw(st.sampled_from([oracle.root(0, new), oracle.root(0, old), oracle.root(0, new + 1)]))
    path = data.draw(mutated(proof))
    expected = oracle.accepts(old, oracle.root(0, old), claimed, root, path)
    assert stage.accepts(log_id, claimed, root, path) is expected


def test_every_small_pair(embedded: Stage) -> None:
    """All sizes up to 12, the right proof of each pair tried for every other new size too."""
    for old in range(1, 12):
        log_id = log_at(embedded, old)
        for new in range(old + 1, 13):
            proof = oracle.proof(old, new)
            for claimed in range(old + 1, 13):
                expected = oracle.accepts(old, oracle.root(0, old), claimed, oracle.root(0, claimed), proof)
                assert embedded.accepts(log_id, claimed, oracle.root(0, claimed), proof) is expected
                assert expected is (proof == oracle.proof(old, claimed))


@pytest.mark.shared
def test_vectors_of_transparency_dev(embedded: Stage) -> None:
    """What of the 98 consistency probes a contract can be asked: 0 < size1 < size2, and hashes that are hashes.

    Where size1 is 0 or equals size2 the contract asks for no proof; hashes of other lengths do not fit its types.
    """
    if not VECTORS.is_dir():
        pytest.skip(f"no vectors of transparency-dev in {VECTORS}")
    asked = accepted = 0
    files = sorted(VECTORS.rglob("*.json"))
    assert len(files) == 98
    for path in files:
        vector = json.loads(path.read_text("utf-8"))
        roots = [base64.b64decode(vector[name] or "") for name in ("root1", "root2")]
        proof = [base64.b64decode(item) for item in vector["proof"] or []]
        fits = all(len(item) == 32 for item in (*roots, *proof))
        if not fits or not 0 < vector["size1"] < vector["size2"]:
            continue
        asked += 1
        log_id = embedded.anchored(vector["size1"], roots[0])
        taken = embedded.accepts(log_id, vector["size2"], roots[1], proof)
        assert taken is not vector.get("wantErr", False), path
        accepted += taken
    assert (asked, accepted) == (61, 4)


def test_gas_stays_in_its_bounds(embedded: Stage) -> None:
    """Numbers that a change of the contract must not raise unseen; the bounds leave 5 %."""
    gas = gas_per_anchor(embedded.engine)
    assert gas["deploy"] < 900_000
    assert gas["first"] < 78_000
    assert gas["replay"] < 38_000
    assert max(value for name, value in gas.items() if "->" in name) <= 70_000
