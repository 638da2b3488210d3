"""One operation as the rules see it: what was said, who signed it, when it came.

Signatures are checked before: a signer here is whose good key it was in that block, as Organisations says. The checks
and their refusals are those of Signed.sol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tally_chain.receipts.operations import head_after
from tally_chain.receipts.rules.records import NONE, Lot, Party, Receipt, Site, Slot, Trade, Voucher
from tally_chain.registry.roles import KeyRole


class Refused(Exception):  # noqa: N818 - it is what happened to the operation, not a fault of this program
    """The rules do not let an operation through; `name` is the contract's own error."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(f"{name}: {text}" if text else name)
        self.name = name


@dataclass(frozen=True)
class Signer:
    """Whose key a signature is. A key that is nobody's, or not good in that block, has the organisation NONE."""

    organisation: bytes
    role: KeyRole
    acts_since: int
    key_id: bytes


@dataclass(frozen=True)
class Act:
    """An operation in its block. `digest` is what was signed, `time` in seconds, `parent_hash` of the block before."""

    kind: str
    values: Mapping[str, Any]
    digest: bytes
    signers: Sequence[Signer]
    block: int
    time: int
    parent_hash: bytes

    def __getitem__(self, field: str) -> Any:
        return self.values[field]

    def signed_by(self, needed: int) -> None:
        """In time, and by exactly so many."""
        self.in_time()
        self.count(needed)

    def in_time(self) -> None:
        """Refuses an operation that comes after its deadline."""
        if self.time > self["deadline"]:
            raise Refused("SignedTooLate", f"the deadline was {self['deadline']}")

    def count(self, needed: int) -> None:
        """Refuses one signature too many or too few."""
        if len(self.signers) != needed:
            raise Refused("SignedByTooManyOrFew", f"{len(self.signers)} signatures, not {needed}")

    def signer(self, place: int, role: KeyRole) -> Party:
        """The party that signed at `place` in that role; its key was bound before this block."""
        found = self.signers[place]
        if found.organisation == NONE or found.role != role:
            raise Refused("SignedByNobodyInRole", f"signature {place} is of no good key of a {role.word}")
        if found.acts_since >= self.block:
            raise Refused("SignedByALaterKey", f"the key of signature {place} was bound in this block")
        return Party(found.organisation, found.acts_since, role)

    def must_sign(self, place: int, party: Party) -> None:
        """Refuses any other than that party, and its keys that act only since later."""
        found = self.signer(place, party.role)
        if found.organisation != party.organisation:
            raise Refused("SignedByAnother", f"signature {place} is not the {party.role.word}'s")
        if found.since > party.since:
            raise Refused("SignedByALaterKey", f"the key of signature {place} acts since block {found.since}")

    def must_sign_twice(self, place: int, party: Party) -> None:
        """Two keys of one party, at `place` and the place after it (四眼原则): neither alone is enough."""
        self.must_sign_at(place, place + 1, party)

    def must_sign_at(self, place: int, other: int, party: Party) -> None:
        """The same, at two places that need not follow each other."""
        self.must_sign(place, party)
        self.must_sign(other, party)
        if self.signers[place].key_id == self.signers[other].key_id:
            raise Refused("SignedTwiceByOne", "two keys must sign")

    def named(self, place: int, role: KeyRole, organisation: bytes) -> Party:
        """The party that signed at `place`, which the operation names."""
        found = self.signer(place, role)
        if found.organisation != organisation:
            raise Refused("SignedByAnother", f"signature {place} is not of the {role.word} that is named")
        return found

    def newcomer(self, place: int, role: KeyRole, organisation: bytes, since: int) -> Party:
        """A party that comes in as the operation names it: by a key that acts since block `since` or before.

        So a key that the administration binds to it in the meantime does not catch what is meant for it.
        """
        self.known(since)
        party = self.signer_since(place, role, since)
        if party.organisation != organisation:
            raise Refused("SignedByAnother", f"signature {place} is not of the {role.word} that is named")
        return party

    def known(self, since: int) -> None:
        """A block of the future is none that keys can act since; naming one would let any key in."""
        if since >= self.block:
            raise Refused("SignedNotKnownYet", f"block {since} is not over")

    def signer_since(self, place: int, role: KeyRole, since: int) -> Party:
        """The party that signed at `place`, by a key that acts since that block or before."""
        party = self.signer(place, role)
        if party.since > since:
            raise Refused("SignedByALaterKey", f"the key of signature {place} acts since block {party.since}")
        return party

    def court_before(self, begun: int, *parties: bytes, place: int = 0) -> Party:
        """A court liaison that is none of the parties, and acts since before block `begun`."""
        court = self.signer_since(place, KeyRole.COURT_LIAISON, begun - 1)
        no_party(court, *parties)
        return court

    def court_ends(self, by: Party, done: int) -> Party:
        """What was done in block `done`, a court ends that acts since before; the one that did it, by a key as old."""
        court = self.signer(0, KeyRole.COURT_LIAISON)
        own = by.role is KeyRole.COURT_LIAISON and court.organisation == by.organisation
        return self.signer_since(0, KeyRole.COURT_LIAISON, by.since if own else done - 1)

    def same_head(self, named: bytes, head: bytes) -> None:
        """Refuses an operation that was signed for another state of its object."""
        if named != head:
            raise Refused("SignedOverAnotherHead", f"the head is {head.hex()}")

    def after(self, head: bytes) -> bytes:
        """The head of an object that this operation changed."""
        return head_after(head, self.digest, self.parent_hash)


Headed = TypeVar("Headed", Site, Slot, Lot, Receipt, Trade, Voucher)


def no_party(court: Party, *parties: bytes) -> None:
    """Nobody judges its own case."""
    if court.organisation in parties:
        raise Refused("SignedByAParty", "the court is a party")


def moved(record: Headed, act: Act, **changes: Any) -> Headed:
    """A record with these changes and the head that the operation gives it."""
    return replace(record, head=act.after(record.head), **changes)
