"""From a position to what witnesses sign on the chain (见证): an operation's values, from one's own bundle. No IO.

    Attest          how much lies there in grams, between which bounds, and whether that is short of what was weighed in
    RecordInbound   the weighings that brought it, each under its ticket's evidence id, where it counts once for ever
    Deliver         those that took it

Two readers with the same bundle, the same sheet and the same policy get the same bytes, whatever the order in which the
bundle holds its statements and whenever they read. So nobody has to sign what another found: it is computed anew and
compared (`comparing.py`).

evidenceRoot    SHA-256("tallystick attestation 1" 0 ‖ method 0 ‖ from, to (8 bytes each) ‖ statement ids, ascending):
                all readings and meter facts of the store's metering points
policy          SHA-256("tallystick attestation policy 1" 0 ‖ SHA-256 of the policy's text ‖ SHA-256 of the sheet): whom
                and what the witness goes by. The heads that it holds and its own name are not in it: they are evidence
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from tally_chain import policy_text
from tally_chain.policy import Policy
from tally_chain.receipts.encoding import Weighing
from tally_finance.errors import QuantityError
from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.pieces import PiecePosition
from tally_finance.quantity.position import Position
from tally_finance.quantity.store import Pieces, Store
from tally_finance.quantity.tickets import Ticket

_ROOT_DOMAIN: Final = b"tallystick attestation 1\0"
_POLICY_DOMAIN: Final = b"tallystick attestation policy 1\0"
_BULK: Final = b"book and stocktake 1"
_PIECES: Final = b"pieces 1"
_TIME_BYTES: Final = 8
_PPM: Final = 1_000_000
G_PER_KG: Final = 1_000
MOST_WEIGHINGS: Final = 64
"""Of one operation: `Lots.MOST_WEIGHINGS`."""


@dataclass(frozen=True, slots=True)
class LotBook:
    """What the chain says of a lot: grams that are weighed in and not gone, all that ever came, the loss allowance."""

    weighed_g: int
    weighed_ever_g: int
    allowance_ppm: int

    @property
    def weighed_kg(self) -> Decimal:
        """What was weighed in and is not gone."""
        return Decimal(self.weighed_g) / G_PER_KG

    @property
    def allowance_kg(self) -> Decimal:
        """What may be lost of all that ever came (损耗标准), exact."""
        return Decimal(self.weighed_ever_g) * self.allowance_ppm / _PPM / G_PER_KG


def evidence_root(evidence: Evidence, store: Store | Pieces) -> bytes:
    """32 bytes over everything that the position of `store` rests on."""
    ids = {pack.source.statement_id for point in store.points for pack in evidence.packs.get(point, ())}
    ids |= {stated.statement_id for point in store.points for stated in evidence.facts.meters.get(point, ())}
    hashed = hashlib.sha256(_ROOT_DOMAIN + (_BULK if isinstance(store, Store) else _PIECES) + b"\0")
    for at in (evidence.from_at, evidence.to_at):
        hashed.update(at.to_bytes(_TIME_BYTES, "big"))
    for one in sorted(ids):
        hashed.update(one)
    return hashed.digest()


def policy_digest(policy: Policy, sheet: str) -> bytes:
    """32 bytes over whom a witness trusts and how it reckons. `sheet`: the text of the store's sheet."""
    logs = tuple(replace(log, roots=()) for log in policy.logs)
    aggregators = tuple(replace(log, roots=()) for log in policy.aggregators)
    registry = None if policy.registry is None else replace(policy.registry, keys=(), read_at=None)
    bare = replace(policy, reader="", logs=logs, aggregators=aggregators, registry=registry)
    parts = (policy_text.write(bare), sheet)
    return hashlib.sha256(_POLICY_DOMAIN + b"".join(hashlib.sha256(part.encode()).digest() for part in parts)).digest()


