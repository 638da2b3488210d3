"""The keys of the vectors. Everybody knows them: they are for tests only and speak for nobody."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tally_edge.signer import FileSigner


def p256_test_key(number: int) -> FileSigner:
    """A P-256 key whose private scalar is 1,000 + `number`."""
    return FileSigner(ec.derive_private_key(1_000 + number, ec.SECP256R1()))


def ed25519_test_key(number: int) -> FileSigner:
    """An Ed25519 key whose seed is 32 times the byte `number`."""
    return FileSigner(ed25519.Ed25519PrivateKey.from_private_bytes(bytes((number,)) * 32))


DEVICE = p256_test_key(1)
ED_DEVICE = ed25519_test_key(1)
AUTHORITY = p256_test_key(2)
PERSON = p256_test_key(3)
STRANGER = p256_test_key(4)
PROOF_KEY = p256_test_key(5)
NEW_DEVICE = p256_test_key(6)
