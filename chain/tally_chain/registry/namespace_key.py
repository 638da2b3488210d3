"""The file that a registrar keeps: the secret key of a namespace, encrypted, beside the namespace's rules.

The key is encrypted as transaction keys are (Web3 secret storage v3, scrypt), without an address: it signs nothing, and
no wallet opens the file. The rules stand in the clear; with the key they give the id that stands beside them, so that
changed rules, which would give things other names, are noticed when the file is opened.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account

from tally_chain.anchoring.keys import (
    SCRYPT_WORK_FACTOR,
    PasswordSource,
    decrypt_keystore,
    read_keystore,
    write_keystore,
)
from tally_chain.errors import TransactionKeyError
from tally_chain.registry.identifiers import Scheme, identifier
from tally_chain.registry.nullifier import KEY_BYTES, Namespace, namespace_id, nullifier

FORMAT = "tallystick namespace key 1"
_ENCRYPTED = ("crypto", "version")


@dataclass(frozen=True)
class NamespaceKey:
    """An opened namespace file."""

    rules: Namespace
    key: bytes = field(repr=False)

    @property
    def namespace_id(self) -> bytes:
        """The id under which the namespace is opened on the chain."""
        return namespace_id(self.rules, self.key)

    def nullifier(self, issuer: str, *numbers: str) -> bytes:
        """The name of a thing, from issuer and numbers as people write them. Raises IdentifierError."""
        return nullifier(self.rules, self.key, identifier(self.rules.scheme, issuer), *numbers)


def create(
    path: Path, rules: Namespace, password: PasswordSource, *, work_factor: int = SCRYPT_WORK_FACTOR
) -> NamespaceKey:
    """Makes a new random key and its file (mode 0600); never overwrites. Raises IdentifierError, TransactionKeyError.

    `work_factor` is lowered only where a test makes many keys.
    """
    made = NamespaceKey(rules, secrets.token_bytes(KEY_BYTES))
    found = made.namespace_id.hex()  # before anything is written: it refuses wrong rules
    secret = password()
    if not secret:
        raise TransactionKeyError("an empty password protects nothing")
    encrypted = Account.encrypt(made.key, secret, kdf="scrypt", iterations=work_factor)
    told = {
        "id": found,
        "name": rules.name,
        "kind": rules.kind,
        "scheme": rules.scheme.value,
        "number_parts": rules.number_parts,
    }
    write_keystore(path, {"format": FORMAT, "namespace": told, **{name: encrypted[name] for name in _ENCRYPTED}})
    return made


def open_file(path: Path, password: PasswordSource) -> NamespaceKey:
    """Opens a namespace file. Raises TransactionKeyError for one that is missing, damaged, locked or open to others."""
    fields = read_keystore(path)
    if fields.get("format") != FORMAT:
        raise TransactionKeyError(f"{path} is not the key of a namespace (`tallystick registry new-namespace`)")
    try:
        told: dict[str, Any] = fields["namespace"]
        rules = Namespace(told["name"], told["kind"], Scheme(told["scheme"]), told["number_parts"])
        encrypted = {name: fields[name] for name in _ENCRYPTED}
        given = told["id"]
        whole = isinstance(rules.number_parts, int) and all(isinstance(text, str) for text in (rules.name, rules.kind))
    except (KeyError, TypeError, ValueError) as error:
        raise TransactionKeyError(f"{path}: the namespace's rules are damaged ({error})") from error
    if not whole:
        raise TransactionKeyError(f"{path}: the namespace's rules are damaged")
    opened = NamespaceKey(rules, decrypt_keystore(path, encrypted, password))
    if opened.namespace_id.hex() != given:
        raise TransactionKeyError(f"{path}: the rules are not those that this key was made for")
    return opened
