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
from tally_edge import cose, statement, wire
from tally_edge.errors import DecodeError, EdgeError
from tally_edge.keys import SIGNATURE_BYTES, PublicKey, Signer
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


@dataclass(frozen=True, slots=True)
class Draft:
    """A grant that nobody has signed: the evidence, the documents beside it, and the very bytes that the owner signs.

    The header names the owner's key and the time, so the draft is for that key alone.
    """

    bundle: Bundle
    attachments: tuple[Attachment, ...]
    owner: PublicKey
    grant: Grant
    protected: bytes
    payload: bytes

    @property
    def to_be_signed(self) -> bytes:
        """The Sig_structure (RFC 9052 §4.4) under the owner's signature."""
        return cose.to_be_signed(self.protected, self.payload)

    @property
    def unsigned(self) -> Bundle:
        """The bundle with the grant under a signature of zeros: what an owner looks at, and signs with `sign_draft`."""
        encoded = cose.Sign1(self.protected, {}, self.payload, bytes(SIGNATURE_BYTES)).encode()
        return dataclasses.replace(self.bundle, grant=encoded, attachments=self.attachments or None)

    def signed(self, signature: bytes) -> Bundle:
        """The granted bundle. Raises BundleError where the owner's key did not sign this draft."""
        encoded = cose.Sign1(self.protected, {}, self.payload, signature).encode()
        try:
            statement.decode(encoded).verify(self.owner)
        except EdgeError as error:
            raise BundleError(f"the grant: {error}") from None
        return dataclasses.replace(self.bundle, grant=encoded, attachments=self.attachments or None)


def draft(bundle: Bundle, terms: Terms, attachments: Sequence[Attachment], owner: PublicKey, now: int) -> Draft:
    """What `owner` would sign over the bundle with these attachments; an earlier grant is replaced.

    Raises BundleError for terms that do not fit the format.
    """
    evidence = evidence_digest([root_of(section) for section in bundle.sections])
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
    claims = Claims(Kind.GRANT, owner.kid, f"urn:tallystick:key:{owner.kid.hex()}", subject, now)
    try:
        protected = statement.encode_protected(claims, owner.algorithm)
        return Draft(bundle, tuple(attachments), owner, payload, protected, wire.encode(payload))
    except DecodeError as error:
        raise BundleError(f"the grant: {error}") from None


def grant_in(bundle: Bundle) -> Grant:
    """What the grant of a bundle says; its signature is not checked. Raises BundleError where there is none."""
    if bundle.grant is None:
        raise BundleError("the bundle carries no grant")
    try:
        signed = statement.decode(bundle.grant)
        if signed.claims.kind is not Kind.GRANT:
            raise BundleError(f"the grant is a {signed.claims.kind.value}")
        return wire.decode(Grant, signed.payload)
    except DecodeError as error:
        raise BundleError(f"the grant: {error}") from None


def must_be_signed(bundle: Bundle, owner: PublicKey) -> None:
    """Raises BundleError where the grant of a bundle does not verify with `owner`, or names another key."""
    draft_again(bundle, owner, 0)  # that it is for this very bundle
    try:
        signed = statement.decode(bundle.grant or b"")
        signed.verify(owner)
    except EdgeError as error:
        raise BundleError(f"the grant: {error}") from None
    if signed.claims.kid != owner.kid:
        raise BundleError("the grant names another key than the owner's")


def draft_again(bundle: Bundle, owner: PublicKey, now: int) -> Draft:
    """The draft of `owner` that says what the grant of a bundle says, whoever signed that, or nobody.

    Raises BundleError where the grant is not for this very bundle with these documents.
    """
    said = grant_in(bundle)
    terms = Terms(said.owner, said.reader, said.purpose, said.expires_at, said.points, said.reader_key)
    made = draft(bundle, terms, bundle.attachments or (), owner, now)
    if made.grant != said:
        raise BundleError("the grant is for other evidence, another period or other documents than the bundle's")
    return made


def sign_draft(bundle: Bundle, owner: Signer, now: int) -> Bundle:
    """The bundle with its grant signed by `owner`. Raises BundleError as `draft_again`."""
    made = draft_again(bundle, owner.public_key, now)
    return made.signed(owner.sign(made.to_be_signed))


def grant(bundle: Bundle, terms: Terms, attachments: Sequence[Attachment], owner: Signer, now: int) -> Bundle:
    """The bundle with these attachments and a grant that `owner` signs over it; see `draft`."""
    made = draft(bundle, terms, attachments, owner.public_key, now)
    return made.signed(owner.sign(made.to_be_signed))
