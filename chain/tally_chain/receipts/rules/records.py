"""What the contracts remember, as frozen records. Quantities are grams, faces of vouchers fen, times Unix seconds.

Ids and digests are 32 bytes; 32 zero bytes mean none. A head is a hash over all operations on an object so far.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.registry.roles import KeyRole

NONE = bytes(32)
"""The id of nothing and nobody."""

Point = tuple[int, int]
"""Longitude and latitude (WGS84) in 1e-7 degree."""


@dataclass(frozen=True)
class Party:
    """An organisation in one of its roles, and the block since when the key acts that brought it here.

    Only keys that act since then or before act for it: whoever binds keys later takes nothing that came before.
    """

    organisation: bytes
    since: int
    role: KeyRole


@dataclass(frozen=True)
class Site:
    """A site (场区) and the living slots in it. Its owner's keys are those that acted when it was registered."""

    owner: Party
    outline: tuple[Point, ...]
    head: bytes = NONE
    slots: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Slot:
    """A slot (货位): a convex outline between two heights, mm above the site's floor datum."""

    site: bytes
    outline: tuple[Point, ...]
    bottom_mm: int
    top_mm: int
    plan: bytes
    head: bytes
    living: bool = True
    keeper: Party | None = None
    bulk: bytes = NONE
    """The one bulk lot that lies in it."""
    serialised: int = 0
    """How many serialised lots lie in it."""

    @property
    def empty(self) -> bool:
        """Whether nothing lies in it."""
        return self.bulk == NONE and self.serialised == 0


class Use(enum.IntEnum):
    """What became of the evidence of a weighing (磅单); the numbers are the contract's."""

    IN = 1
    OUT = 2
    VOIDED = 3


@dataclass(frozen=True)
class Weighing:
    """Evidence that is spent. One that came in has all of it; of one that went out only lot and use are known."""

    lot: bytes
    use: Use
    quantity: int = 0
    depositor: Party | None = None
    serial: bytes = NONE


@dataclass(frozen=True)
class Witness:
    """Who attests."""

    organisation: bytes
    role: KeyRole


@dataclass(frozen=True)
class Stake:
    """What of a lot is pledged to one lender, and the party whose keys act for it there."""

    lender: Party
    pledged: int


@dataclass(frozen=True)
class Deposit:
    """What one depositor (存货人) brought and has no receipt for. Its keys act since block `since`, or before."""

    quantity: int
    since: int


@dataclass(frozen=True)
class Lot:
    """A lot (批次): goods of one kind at one place under one keeper (保管人).

    `weighed` is what was weighed in and not out, voided or written off; `weighed_ever` what was weighed in and not
    voided, from what was left when a shortage was last shared on; `face` and `pledged` are sums over its receipts;
    `estimate`, `lower`, `upper` what is attested (见证量). The keys of its witnesses act since block `panel_since` or
    before. `short_since`, `noticed_at` and `moved_at` are times: when the chain learned of a shortage, when of how much
    is missing (`noticed` is the estimate then), and when goods last came or left.
    """

    slot: bytes
    head: bytes
    goods: bytes
    keeper: Party
    serialised: bool
    witnesses: tuple[Witness, ...]
    quorum: int
    panel_since: int
    allowance_ppm: int
    max_age_s: int
    opened_block: int
    open: bool = True
    short: bool = False
    said_short: bool = False
    short_since: int = 0
    noticed_at: int = 0
    noticed: int = 0
    moved_at: int = 0
    receipts: int = 0
    attested_at: int = 0
    weighed: int = 0
    weighed_ever: int = 0
    face: int = 0
    pledged: int = 0
    estimate: int = 0
    lower: int = 0
    upper: int = 0
    evidence_root: bytes = NONE
    policy: bytes = NONE
    stakes: tuple[Stake, ...] = ()
    deposits: Mapping[bytes, Deposit] = field(default_factory=dict)
    """What each depositor brought and has no receipt for; only those that have some."""

    @property
    def deposited(self) -> int:
        """What all depositors brought and have no receipt for."""
        return sum(one.quantity for one in self.deposits.values())

    def has_witness(self, party: Party) -> bool:
        """Whether that party, in that role and by a key as old as the list of witnesses, is one of them."""
        return Witness(party.organisation, party.role) in self.witnesses and party.since <= self.panel_since

    def fresh(self, time_s: int) -> bool:
        """Whether its attestation is young enough for new credit."""
        return self.attested_at != 0 and time_s <= self.attested_at + self.max_age_s


