"""cwt and scitt-cose, each with its own CBOR and COSE, read and verify our statements and our proofs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tally_chain import tree
from tally_edge import keys, proof, statement
from tally_edge.signer import FileSigner
from tests.interop import environment
from tests.vectors import case, testkeys
from tests.vectors.cases_proof import ENTRIES, LEAVES, proof_of
from tests.vectors.cases_statement import ORIGIN

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Asks the independent libraries. Skips where their environment can not be made, naming why."""
    try:
        python = environment.ensure()
    except environment.CannotMake as error:
        pytest.skip(f"the environment of the independent libraries can not be made: {error}")
    script = Path(__file__).with_name("stranger.py")

    def run(*jobs: dict[str, Any]) -> list[dict[str, Any]]:
        command = [python, "-I", script]
        done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return run


def pem(signer: FileSigner) -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # for these tests alone

    loaded = keys.load(signer.public_key)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return loaded.public_bytes(serialization.Encoding.PEM, form).decode()


STATEMENTS = [
    folder
    for name in ("statement", "settlement", "gap", "authority", "refusal", "log-opening")
    for folder in case.folders(name)
    if not folder.name.endswith("_fail")
]


def jobs_for(folder: Path) -> tuple[statement.Statement, dict[str, Any]]:
    vector = case.load(folder)
    signed = statement.decode(vector.data["input"])
    known = (testkeys.DEVICE, testkeys.ED_DEVICE, testkeys.AUTHORITY, testkeys.PROOF_KEY)
    signer = next(one for one in known if one.public_key.encode() == vector.data["key"])
    job = {"statement": signed.encoded.hex(), "pem": pem(signer), "kid": signed.claims.kid.hex()}
    return signed, {**job, "alg": keys.NAME_OF_ALGORITHM[signed.algorithm]}


def test_statements_of_every_kind_are_read_by_both(ask: Ask) -> None:
    pairs = [jobs_for(folder) for folder in STATEMENTS]
    assert {signed.algorithm for signed, _ in pairs} == {keys.ES256, keys.EDDSA}
    for (signed, _), read in zip(pairs, ask(*({**job, "kind": "cwt"} for _, job in pairs)), strict=True):
        claims = signed.claims
        assert read.get("version") == "3.3.0", read
        assert read["typ"] == claims.kind.typ
        assert read["kid"] == claims.kid.hex()
        assert read["payload"] == signed.payload.hex()
        assert read["unprotected"] == 0
        told = read["claims"]
        assert (told["1"], told["2"], told["6"]) == (claims.issuer, claims.subject, claims.issued_at)
        assert told.get("-65537") == claims.seq
        assert told.get("-65538") == (None if claims.prev is None else claims.prev.hex())
    for (signed, _), read in zip(pairs, ask(*({**job, "kind": "scitt-cose"} for _, job in pairs)), strict=True):
        expected = {"signature_verified": True, "issuer": signed.claims.issuer, "subject": signed.claims.subject}
        assert read == expected


def test_a_changed_statement_is_refused_by_both(ask: Ask) -> None:
    signed, job = jobs_for(STATEMENTS[0])
    changed = bytearray(signed.encoded)
    changed[-70] ^= 1
    job["statement"] = changed.hex()
    by_cwt, by_scitt_cose = ask({**job, "kind": "cwt"}, {**job, "kind": "scitt-cose"})
    assert "refused" in by_cwt
    assert by_scitt_cose.get("signature_verified") is not True


def test_proofs_are_read_and_verified(ask: Ask) -> None:
    jobs, expected = [], []
    for size in range(1, len(ENTRIES) + 1):
        for index in range(size):
            made = proof_of(size, [index])
            jobs.append(
                {
                    "kind": "receipt",
                    "receipt": made.encode().hex(),
                    "entry": ENTRIES[index].hex(),
                    "pem": pem(testkeys.PROOF_KEY),
                }
            )
            expected.append((size, index, made))
    for (size, index, made), read in zip(expected, ask(*jobs), strict=True):
        assert read["ok"], read
        assert (read["tree_size"], read["leaf_index"]) == (size, index)
        assert read["root"] == tree.root_of(LEAVES[:size]).hex()
        assert read["issuer"] == ORIGIN
        assert read["subject"] == "urn:tallystick:log:" + proof.log_id_of(ORIGIN).hex()
        assert read["iat"] == made.head.signed_at


def test_a_proof_of_another_entry_is_refused(ask: Ask) -> None:
    job = {"kind": "receipt", "receipt": proof_of(5, [1]).encode().hex(), "pem": pem(testkeys.PROOF_KEY)}
    (read,) = ask({**job, "entry": ENTRIES[2].hex()})
    assert read["ok"] is False
    assert read["failed_at"] == "signature"


def test_consistency_paths_are_verified(ask: Ask) -> None:
    nodes = tree.LeafNodes(LEAVES)
    pairs = [(old, new) for new in range(1, len(LEAVES) + 1) for old in range(1, new + 1)]
    jobs: list[dict[str, Any]] = []
    for old, new in pairs:
        path = [node.hex() for node in tree.consistency_path(nodes, old, new)]
        roots = tree.root_of(LEAVES[:old]).hex(), tree.root_of(LEAVES[:new]).hex()
        jobs.append({"kind": "consistency", "consistency": [*roots, old, new, path]})
    assert all(read == {"ok": True} for read in ask(*jobs))
