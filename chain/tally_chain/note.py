"""Signed notes (C2SP signed-note), with Ed25519 signatures. Verdict-critical: no IO.

    note       = text, ending in a newline
                 an empty line
                 1* signature lines "— <key name> <base64(key id || signature)>", each ending in a newline
    key id     = SHA-256(key name || 0x0A || type || public key)[:4]
    vkey       = <key name>+<key id in hex>+<base64(type || public key)>

Type 0x01 is Ed25519: 32 bytes of key, 64 bytes of signature over the text. Signatures of unknown keys are kept and mean
nothing; one that bears a known key's name and id and does not verify makes the note invalid.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from tally_chain.errors import NoteError
from tally_edge import keys
from tally_edge.keys import Signer

TYPE_ED25519: Final = 0x01
KEY_ID_BYTES: Final = 4

MAX_NOTE_BYTES: Final = 1_000_000
"""The same bound as Go's reference; a checkpoint with sixteen cosignatures has about 2 kB."""

MAX_SIGNATURES: Final = 100
"""A reader must take at least 16; a hundred bounds the work that a stranger's note can ask for."""

MAX_NAME_CHARS: Final = 255

_DASH: Final = "— "


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the key's name, its id (4 bytes), and the signature as its type defines it."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text (it ends in a newline) and its signatures, none of them checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """The note's bytes. Raises NoteError for what `decode` would not take."""
        lines = [
            f"{_DASH}{line.name} {base64.b64encode(line.key_id + line.value).decode()}\n" for line in self.signatures
        ]
        data = (self.text + "\n" + "".join(lines)).encode()
        if decode(data) != self:
            raise NoteError("the text or a name reads back as something else")
        return data


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that notes are verified with: name and Ed25519 public key (32 bytes)."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that signature lines carry."""
        typed = bytes([TYPE_ED25519]) + self.public_key
        return hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:KEY_ID_BYTES]

    def encode(self) -> str:
        """The vkey line."""
        typed = base64.b64encode(bytes([TYPE_ED25519]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{typed}"


def verifier_key_of(name: str, signer: Signer) -> VerifierKey:
    """The verifier key of `signer` under `name`. Raises NoteError for another key than Ed25519, or a bad name."""
    if signer.algorithm not in (keys.EDDSA, keys.ED25519):
        raise NoteError(f"notes are signed with Ed25519, not {keys.NAME_OF_ALGORITHM.get(signer.algorithm)}")
    _check_name(name)
    return VerifierKey(name, signer.public_key.x)


def decode_verifier_key(line: str) -> VerifierKey:
    """Parse a vkey. Raises NoteError."""
    parts = line.split("+", 2)  # base64 may hold a plus, a name may not
    if len(parts) != 3:
        raise NoteError("a verifier key is name+id+key")
    name, key_id, encoded = parts
    _check_name(name)
    typed = _base64(encoded, "the verifier key")
    if typed[:1] != bytes([TYPE_ED25519]) or len(typed) != 33:
        raise NoteError("only Ed25519 verifier keys (type 1, 32 bytes) are known")
    key = VerifierKey(name, typed[1:])
    if key_id != key.key_id.hex():
        raise NoteError(f"the verifier key's id is {key.key_id.hex()}, not {key_id[:16]!r}")
    return key


def sign(text: str, name: str, signer: Signer) -> NoteSignature:
    """Sign `text` as `name`. Raises NoteError."""
    key = verifier_key_of(name, signer)
    return NoteSignature(name, key.key_id, signer.sign(text.encode()))


def decode(data: bytes) -> Note:
    """Parse a note strictly; signatures are not checked. Raises NoteError."""
    if len(data) > MAX_NOTE_BYTES:
        raise NoteError(f"has {len(data)} bytes, at most {MAX_NOTE_BYTES} are accepted")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise NoteError(f"is not UTF-8 at byte {error.start}") from None
    if any(char < " " and char != "\n" for char in whole):
        raise NoteError("holds a control character")
    head, separator, tail = whole.rpartition("\n\n")
    if not separator:
        raise NoteError("has no empty line before its signatures")
    if not tail.endswith("\n"):
        raise NoteError("does not end in a newline")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"has {len(lines)} signatures, at most {MAX_SIGNATURES} are accepted")
    return Note(head + "\n", tuple(_signature(line) for line in lines))


def verify(note: Note, verifiers: Sequence[VerifierKey]) -> list[VerifierKey]:
    """The keys among `verifiers` that signed `note`, in that order. Raises NoteError when none did, or one falsely."""
    if not verifiers:
        raise NoteError("there is no key to verify the note with")
    signed: list[VerifierKey] = []
    for key in verifiers:
        lines = [line for line in note.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
        for line in lines:
            _verify_ed25519(key, line.value, note.text.encode())
        if lines:
            signed.append(key)
    if not signed:
        raise NoteError(f"is not signed by {' or '.join(key.name for key in verifiers)}")
    return signed


def _verify_ed25519(key: VerifierKey, signature: bytes, message: bytes) -> None:
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NoteError(f"the signature of {key.name} does not verify") from None


def _signature(line: str) -> NoteSignature:
    if not line.startswith(_DASH):
        raise NoteError(f"{line[:40]!r} is not a signature line")
    name, separator, encoded = line[len(_DASH) :].partition(" ")
    if not separator:
        raise NoteError("a signature line is a name and a signature")
    _check_name(name)
    blob = _base64(encoded, f"the signature of {name}")
    if len(blob) <= KEY_ID_BYTES:
        raise NoteError(f"the signature of {name} is too short")
    return NoteSignature(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


def _check_name(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME_CHARS or "+" in name or any(char.isspace() or char < " " for char in name):
        raise NoteError(f"{name[:40]!r} is not a key name: 1..{MAX_NAME_CHARS} characters, no space, no plus")


def _base64(encoded: str, what: str) -> bytes:
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError(f"{what} is not base64") from None
    if base64.b64encode(data).decode() != encoded:  # stray bits after the last byte, which the decoder forgives
        raise NoteError(f"{what} is not the one base64 form of its bytes")
    return data
