"""What the contract of vouchers remembers, as frozen records. Faces are fen, times Unix seconds; see `records`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from tally_chain.receipts.rules.records import NONE, Party


class LeafState(enum.IntEnum):
    """What became of a leaf of a voucher; the numbers are the contract's."""

    LIVING = 1
    SPLIT = 2
    REDEEMED = 3


class LeafCharge(enum.IntEnum):
    """How far a leaf's pledge has come; the numbers are the contract's."""

    FREE = 0
    OFFERED = 1
    PLEDGED = 2


@dataclass(frozen=True)
class Dispute:
    """Why all leaves of a voucher are frozen (争议); `block` is that of the operation that began it."""

    by: Party
    block: int


@dataclass(frozen=True)
class Root:
    """What an obligor accepted (确权): the claim that all leaves are parts of. Faces are fen.

    Its head is that of its first leaf, which has its number. `disputes` by their ids freeze all leaves.
    """

    obligor: Party
    registrar: Party
    face: int
    due_at: int
    trade: bytes
    invoices: tuple[bytes, ...]
    living: int
    redeemed: int = 0
    leaves: int = 1
    disputes: Mapping[bytes, Dispute] = field(default_factory=dict)
    silenced: frozenset[bytes] = frozenset()
    """Whose dispute a court ended: they raise none again."""
    disputed_for: frozenset[tuple[bytes, bytes]] = frozenset()
    """Organisations and their reasons: nobody disputes twice for the same."""


@dataclass(frozen=True)
class Voucher:
    """A leaf of a receivable voucher (应收账款电子凭证). `tier`: how often it was passed on; `until` ends its offer.

    `pledged_block` is the block that made it a pledge.
    """

    root: bytes
    holder: Party
    face: int
    head: bytes
    parent: bytes = NONE
    tier: int = 0
    state: LeafState = LeafState.LIVING
    charge: LeafCharge = LeafCharge.FREE
    lender: Party | None = None
    terms: bytes = NONE
    until: int = 0
    pledged_block: int = 0
    dishonoured: bool = False
