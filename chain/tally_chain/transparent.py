"""One statement with its proof in label 394: a SCITT transparent statement (RFC 9943). Verdict-critical: no IO.

    transparent = the statement's COSE_Sign1 with the unprotected header { 394: [ + proof ] }

Its proof is the section's own signed head with a path to this one leaf, cut out of the pruned tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from tally_chain.bundle import Section
from tally_chain.errors import BundleError, TreeError
from tally_chain.pruned import leaf_path
from tally_edge import cose, proof, statement
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_edge.proof import InclusionPath, Proof, leaf_hash
from tally_edge.statement import Statement


@dataclass(frozen=True, slots=True)
class Transparent:
    """A statement and the proofs that it carries."""

    statement: Statement
    proofs: tuple[Proof, ...]

    def verify(self, proof_key: PublicKey) -> list[tuple[int, bytes]]:
        """(size, root) of the heads that `proof_key` signed and that hold the statement, one per proof.

        Nothing is said about who signed the statement, or whether anybody anchored the head. Raises DecodeError or
        SignatureError when any proof does not hold.
        """
        entry = self.statement.encoded
        return [(held.head.size, held.verify([entry], proof_key)) for held in self.proofs]


def extract(section: Section, index: int) -> bytes:
    """The statement at `index` of a section with its proof. Raises BundleError when the section does not carry it."""
    indexes = [entry.index for entry in section.entries]
    if index not in indexes:
        raise BundleError(f"entry {index} is not carried")
    leaves = [leaf_hash(entry.statement) for entry in section.entries]
    try:
        path = leaf_path(leaves, indexes, section.size, section.hashes, index)
        head = proof.decode_head(section.head_protected, section.head_signature)
        held = Proof(head, (InclusionPath(index, tuple(path)),))
        sign1 = cose.decode_sign1(section.entries[indexes.index(index)].statement)
    except (TreeError, DecodeError) as error:
        raise BundleError(f"entry {index}: {error}") from None
    return cose.Sign1(sign1.protected, {cose.HEADER_RECEIPTS: [held.encode()]}, sign1.payload, sign1.signature).encode()


def decode(data: bytes) -> Transparent:
    """Parse a transparent statement strictly; signatures are not checked. Raises DecodeError."""
    sign1 = cose.decode_sign1(data)
    encoded = sign1.unprotected.get(cose.HEADER_RECEIPTS)
    if len(sign1.unprotected) != 1 or not isinstance(encoded, list) or not encoded:
        raise DecodeError("the unprotected header must hold proofs under 394, and nothing else")
    proofs = []
    for item in encoded:
        if not isinstance(item, bytes):
            raise DecodeError("a proof under 394 is a byte string")
        held = proof.decode(item)
        if len(held.paths) != 1:
            raise DecodeError("a proof of one statement has one path")
        proofs.append(held)
    bare = cose.Sign1(sign1.protected, {}, sign1.payload, sign1.signature).encode()
    return Transparent(statement.decode(bare), tuple(proofs))