class Encumbrance(enum.IntEnum):
    """How far a pledge (质押) has come; the numbers are the contract's."""

    FREE = 0
    OFFERED = 1
    ACCEPTED = 2
    REGISTERED = 3
    MARGIN_CALL = 4
    DEFAULT = 5
    ENFORCING = 6


class State(enum.IntEnum):
    """The title axis of a receipt; from SPLIT on it is over. The numbers are the contract's."""

    NONE = 0
    ISSUED = 1
    SPLIT = 2
    MERGED = 3
    REPLACED = 4
    DELIVERED = 5
    CANCELLED = 6


@dataclass(frozen=True)
class Hold:
    """One reason why a receipt does not move. `quantity` 0 is the whole; `hold` is the digest of what set it."""

    hold: bytes
    kind: HoldKind
    setter: Party
    quantity: int
    reason: bytes
    time: int
    block: int


@dataclass(frozen=True)
class Charge:
    """What encumbers a receipt (担保). `due` is the last second of the offer, the margin call or the notice."""

    pledge: bytes = NONE
    lender: Party | None = None
    pledged: int = 0
    due: int = 0
    stage: Encumbrance = Encumbrance.FREE


FREE = Charge()


@dataclass(frozen=True)
class Receipt:
    """A warehouse receipt (仓单): title, encumbrance and holds, three axes that do not touch one another."""

    lot: bytes
    holder: Party
    quantity: int
    until: int
    document: bytes
    trade: bytes
    head: bytes
    parent: bytes = NONE
    state: State = State.ISSUED
    charge: Charge = FREE
    holds: tuple[Hold, ...] = ()
    held_block: int = 0
    """Block in which its holder got it."""
    surrendered_by: bytes = NONE
    """Who gave it back to its keeper: the goods are that depositor's again when it is cancelled."""

    @property
    def live(self) -> bool:
        """Whether it is title to goods."""
        return self.state is State.ISSUED


@dataclass(frozen=True)
class Pledge:
    """What a pledge (质押) was offered on. `outstanding` is what all its receipts pledge now.

    `maturity` is the last second in which the debt may be paid without default; `offered_block` the block in which it
    began, `staged_block` the one in which its stage last changed on any of its receipts.
    """

    terms: bytes
    quantity: int
    maturity: int
    offered_block: int
    staged_block: int = 0
    outstanding: int = 0


@dataclass(frozen=True)
class Floor:
    """What stays of a pledge (最低控货值) while goods leave from `since` on, to `until` or the next floor; 0: none."""

    quantity: int
    since: int
    until: int


@dataclass(frozen=True)
class Allowed:
    """What a lender lets go out of one receipt under one pledge: open orders, and floors, the newest last."""

    ordered: int = 0
    orders: int = 0
    floors: tuple[Floor, ...] = ()

    @property
    def floor(self) -> int:
        """What must stay now, g; 0 where nothing may leave without an order."""
        return self.floors[-1].quantity if self.floors else 0

    @property
    def floor_until(self) -> int:
        """The last second of that floor."""
        return self.floors[-1].until if self.floors else 0

    def floor_at(self, moment: int) -> Floor | None:
        """The floor that stood at that moment; None where none had been set by then."""
        return next((one for one in reversed(self.floors) if one.since <= moment), None)


class OrderState(enum.IntEnum):
    """What became of an order; the numbers are the contract's."""

    OPEN = 1
    USED = 2
    CANCELLED = 3


@dataclass(frozen=True)
class Order:
    """A release order (放货指令): at most `quantity` to who opens `picker`, from `begins` until `until`."""

    receipt: bytes
    pledge: bytes
    picker: bytes
    quantity: int
    begins: int
    until: int
    state: OrderState = OrderState.OPEN


Piece = tuple[str, bytes]
"""What of a trade is financed: the contract that says so, and the id of the pledge, the voucher, or the trade's own."""


@dataclass(frozen=True)
class Loan:
    """What finances a trade's order (订单融资), since `block`."""

    lender: Party
    borrower: bytes
    terms: bytes
    block: int


@dataclass(frozen=True)
class Trade:
    """A trade: order, goods, invoices and receivables carry its id; one lender at a time finances any of them."""

    seller: Party
    buyer: Party
    registrar: Party
    terms: bytes
    head: bytes
    lender: bytes = NONE
    pieces: frozenset[Piece] = frozenset()
    loan: Loan | None = None


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
