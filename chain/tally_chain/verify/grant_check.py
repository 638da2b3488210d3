"""Step 9: the grant is the owner's and covers this bundle; attachments are those it names. Verdict-critical: no IO."""

from __future__ import annotations

import hashlib

from tally_chain.bundle import Attachment, Bundle
from tally_chain.findings import Code, Ledger, Severity
from tally_chain.grant import Grant
from tally_chain.policy import Policy
from tally_chain.verify.log_check import CheckedSection
from tally_edge import statement, wire
from tally_edge.errors import EdgeError
from tally_edge.statement import Kind


def evidence_digest(roots: list[bytes]) -> bytes:
    """What a grant binds: SHA-256 over the roots of the bundle's sections, in order."""
    return hashlib.sha256(b"".join(roots)).digest()


def check_grant(bundle: Bundle, checked: list[CheckedSection], policy: Policy, ledger: Ledger, *, now: int) -> None:
    """Check the grant and the attachments.

    9.1 the owner, known to the policy, signed the grant
    9.2 it has not expired, and names this evidence and this period
    9.3 every attachment matches its digest, and the grant lists exactly the bundle's attachments
    """
    attachments = bundle.attachments or ()
    for attachment in attachments:
        _check_attachment(attachment, ledger)
    if bundle.grant is None:
        ledger.add(Code.NO_GRANT, "bundle", severity=Severity.NOTE if policy.accept.without_grant else Severity.FAILURE)
        return
    try:
        signed = statement.decode(bundle.grant)
        if signed.claims.kind is not Kind.GRANT:
            ledger.add(Code.GRANT_WRONG, "grant", f"it is a {signed.claims.kind.value}")
            return
        grant = wire.decode(Grant, signed.payload)
        owner = next((known for known in policy.owners if known.key.kid == signed.claims.kid), None)
        if owner is None:
            ledger.add(Code.GRANT_WRONG, "grant", "the policy does not know the owner's key")
            return
        signed.verify(owner.key)
    except EdgeError as error:
        ledger.add(Code.GRANT_WRONG, "grant", str(error))
        return
    if grant.expires_at < now:
        ledger.add(Code.GRANT_EXPIRED, "grant")
    if grant.evidence != evidence_digest([section.root for section in checked]):
        ledger.add(Code.NOT_GRANTED, "grant", "it is for other evidence")
    if not grant.from_at <= bundle.from_at < bundle.to_at <= grant.to_at:
        ledger.add(Code.NOT_GRANTED, "grant", "it is for another period")
    if set(grant.attachments) != {attachment.digest for attachment in attachments}:
        ledger.add(Code.NOT_GRANTED, "grant", "it lists other attachments")


def _check_attachment(attachment: Attachment, ledger: Ledger) -> None:
    touches = f"attachment {attachment.name}"
    if attachment.content is None or attachment.salt is None:
        ledger.add(Code.ATTACHMENT_WITHHELD, touches)
    elif hashlib.sha256(attachment.salt + attachment.content).digest() != attachment.digest:
        ledger.add(Code.ATTACHMENT_WRONG, touches)
