"""Signatures under operations: made by a key, and led back to whose key it was. No IO but the key's own."""

from __future__ import annotations

from typing import Any, Protocol

from coincurve import PublicKey
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tally_chain import recursion
from tally_chain.errors import OperationError, SignerError
from tally_chain.receipts.operations import SIGNATURE_BYTES, Operation

recursion.bound()

# SEC 2: the order of secp256k1. A signature's s is at most half of it, or its twin (r, n - s) would verify as well.
_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
_V = (27, 28)


class OperationSigner(Protocol):
    """A party's key, as anchoring.keys.LocalSigner offers it."""

    @property
    def address(self) -> str:
        """The checksummed address that the signatures lead to."""
        ...

    def sign_message(self, signable_message: Any) -> Any:
        """Signs an EIP-191 message; the answer has `signature`, 65 bytes."""
        ...


class TypedDataSigner(Protocol):
    """A key in another process, as anchoring.external_signer.ExternalSigner offers it."""

    @property
    def address(self) -> str:
        """The checksummed address that the signatures lead to."""
        ...

    def sign_typed_data(self, document: dict[str, Any]) -> bytes:
        """Signs an EIP-712 document; raises SignerError."""
        ...


def sign(key: OperationSigner | TypedDataSigner, operation: Operation, chain_id: int, contract: str) -> bytes:
    """The signature of a key under an operation: r, s (low) and v, 65 bytes.

    Raises SignerError where a signer in another process answers with anything but this key's signature over it.
    """
    document = operation.typed_data(chain_id, contract)
    if hasattr(key, "sign_typed_data"):
        signature = key.sign_typed_data(document)
    else:
        signature = bytes(key.sign_message(encode_typed_data(full_message=document)).signature)
    if recovered(operation.digest(chain_id, contract), signature) != key.address:
        raise SignerError(f"the signature is not one of {key.address} under this {operation.kind}")
    return signature


def recovered(digest: bytes, signature: bytes) -> str | None:
    """The address whose key signed, with its checksum; None for what no contract takes as a signature."""
    if len(signature) != SIGNATURE_BYTES or signature[64] not in _V:
        return None
    if not 0 < int.from_bytes(signature[32:64], "big") <= _ORDER // 2:
        return None
    try:
        key = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except Exception:  # noqa: BLE001 - the library raises it bare where nothing is recovered
        return None
    return str(to_checksum_address(keccak(key.format(compressed=False)[1:])[12:]))


def signer_of(digest: bytes, signature: bytes) -> str:
    """The same. Raises OperationError where the signature is none."""
    found = recovered(digest, signature)
    if found is None:
        raise OperationError("a signature is none: r, s (low) and v are 65 bytes that lead to a key")
    return found
