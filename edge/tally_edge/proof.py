"""A proof: that a statement stands in a log. RFC 9942 COSE Receipts over RFC 9162 trees. Verdict-critical: no IO.

    proof     = COSE_Sign1 (tag 18), payload nil: signed is the root that the path leads to
    protected = {
        1:  alg
        4:  kid                  of the log's proof key
        15: { 1: iss, 2: sub, 6: iat, -65541: tree size, -65542: leaf rule }
        16: "application/vnd.tallystick.proof.v1+cose"
        395: 1                   RFC9162_SHA256
    }
    unprotected = { 396: { -1: [ + bstr .cbor [ tree size, leaf index, [ * bstr .size 32 ] ] ] }, ? -65543: run }
    run       = [ kid: bstr .size 32, first: uint ]      a hint for confirmations: whose statements, from which seq on

iss is the log's origin, sub "urn:tallystick:log:<log id in hex>". RFC 9942 signs the root alone, so an honest proof
would also verify for other sizes and positions; here size and leaf rule are signed, and a path can only have the one
length that its index and size allow. One signature per checkpoint serves all its leaves.

Leaf rule 1: the entry is the statement with an empty unprotected header, the leaf SHA-256(0x00 || entry).

A confirmation is a proof with one inclusion proof per statement of a run of one stream, in the order of seq.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tally_edge import cbor, cose, keys
from tally_edge.cbor import Item
from tally_edge.errors import CoseError, SignatureError
from tally_edge.keys import PublicKey, Signer

TYP: Final = "application/vnd.tallystick.proof.v1+cose"
LEAF_RULE_STATEMENT: Final = 1
VDS_RFC9162_SHA256: Final = 1
HASH_BYTES: Final = 32
MAX_TREE_SIZE: Final = 2**63 - 1
MAX_PATH: Final = 63
MAX_ORIGIN_CHARS: Final = 255
"""As long as the first entry of a log may name itself."""

MAX_RUN: Final = 1_024
"""Statements that one confirmation covers: about a megabyte of paths at a tree of 2**30."""

_CLAIM_SIZE: Final = -65541
_CLAIM_LEAF_RULE: Final = -65542
_HEADER_RUN: Final = -65543
_VDP_INCLUSION: Final = -1
_SUBJECT_PREFIX: Final = "urn:tallystick:log:"


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162 §2.1.1: the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def log_id_of(origin: str) -> bytes:
    """A log's id: SHA-256 of its origin. It does not depend on any key, so keys can rotate."""
    return hashlib.sha256(origin.encode()).digest()


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2: the root that `path` leads to from `leaf` at `index` of `size`. Raises CoseError."""
    if not 0 <= index < size <= MAX_TREE_SIZE:
        raise CoseError(f"leaf index {index} is not in a tree of {size}")
    if len(leaf) != HASH_BYTES:
        raise CoseError("the leaf is not a hash of 32 bytes")
    first, second, root = index, size - 1, leaf
    for node in path:
        if len(node) != HASH_BYTES:
            raise CoseError("a node of the path has not 32 bytes")
        if second == 0:
            raise CoseError(f"the path has {len(path)} nodes, more than its place allows")
        if first & 1 or first == second:
            root = node_hash(node, root)
            while not first & 1 and first:
                first >>= 1
                second >>= 1
        else:
            root = node_hash(root, node)
        first >>= 1
        second >>= 1
    if second:
        raise CoseError(f"the path has {len(path)} nodes, fewer than its place needs")
    return root


@dataclass(frozen=True, slots=True)
class InclusionPath:
    """Where a leaf stands, and the nodes from it to the root."""

    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class HeadSignature:
    """A proof without its paths: the signed size of a log, and the signature over its root."""

    protected: bytes
    signature: bytes
    kid: bytes
    algorithm: int
    origin: str
    log_id: bytes
    size: int
    signed_at: int

    def verify(self, root: bytes, key: PublicKey) -> None:
        """Verify that `key` signed `root` as the head of this size. Raises SignatureError."""
        if key.kid != self.kid:
            raise SignatureError("the proof is signed by another key")
        keys.verify(key, self.algorithm, self.signature, cose.to_be_signed(self.protected, root))


@dataclass(frozen=True, slots=True)
class Proof:
    """A decoded proof: the signed head, the paths into it, and the run that a confirmation speaks of."""

    head: HeadSignature
    paths: tuple[InclusionPath, ...]
    run: tuple[bytes, int] | None = None

    def root_for(self, number: int, entry: bytes) -> bytes:
        """The root that path `number` gives for `entry`. Raises CoseError."""
        place = self.paths[number]
        return root_of_path(leaf_hash(entry), place.index, self.head.size, place.path)

    def verify(self, entries: Sequence[bytes], key: PublicKey) -> bytes:
        """Verify that every entry stands where its path says; returns the root. Raises CoseError or SignatureError."""
        if len(entries) != len(self.paths):
            raise CoseError(f"the proof covers {len(self.paths)} entries, not {len(entries)}")
        roots = {self.root_for(number, entry) for number, entry in enumerate(entries)}
        if len(roots) != 1:
            raise SignatureError("the paths lead to different roots")
        root = roots.pop()
        self.head.verify(root, key)
        return root

    def encode(self) -> bytes:
        """Deterministic, tagged."""
        paths: list[Item] = [cbor.encode([self.head.size, place.index, list(place.path)]) for place in self.paths]
        unprotected: dict[int | str, Item] = {cose.HEADER_VDP: {_VDP_INCLUSION: paths}}
        if self.run is not None:
            unprotected[_HEADER_RUN] = list(self.run)
        return cose.Sign1(self.head.protected, unprotected, None, self.head.signature).encode()


def sign_head(origin: str, size: int, root: bytes, signed_at: int, signer: Signer) -> HeadSignature:
    """Sign the head (`size`, `root`) of the log `origin` with its proof key."""
    log_id = log_id_of(origin)
    protected = cbor.encode(
        {
            cose.HEADER_ALG: signer.algorithm,
            cose.HEADER_KID: signer.public_key.kid,
            cose.HEADER_CWT_CLAIMS: {
                1: origin,
                2: _SUBJECT_PREFIX + log_id.hex(),
                6: signed_at,
                _CLAIM_SIZE: size,
                _CLAIM_LEAF_RULE: LEAF_RULE_STATEMENT,
            },
            cose.HEADER_TYP: TYP,
            cose.HEADER_VDS: VDS_RFC9162_SHA256,
        }
    )
    return decode_head(protected, signer.sign(cose.to_be_signed(protected, root)))


def decode_head(protected: bytes, signature: bytes) -> HeadSignature:
    """Parse the signed part of a proof. Raises CoseError or CborError."""
    header = cbor.decode(protected)
    if not isinstance(header, dict) or list(header) != [1, 4, 15, 16, cose.HEADER_VDS]:
        raise CoseError("a proof's protected header must hold 1, 4, 15, 16 and 395, and nothing else")
    algorithm, kid, claims, typ, vds = header.values()
    if type(algorithm) is not int or algorithm not in keys.CURVE_OF_ALGORITHM:
        raise CoseError(f"algorithm {algorithm!r} is not in the table")
    if not isinstance(kid, bytes) or len(kid) != keys.KID_BYTES:
        raise CoseError("kid must be 32 bytes")
    if typ != TYP or type(vds) is not int or vds != VDS_RFC9162_SHA256:
        raise CoseError("not a proof: typ or vds is another")
    if not isinstance(claims, dict) or list(claims) != [1, 2, 6, _CLAIM_SIZE, _CLAIM_LEAF_RULE]:
        raise CoseError("a proof's claims must be iss, sub, iat, tree size and leaf rule")
    origin, subject, signed_at, size, rule = claims.values()
    if type(rule) is not int or rule != LEAF_RULE_STATEMENT:
        raise CoseError(f"leaf rule {rule!r} is unknown")
    if not isinstance(origin, str) or not 0 < len(origin) <= MAX_ORIGIN_CHARS or not origin.isprintable():
        raise CoseError(f"iss must be printable text of 1..{MAX_ORIGIN_CHARS} characters")
    if subject != _SUBJECT_PREFIX + log_id_of(origin).hex():
        raise CoseError("iss is not the origin of the log that sub names")
    if type(size) is not int or not 0 < size <= MAX_TREE_SIZE or type(signed_at) is not int or signed_at < 0:
        raise CoseError("tree size or iat is out of range")
    if len(signature) != keys.SIGNATURE_BYTES:
        raise CoseError(f"the signature has {len(signature)} bytes, not {keys.SIGNATURE_BYTES}")
    return HeadSignature(protected, signature, kid, algorithm, origin, log_id_of(origin), size, signed_at)


def decode(data: bytes) -> Proof:
    """Parse a proof strictly. Raises CoseError or CborError."""
    sign1 = cose.decode_sign1(data)
    if sign1.payload is not None:
        raise CoseError("a proof's payload is detached")
    head = decode_head(sign1.protected, sign1.signature)
    parameters = sign1.unprotected.get(cose.HEADER_VDP)
    if not isinstance(parameters, dict) or list(parameters) != [_VDP_INCLUSION]:
        raise CoseError("a proof carries inclusion paths under 396, -1, and nothing else")
    encoded_paths = parameters[_VDP_INCLUSION]
    if not isinstance(encoded_paths, list) or not 0 < len(encoded_paths) <= MAX_RUN:
        raise CoseError(f"a proof carries 1..{MAX_RUN} paths")
    paths = tuple(_decode_path(number, item, head.size) for number, item in enumerate(encoded_paths))
    return Proof(head, paths, _decode_run(sign1.unprotected))


def _decode_path(number: int, item: Item, size: int) -> InclusionPath:
    if not isinstance(item, bytes):
        raise CoseError(f"path {number} is not a byte string")
    match cbor.decode(item):
        case [path_size, index, list(nodes)] if type(path_size) is type(index) is int and path_size == size:
            if not 0 <= index < size or len(nodes) > MAX_PATH:
                raise CoseError(f"path {number} points outside the tree")
            path: list[bytes] = []
            for node in nodes:
                if not isinstance(node, bytes) or len(node) != HASH_BYTES:
                    raise CoseError(f"path {number} holds something else than hashes")
                path.append(node)
            return InclusionPath(index, tuple(path))
        case _:
            raise CoseError(f"path {number} is not [tree size as signed, index, nodes]")


def _decode_run(unprotected: dict[int | str, Item]) -> tuple[bytes, int] | None:
    if unprotected.keys() == {cose.HEADER_VDP}:
        return None
    match unprotected.get(_HEADER_RUN):
        case [bytes(kid), int(first)] if (
            len(unprotected) == 2 and len(kid) == keys.KID_BYTES and type(first) is int and first >= 0
        ):
            return kid, first
        case _:
            raise CoseError("the unprotected header holds something else than paths and a run")
