"""scitt-cose's RFC 9942 set: signature and path through the functions that our own proofs go through.

Their receipts are bare: the size is not signed, the leaf is a digest of the statement. Our strict profile refuses
all of them, and has to: the same functions below it agree with every verdict of theirs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tally_chain import tree
from tally_edge import cbor, cose, keys, proof, statement
from tally_edge.errors import DecodeError, SignatureError
from tally_edge.keys import P256_ORDER, PublicKey

pytestmark = pytest.mark.shared

CASES = ["valid-es256", "valid-eddsa", "fail-tampered-path", "fail-unsupported-vds", "fail-bad-statement-sig"]


def key_of(pem: bytes) -> PublicKey:
    loaded = load_pem_public_key(pem)
    assert isinstance(loaded, ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)
    return keys.from_object(loaded)


def verifies(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature verifies, a high-s one after it was normalised."""
    s = int.from_bytes(signature[32:], "big")
    if key.curve == 1 and s > P256_ORDER // 2:
        with pytest.raises(SignatureError, match="above n/2"):
            keys.verify(key, key.algorithm, signature, message)
        signature = signature[:32] + (P256_ORDER - s).to_bytes(32, "big")
    try:
        keys.verify(key, key.algorithm, signature, message)
    except SignatureError:
        return False
    return True


@pytest.mark.parametrize("name", CASES)
def test_verdicts_agree(shared_vectors: Path, name: str) -> None:
    folder = shared_vectors / "scitt-cose" / "test-vectors" / "v1" / name
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text("utf-8"))
    encoded = (folder / "statement.cose").read_bytes()
    entry = hashlib.sha256(encoded).digest()
    assert entry.hex() == expected["leaf_entry"]
    frame = cose.decode_sign1(encoded)
    assert frame.payload is not None
    assert hashlib.sha256(frame.payload).hexdigest() == expected["payload_sha256"]
    issuer = key_of((folder / "issuer-key.pub").read_bytes())
    assert verifies(issuer, frame.signature, frame.to_be_signed()) == expected["statement_signature_valid"]

    receipt = cose.decode_sign1((folder / "receipt.cose").read_bytes())
    header = cbor2.loads(receipt.protected)  # its keys are not in order, which our own decoder refuses
    parameters = receipt.unprotected[cose.HEADER_VDP]
    assert isinstance(parameters, dict)
    paths = parameters[-1]
    assert isinstance(paths, list)
    assert isinstance(paths[0], bytes)
    decoded = cbor.decode(paths[0])
    assert isinstance(decoded, list)
    size, index, path = decoded
    assert (size, index, [node.hex() for node in path]) == (
        expected["tree_size"], expected["leaf_index"], expected["inclusion_path"],
    )  # fmt: skip
    root = proof.root_of_path(proof.leaf_hash(entry), index, size, path)
    log_key = key_of((folder / "log-key.pub").read_bytes())
    valid = header[cose.HEADER_VDS] == proof.VDS_RFC9162_SHA256 and verifies(
        log_key, receipt.signature, receipt.to_be_signed(detached=root)
    )
    assert valid == expected["receipt_valid"]
    if expected["reconstructed_root"]:
        assert root.hex() == expected["reconstructed_root"]
        fillers = [f"scitt-cose test vectors v1 :: {name} :: filler leaf {number}".encode() for number in range(8)]
        leaves = [entry if number == 2 else hashlib.sha256(filler).digest() for number, filler in enumerate(fillers)]
        assert tree.root_of(map(proof.leaf_hash, leaves)) == root


@pytest.mark.parametrize("name", [*CASES, "valid-ccf-vds2"])
def test_our_strict_profile_refuses_bare_receipts_and_foreign_statements(shared_vectors: Path, name: str) -> None:
    folder = shared_vectors / "scitt-cose" / "test-vectors" / "v1" / name
    with pytest.raises(DecodeError):
        proof.decode((folder / "receipt.cose").read_bytes())
    with pytest.raises(DecodeError):
        statement.decode((folder / "statement.cose").read_bytes())


@pytest.mark.parametrize("state", ["offline_pass", "chain_gap", "digest_mismatch", "witness_downgrade"])
def test_signatures_inside_the_tamper_states(shared_vectors: Path, state: str) -> None:
    """What a state tampers with is never the signature, and the signed payload tells the records that were altered.

    Sequence, witness and digest stages belong to their application; the signed bytes are what is common to both.
    """
    folder = shared_vectors / "scitt-cose" / "test-vectors" / "tamper-states" / state
    bundle = json.loads((folder / "bundle.json").read_text("utf-8"))["bundle"]
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    signed_ids, links = [], []
    for record in bundle:
        signed = record["signed_statement"]
        frame = cose.decode_sign1(base64.b64decode(signed["statement_b64"]))
        assert verifies(key_of(signed["pubkey_pem"].encode()), frame.signature, frame.to_be_signed())
        signed_ids.append(json.loads(frame.payload or b"")["capsule_id"])
        links.append(record.get("chain", {}).get("parent_capsule_id"))
    assert signed_ids == [record["capsule_id"] for record in bundle]
    missing = [link for link in links if link is not None and link not in signed_ids]
    assert missing == [gap["missing_parent"] for gap in expected["gaps"]]
