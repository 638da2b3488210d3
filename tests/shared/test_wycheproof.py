"""Wycheproof at the primitive: ECDSA P-256 in P1363 form (262) and Ed25519 (151)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tally_edge import keys
from tally_edge.errors import SignatureError
from tally_edge.keys import EDDSA, ES256, P256_ORDER, PublicKey

pytestmark = pytest.mark.shared


def vectors_of(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for group in json.loads(path.read_text("utf-8"))["testGroups"]:
        for test in group["tests"]:
            yield group["publicKey"], test


def verifies(key: PublicKey, algorithm: int, signature: bytes, message: bytes) -> str:
    """Empty where the signature verifies, and otherwise what is said of it."""
    try:
        keys.verify(key, algorithm, signature, message)
    except SignatureError as error:
        return str(error)
    return ""


def test_ecdsa(shared_vectors: Path) -> None:
    count = valid = high = 0
    for public, test in vectors_of(shared_vectors / "wycheproof" / "ecdsa_secp256r1_sha256_p1363_test.json"):
        count += 1
        coordinates = [int(public[name], 16).to_bytes(32, "big") for name in ("wx", "wy")]
        key = PublicKey(1, *coordinates)
        signature, message = bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
        answer = verifies(key, ES256, signature, message)
        if test["result"] != "valid":
            assert answer, test["comment"]
            continue
        valid += 1
        s = int.from_bytes(signature[32:], "big")
        if s <= P256_ORDER // 2:
            assert not answer, test["comment"]
            continue
        high += 1
        assert "above n/2" in answer
        twin = signature[:32] + (P256_ORDER - s).to_bytes(32, "big")
        assert not verifies(key, ES256, twin, message), test["comment"]
    assert (count, valid, high) == (262, 173, 70)


def test_ed25519(shared_vectors: Path) -> None:
    count = 0
    for public, test in vectors_of(shared_vectors / "wycheproof" / "ed25519_test.json"):
        count += 1
        key = PublicKey(6, bytes.fromhex(public["pk"]))
        answer = verifies(key, EDDSA, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
        assert (not answer) == (test["result"] == "valid"), test["comment"]
    assert count == 151
