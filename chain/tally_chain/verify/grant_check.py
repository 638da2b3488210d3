"""Step 9: the grant is the owner's and covers this bundle; attachments are those it names. Verdict-critical: no IO."""

from __future__ import annotations

import hashlib

from tally_chain.bundle import Attachment, Bundle
from tally_chain.findings import Code, Ledger, Severity
from tally_chain.grant import Grant
from tally_chain.policy import Policy
from tally_chain.verify.log_check import CheckedSection, Logged
from tally_chain.verify.registry_check import RegistryCheck
from tally_edge import statement, wire
from tally_edge.errors import EdgeError
from tally_edge.statement import Kind


def evidence_digest(roots: list[bytes]) -> bytes:
    """What a grant binds: SHA-256 over the roots of the bundle's sections, in order."""
    return hashlib.sha256(b"".join(roots)).digest()


def check_grant(
    bundle: Bundle,
    checked: list[CheckedSection],
    counted: list[Logged],
    policy: Policy,
    ledger: Ledger,
    *,
    registry: RegistryCheck,
    now: int,
    reader_key: bytes | None = None,
) -> None:
    """Check the grant and the attachments.

    9.1 the owner, known to the policy, signed the grant, with a key that the registry calls good now where it must
    9.2 it has not expired, and names this evidence, period, points and, where the policy says who reads, the reader;
        where it names the reader's key, the reader has shown that it holds that key: a name alone is anybody's
    9.3 every attachment matches its digest, and the grant lists exactly the bundle's attachments
    """
    attachments = bundle.attachments or ()
    for attachment in attachments:
        _check_attachment(attachment, ledger)
    if bundle.grant is None:
        ledger.add(Code.NO_GRANT, "bundle", severity=Severity.NOTE if policy.accept.without_grant else Severity.FAILURE)
        for attachment in attachments:
            ledger.add(Code.ATTACHMENT_UNBOUND, f"attachment {attachment.name}")
        return
    grant = _read(bundle.grant, policy, registry, ledger)
    if grant is None:
        return
    if grant.expires_at < now:
        ledger.add(Code.GRANT_EXPIRED, "grant", f"at {grant.expires_at}")
    if grant.evidence != evidence_digest([section.root for section in checked]):
        ledger.add(Code.NOT_GRANTED, "grant", "it is for other evidence")
    if not grant.from_at <= bundle.from_at < bundle.to_at <= grant.to_at:
        ledger.add(Code.NOT_GRANTED, "grant", "it is for another period")
    foreign = {logged.statement.claims.subject for logged in counted} - set(grant.points)
    if grant.points and foreign:
        ledger.add(Code.NOT_GRANTED, "grant", f"it is not for {sorted(foreign)[0]}")
    if policy.reader and grant.reader != policy.reader:
        ledger.add(Code.NOT_GRANTED, "grant", f"it is for {grant.reader}")
    if grant.reader_key is not None and reader_key is None:
        ledger.add(Code.READER_KEY_UNPROVEN, "grant", f"key {grant.reader_key.hex()[:16]}…, and the bundle came open")
    elif grant.reader_key is not None and grant.reader_key != reader_key:
        ledger.add(Code.NOT_GRANTED, "grant", "it names another reader's key")
    if sorted(grant.attachments) != sorted(attachment.binding for attachment in attachments):
        ledger.add(Code.NOT_GRANTED, "grant", "it lists other attachments")


def _read(encoded: bytes, policy: Policy, registry: RegistryCheck, ledger: Ledger) -> Grant | None:
    """Step 9.1."""
    try:
        signed = statement.decode(encoded)
        if signed.claims.kind is not Kind.GRANT:
            ledger.add(Code.GRANT_WRONG, "grant", f"it is a {signed.claims.kind.value}")
            return None
        grant = wire.decode(Grant, signed.payload)
        owner = next((known for known in policy.owners if known.key.kid == signed.claims.kid), None)
        if owner is None:
            ledger.add(Code.GRANT_WRONG, "grant", "the policy does not know the owner's key")
            return None
        signed.verify(owner.key)
    except EdgeError as error:
        ledger.add(Code.GRANT_WRONG, "grant", str(error))
        return None
    if grant.owner != owner.organisation:
        ledger.add(Code.GRANT_WRONG, "grant", f"it names {grant.owner} as the owner, the key is {owner.organisation}'s")
        return None
    registry.owner(owner)
    return grant


def _check_attachment(attachment: Attachment, ledger: Ledger) -> None:
    touches = f"attachment {attachment.name}"
    if attachment.content is None and attachment.salt is None:
        ledger.add(Code.ATTACHMENT_WITHHELD, touches)
    elif attachment.content is None or attachment.salt is None:
        ledger.add(Code.ATTACHMENT_WRONG, touches, "its salt or its content is left out")
    elif hashlib.sha256(attachment.salt + attachment.content).digest() != attachment.digest:
        ledger.add(Code.ATTACHMENT_WRONG, touches)
