"""Transaction keys: secp256k1 keys that pay for and sign transactions, and nothing else.

They are not the keys that sign statements, checkpoints or proofs. The hot key of a gateway can only append to its own
log; the cold key of the operator (the log's owner) stays off the gateway. A keystore file is the Web3 secret storage
format, version 3 with scrypt, that every wallet reads.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import rlp
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tally_chain import recursion
from tally_chain.errors import TransactionKeyError

recursion.bound()

PasswordSource = Callable[[], str]
# scrypt's N: about a second and 256 MB on a small machine, the default of the format.
SCRYPT_WORK_FACTOR = 1 << 18
# A password file is one line; anything longer is another file named by mistake.
MAX_PASSWORD_BYTES = 1024
MAX_KEYSTORE_BYTES = 16_384
# EIP-2718's first byte of an EIP-1559 transaction; legacy ones begin with an RLP list.
TYPE_2 = 2


@dataclass(frozen=True)
class FeeOffer:
    """What a transaction offers for a unit of gas; without `dynamic` only `max_fee_wei` counts, as its gas price."""

    dynamic: bool
    max_fee_wei: int
    priority_fee_wei: int


@dataclass(frozen=True)
class Transaction:
    """A transaction before signing. `to` is None for one that creates a contract."""

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    fee: FeeOffer


@dataclass(frozen=True)
class SignedTransaction:
    """What goes over the wire, and the hash it will be known by."""

    raw: bytes
    tx_hash: bytes


def fee_of(raw: bytes) -> FeeOffer:
    """What a signed transaction offers (EIP-1559 or legacy). Raises ValueError for bytes that are none."""
    try:
        fields = rlp.decode(raw[1:] if raw[0] == TYPE_2 else raw)
        if raw[0] == TYPE_2:
            most, tip = int.from_bytes(fields[3], "big"), int.from_bytes(fields[2], "big")
            return FeeOffer(dynamic=True, max_fee_wei=most, priority_fee_wei=tip)
        price = int.from_bytes(fields[1], "big")
    except (rlp.DecodingError, IndexError, TypeError) as error:
        raise ValueError(f"no signed transaction: {error}") from error
    return FeeOffer(dynamic=False, max_fee_wei=price, priority_fee_wei=price)


class TransactionSigner(Protocol):
    """A key that signs transactions; a hardware module or a remote signer can stand behind it."""

    @property
    def address(self) -> str:
        """The checksummed address that the signatures lead to."""
        ...

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """Signs; deterministic or not, equal inputs need not give equal bytes."""
        ...


class LocalSigner:
    """A key in this process's memory."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        """See TransactionSigner."""
        return str(self._account.address)

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """See TransactionSigner."""
        fields: dict[str, Any] = {
            "chainId": transaction.chain_id,
            "nonce": transaction.nonce,
            "gas": transaction.gas,
            "value": 0,
            "data": transaction.data,
        }
        if transaction.to is not None:
            fields["to"] = transaction.to
        if transaction.fee.dynamic:
            fields["type"] = 2
            fields["maxFeePerGas"] = transaction.fee.max_fee_wei
            fields["maxPriorityFeePerGas"] = transaction.fee.priority_fee_wei
        else:
            fields["gasPrice"] = transaction.fee.max_fee_wei
        signed = self._account.sign_transaction(fields)
        return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))

    def sign_message(self, signable_message: Any) -> Any:
        """Signs an EIP-191 message, for countersignatures of a registrar."""
        return self._account.sign_message(signable_message)


def create_keystore(path: Path, password: PasswordSource, *, work_factor: int = SCRYPT_WORK_FACTOR) -> str:
    """Makes a new random key, writes it encrypted to `path` (mode 0600), and returns its address.

    Refuses to overwrite. `work_factor` is lowered only where a test makes many keys.
    """
    secret = password()
    if not secret:
        raise TransactionKeyError("an empty password protects nothing")
    account: LocalAccount = Account.create()
    write_keystore(path, Account.encrypt(account.key, secret, kdf="scrypt", iterations=work_factor))
    return str(account.address)


def write_keystore(path: Path, keystore: dict[str, Any]) -> None:
    """Writes what is encrypted already to a new file (mode 0600), durably. Raises TransactionKeyError where one is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise TransactionKeyError(f"{path} exists; a key file is never overwritten") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keystore, file)
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def open_keystore(path: Path, password: PasswordSource) -> LocalSigner:
    """Decrypts a key file; raises TransactionKeyError when it is missing, damaged, locked or open to others."""
    return LocalSigner(Account.from_key(decrypt_keystore(path, read_keystore(path), password)))


def read_keystore(path: Path) -> dict[str, Any]:
    """A key file as it is written; raises TransactionKeyError when it is missing, none, or open to others."""
    _require_private(path)
    text = path.read_bytes()[: MAX_KEYSTORE_BYTES + 1]
    if len(text) > MAX_KEYSTORE_BYTES:
        raise TransactionKeyError(f"{path} is too long for a key file")
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TransactionKeyError(f"{path}: not a key file ({error})") from error
    if not isinstance(fields, dict):
        raise TransactionKeyError(f"{path}: not a key file")
    return fields


def decrypt_keystore(path: Path, keystore: dict[str, Any], password: PasswordSource) -> bytes:
    """The 32 bytes in a key file; raises TransactionKeyError when it is damaged or locked."""
    try:
        return bytes(Account.decrypt(keystore, password()))
    except (ValueError, KeyError, TypeError, NotImplementedError) as error:
        raise TransactionKeyError(f"{path}: wrong password, or not a key file ({error})") from error


def password_file(path: Path) -> PasswordSource:
    """A password from the first line of a file that only its owner can read."""

    def read() -> str:
        _require_private(path)
        line = path.read_bytes()[: MAX_PASSWORD_BYTES + 1]
        if len(line) > MAX_PASSWORD_BYTES:
            raise TransactionKeyError(f"{path} is too long for a password file")
        return line.decode("utf-8").split("\n", 1)[0].rstrip("\r")

    return read


def _require_private(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise TransactionKeyError(f"{path}: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise TransactionKeyError(f"{path} is readable by others (mode {stat.S_IMODE(mode):04o}); it must be 0600")