def attest_values(found: Position | PiecePosition, lot: LotBook, root: bytes, policy: bytes) -> dict[str, Any]:
    """What the evidence says for `Attest`: `estimate`, `lower` rounded down, `upper` up, `asOf`, `short`, the digests.

    Raises QuantityError where a remark allows no new credit and the goods are not short: a fresh attestation would
    allow it. An old one grows stale by itself, and that stops new credit alone.
    """
    short = found.attested.is_short_of(lot.weighed_kg, lot.allowance_kg)
    blocking = [one for one in found.remarks if one.name.blocks]
    if blocking and not short:
        raise QuantityError(
            f"nobody attests what allows no new credit: {blocking[0].name.text}, {blocking[0].sentence}"
        )
    return {
        "estimate": grams(found.attested.quantity_kg, ROUND_FLOOR),
        "lower": grams(found.attested.lower_kg, ROUND_FLOOR),
        "upper": grams(found.attested.upper_kg, ROUND_CEILING),
        "asOf": found.at,
        "short": short,
        "evidenceRoot": root,
        "policy": policy,
    }


def brought(found: Position | PiecePosition) -> tuple[Ticket, ...]:
    """The weighings that brought goods; of pieces those that brought one that lies there and is nothing's copy."""
    if isinstance(found, Position):
        return tuple(one for one in found.tickets if one.came)
    counts = {one.piece.weighing for one in found.pieces if one.counts}
    return tuple(one for one in found.tickets if one.came and one.evidence in counts)


def inbound_values(tickets: Sequence[Ticket], serial_ids: Mapping[str, bytes]) -> dict[str, Any]:
    """`weighings`, `serials`, `weighedAt` of `RecordInbound`, in the tickets' order. `serial_ids`: nullifier by serial.

    Raises QuantityError for what went out, for more than one operation takes, and for a serial without a nullifier.
    """
    _check(tickets, came=True)
    return {
        "weighings": tuple(Weighing(one.evidence, ticket_grams(one)) for one in tickets),
        "serials": _serials(tickets, serial_ids),
        "weighedAt": max(one.at for one in tickets),
    }


def outbound_values(tickets: Sequence[Ticket], serial_ids: Mapping[str, bytes]) -> dict[str, Any]:
    """`quantity`, `evidence`, `serials` and `leftAt` of `Deliver`, as `inbound_values`. Raises QuantityError."""
    _check(tickets, came=False)
    return {
        "quantity": sum(ticket_grams(one) for one in tickets),
        "evidence": tuple(one.evidence for one in tickets),
        "serials": _serials(tickets, serial_ids),
        "leftAt": max(one.at for one in tickets),
    }


def ticket_grams(ticket: Ticket) -> int:
    """A load. Raises QuantityError where the scale shows less than a gram."""
    exact = ticket.net_kg * G_PER_KG
    if exact != int(exact):
        raise QuantityError(f"ticket {ticket.number}: {ticket.net_kg:f} kg are no whole grams")
    return int(exact)


def grams(kg: Decimal, rounding: str) -> int:
    """Whole grams of an attested number, rounded as `decimal` names it, never below none."""
    return max(0, int((kg * G_PER_KG).to_integral_value(rounding)))


def _check(tickets: Sequence[Ticket], *, came: bool) -> None:
    if not 0 < len(tickets) <= MOST_WEIGHINGS:
        raise QuantityError(f"one operation takes 1 to {MOST_WEIGHINGS} weighings, not {len(tickets)}")
    for one in tickets:
        if one.came is not came:
            raise QuantityError(f"ticket {one.number} {'brought' if one.came else 'took'} goods")


def _serials(tickets: Sequence[Ticket], serial_ids: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """One for each weighing of goods that have serials, none of goods in bulk."""
    named = [one for one in tickets if one.serial is not None]
    if not named:
        return ()
    for one in tickets:
        if one.serial is None or one.serial not in serial_ids:
            raise QuantityError(f"ticket {one.number}: no nullifier is known of the serial {one.serial}")
    return tuple(serial_ids[one.serial] for one in tickets if one.serial is not None)
