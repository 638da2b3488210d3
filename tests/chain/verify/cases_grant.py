"""Cases of grants and attachments: step 9."""

from __future__ import annotations

import dataclasses

from tally_chain.bundle import Attachment, Bundle
from tally_chain.grant import Grant
from tally_chain.policy import Policy, TrustedKey
from tally_chain.verify.grant_check import evidence_digest
from tally_edge import statement, wire
from tally_edge.statement import Claims, Kind
from tests.chain.verify.case import NOW, Given, case, given, hour, plain
from tests.world import POINT, START, World, p256

INVOICE = Attachment.carry("invoice.pdf", "application/pdf", b"an invoice", bytes(range(16)))
SECRET = Attachment.carry("price.txt", "text/plain", b"a price", bytes(range(16, 32))).withheld()


def granted(world: World, attachments: tuple[Attachment, ...] = (), **changes: object) -> Bundle:
    """The world's bundle with attachments, and a grant that covers it."""
    evidence = world.bundle(hours=3)
    values: dict[str, object] = {
        "owner": "Mill",
        "reader": "First Bank",
        "purpose": "a loan",
        "points": (POINT,),
        "from_at": START,
        "to_at": hour(3),
        "expires_at": NOW + 1000,
        "evidence": evidence_digest([world.root]),
        "attachments": tuple(attachment.binding for attachment in attachments),
    }
    owner = p256("owner")
    claims = Claims(Kind.GRANT, owner.public_key.kid, "urn:example:mill", "urn:example:first-bank", START)
    grant = Grant(**(values | changes))  # type: ignore[arg-type]
    signed = statement.sign(claims, wire.encode(grant), owner)
    return dataclasses.replace(evidence, grant=signed.encoded, attachments=attachments or None)


def reader(world: World, **changes: object) -> Policy:
    """A policy that knows the owner."""
    owners = (TrustedKey(p256("owner").public_key, "Mill"),)
    return dataclasses.replace(world.policy(), owners=owners, reader="First Bank", **changes)  # type: ignore[arg-type]


def _given(world: World, bundle: Bundle) -> Given:
    return given(world, bundle=bundle, policy=reader(world))


@case(705, holds=True)
def granted_with_attachments() -> Given:
    """A grant that covers the bundle, with one attachment carried and one withheld."""
    world = plain()
    return _given(world, granted(world, (INVOICE, SECRET)))


@case(701)
def grant_of_a_stranger() -> Given:
    """The policy does not know the owner's key."""
    world = plain()
    return given(world, bundle=granted(world))


@case(701)
def grant_is_another_statement() -> Given:
    """A statement of another kind stands in the grant's place."""
    world = plain()
    return _given(world, dataclasses.replace(granted(world), grant=world.entries[4]))


@case(701)
def grant_in_another_name() -> Given:
    """The owner's key signs for another firm."""
    world = plain()
    return _given(world, granted(world, owner="Somebody else"))


@case(702)
def grant_expired() -> Given:
    """The grant has run out."""
    world = plain()
    return _given(world, granted(world, expires_at=NOW - 1))


@case(703)
def grant_of_other_evidence() -> Given:
    """The grant was given for another head."""
    world = plain()
    return _given(world, granted(world, evidence=bytes(32)))


@case(703)
def grant_of_another_period() -> Given:
    """The grant ends before the bundle's period does."""
    world = plain()
    return _given(world, granted(world, to_at=hour(2)))


@case(703)
def grant_of_another_point() -> Given:
    """The grant is for another metering point."""
    world = plain()
    return _given(world, granted(world, points=("urn:dev:org:32473-mill:m7",)))


@case(703)
def grant_to_another_reader() -> Given:
    """The grant names another reader."""
    world = plain()
    return _given(world, granted(world, reader="Second Bank"))


@case(703)
def attachment_dropped() -> Given:
    """The grant lists an attachment that is not there."""
    world = plain()
    return _given(world, dataclasses.replace(granted(world, (INVOICE, SECRET)), attachments=(INVOICE,)))


@case(703)
def attachment_renamed() -> Given:
    """A withheld attachment under another name."""
    world = plain()
    renamed = dataclasses.replace(SECRET, name="nothing.txt")
    return _given(world, dataclasses.replace(granted(world, (INVOICE, SECRET)), attachments=(INVOICE, renamed)))


@case(708, holds=True)
def key_of_the_reader_not_shown() -> Given:
    """The grant names the reader's key, the bundle came open, and nothing shows that who reads it holds that key."""
    world = plain()
    return _given(world, granted(world, reader_key=p256("reader").public_key.kid))


@case(704)
def attachment_exchanged() -> Given:
    """The content is not the one that the digest names."""
    world = plain()
    false = dataclasses.replace(INVOICE, content=b"another invoice")
    return _given(world, dataclasses.replace(granted(world, (INVOICE,)), attachments=(false,)))


@case(704)
def attachment_without_its_salt() -> Given:
    """A content without the salt can not be checked."""
    world = plain()
    false = dataclasses.replace(INVOICE, salt=None)
    return _given(world, dataclasses.replace(granted(world, (INVOICE,)), attachments=(false,)))


@case(706, 707)
def attachment_without_a_grant() -> Given:
    """Nobody signed for the attachment."""
    world = plain()
    return given(world, bundle=dataclasses.replace(world.bundle(hours=3), attachments=(INVOICE,)))
