"""Making a grant: what an owner adds to a bundle for one reader. Core: no IO."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from tally_chain import pruned
from tally_chain.bundle import Attachment, Bundle, Section
from tally_chain.errors import BundleError, TreeError
from tally_chain.grant import Grant
from tally_chain.verify.grant_check import evidence_digest
from tally_edge import statement, wire
from tally_edge.errors import DecodeError
from tally_edge.keys import Signer
from tally_edge.proof import leaf_hash
from tally_edge.statement import Claims, Kind


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may use a bundle, for what, until when (Unix seconds). No points: all of the bundle."""

    owner: str
    reader: str
    purpose: str
    expires_at: int
    points: tuple[str, ...] = ()
    reader_key: bytes | None = None


def root_of(section: Section) -> bytes:
    """The root that a section's statements and hashes make. Raises BundleError."""
    leaves = [leaf_hash(entry.statement) for entry in section.entries]
    try:
        indexes = [entry.index for entry in section.entries]
        return pruned.root_of_pruned(leaves, indexes, section.size, section.hashes)
    except TreeError as error:
        raise BundleError(f"log {section.origin}: {error}") from None


def grant(bundle: Bundle, terms: Terms, attachments: Sequence[Attachment], owner: Signer, now: int) -> Bundle:
    """The bundle with these attachments and a grant that `owner` signs over it; an earlier grant is replaced.

    Raises BundleError for terms that do not fit the format.
    """
    evidence = evidence_digest([root_of(section) for section in bundle.sections])
    kid = owner.public_key.kid
    payload = Grant(
        owner=terms.owner,
        reader=terms.reader,
        purpose=terms.purpose,
        points=terms.points,
        from_at=bundle.from_at,
        to_at=bundle.to_at,
        expires_at=terms.expires_at,
        evidence=evidence,
        attachments=tuple(attachment.binding for attachment in attachments),
        reader_key=terms.reader_key,
    )
    subject = f"urn:tallystick:evidence:{evidence.hex()}"
    claims = Claims(Kind.GRANT, kid, f"urn:tallystick:key:{kid.hex()}", subject, now)
    try:
        signed = statement.sign(claims, wire.encode(payload), owner)
    except DecodeError as error:
        raise BundleError(f"the grant: {error}") from None
    return dataclasses.replace(bundle, grant=signed.encoded, attachments=tuple(attachments) or None)
