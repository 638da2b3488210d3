"""The stage of a play: a warehouse on the real contracts, where each operation is done or refused by name.

The contracts run on an embedded chain, with their rules in Python beside them (tests.chain.receipts.world): an
operation that the two judge differently ends the play, and so does a state that breaks an invariant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tally_chain.receipts.ids import lot_id, slot_id
from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.records import NONE, Lot, Receipt
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.furnished import (
    AUCTIONEER,
    BANK,
    BANK_TOO,
    COURT,
    INSPECTOR,
    OTHER_BANK,
    OWNER,
    REGISTRAR,
    TAKER,
    TONNE,
    TRADE,
    TRADER,
    VERIFIER,
    VOUCHER,
    YEAR,
    Furniture,
    keeper,
)
from tests.chain.receipts.world import SITE, Who, World, organisation

KEEPER, OTHER_KEEPER = keeper("a"), keeper("b")
KEEPER_AS_HOLDER = (organisation("warehouse a"), R.HOLDER, 0)
BANK_AS_HOLDER = (organisation("bank a"), R.HOLDER, 0)
THIRD = (organisation("trader c"), R.HOLDER, 0)
DAY = 86_400
WIDTH = 200
"""Of a slot: slots of the yard lie side by side."""
ACCOUNTS = ("waterfall", "report")


class PlayError(AssertionError):
    """A play that does not go as it should: what should be refused goes through, or the other way round."""


class RefusedError(Exception):
    """An operation is refused."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"{kind}: {name}")
        self.kind, self.name = kind, name


@dataclass(frozen=True)
class Stop:
    """What stopped something: `where` is an operation or a check, `name` its refusal or remark."""

    where: str
    name: str


class Hall(Furniture):
    """Operations by name on a chain of one's own; `stops` is what was refused so far, each once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stops: list[Stop] = []
        self._made = 0

    # What is tried and refused

    def did(self, kind: str, /, *by: object, **values: object) -> str:
        """Carries an operation out. Raises RefusedError."""
        name = super().did(kind, *by, **values)
        if name:
            raise RefusedError(kind, name)
        return name

    @contextmanager
    def refuses(self, name: str) -> Iterator[None]:
        """What is done inside is refused by this name."""
        try:
            yield
        except RefusedError as refused:
            if refused.name != name:
                raise PlayError(f"{refused.kind}: {refused.name}, not {name}") from refused
            self._stopped(refused.kind, name)
        else:
            raise PlayError(f"{name}: it went through")

    def says(self, where: str, said: Iterable[str], name: str) -> None:
        """A check off the chain says this, among what it says."""
        told = sorted(set(said))
        if name not in told:
            raise PlayError(f"{where}: nothing says {name}; said is {told}")
        self._stopped(where, name)

    def silent(self, where: str, said: Iterable[str]) -> None:
        """A check off the chain finds nothing."""
        told = sorted(set(said))
        if told:
            raise PlayError(f"{where}: {told}")

    def _stopped(self, where: str, name: str) -> None:
        if Stop(where, name) not in self.stops:
            self.stops.append(Stop(where, name))

    # What there is

    def receipt(self, number: bytes) -> Receipt:
        return self.world.book.receipts[number]

    def stock(self, lot: bytes) -> Lot:
        return self.world.book.lots[lot]

    def fresh(self, what: str = "digest") -> bytes:
        """32 bytes that nothing in this play has had."""
        self._made += 1
        return hashlib.sha256(f"{what} {self._made}".encode()).digest()

    def digests(self, *names: str) -> Mapping[str, Any]:
        return {name: self.fresh(name) for name in names}

    # The yard

    def slot(self, by: Who, *, shift: int = 0) -> bytes:
        """A slot beside the others, or `shift` nearer to them, and its keeper."""
        west = WIDTH * len(self.world.book.slots) - shift
        outline = ((west, 0), (west + WIDTH, 0), (west + WIDTH, WIDTH), (west, WIDTH))
        head = self.world.book.sites[SITE].head
        self.did("AddSlot", OWNER, site=SITE, head=head, outline=outline, bottom=0, top=5_000, plan=self.fresh("plan"))
        slot = slot_id(SITE, outline, 0, 5_000)
        self.assigned(slot, by)
        return slot

    def assigned(self, slot: bytes, by: Who) -> None:
        head, since = self.world.book.slots[slot].head, self.world.known
        self.did("AssignKeeper", OWNER, by, slot=slot, head=head, keeper=by[0], keeperSince=since)

    def opened(self, slot: bytes, by: Who, *, serialised: bool = False) -> bytes:
        """An empty lot. Inspector, verifier and keeper witness, two of them together."""
        head = self.world.book.slots[slot].head
        self.did(
            "OpenLot", by, slot=slot, head=head, goods=self.fresh("goods"), serialised=serialised, allowancePpm=1_000,
            maxAgeSeconds=30 * DAY, witnesses=(INSPECTOR[0], VERIFIER[0], by[0]), quorum=2,
            roles=(int(R.INSPECTOR), int(R.VERIFIER), int(R.KEEPER)),
        )  # fmt: skip
        return lot_id(slot, head)

    def weighed_in(
        self,
        lot: bytes,
        tonnes: int,
        *by: Who,
        evidence: bytes = b"",
        serials: tuple[bytes, ...] = (),
    ) -> bytes:
        """One weighing, signed by keeper, verifier and depositor or as `by` says; its evidence."""
        by = by or (self._keeper(lot), VERIFIER, TRADER)
        evidence = evidence or self.fresh("weighing")
        self.did(
            "RecordInbound", *by, lot=lot, head=self.stock(lot).head, depositor=by[-1][0],
            weighings=((evidence, tonnes * TONNE),), serials=serials, weighedAt=self.world.time,
        )  # fmt: skip
        return evidence

    def stocked(self, by: Who = KEEPER, tonnes: int = 100, *, serials: tuple[bytes, ...] = ()) -> bytes:
        """A lot in a slot of its own with goods that were weighed and attested."""
        lot = self.opened(self.slot(by), by, serialised=bool(serials))
        self.weighed_in(lot, tonnes, serials=serials)
        self.attested(lot, tonnes * TONNE)
        return lot

    def _keeper(self, lot: bytes) -> Who:
        party = self.stock(lot).keeper
        return party.organisation, party.role, 0

    # Receipts

    def issue(self, lot: bytes, tonnes: int, *by: Who, trade: bytes = NONE, number: bytes = b"") -> bytes:
        """Signed by keeper, holder and inspector, or as `by` says; the holder is the second of them."""
        by = by or (self._keeper(lot), TRADER, INSPECTOR)
        number = number or self.fresh("receipt")
        holder = by[1] if by[1][1] is R.HOLDER else TRADER
        self.did(
            "Issue", *by, number=number, lot=lot, lotHead=self.stock(lot).head, holder=holder[0],
            holderSince=self.world.known, quantity=tonnes * TONNE, until=self.world.time + YEAR,
            document=self.fresh("document"), trade=trade,
        )  # fmt: skip
        return number

    def endorse(self, number: bytes, to: Who, by: Who = TRADER) -> None:
        self.on("Endorse", number, by, self.keeper_of(number), to, to=to[0], toSince=self.world.known)

    def deliver(self, number: bytes, tonnes: int, by: Who = TRADER) -> None:
        self.on(
            "Deliver", number, by, self.keeper_of(number), VERIFIER, quantity=tonnes * TONNE,
            evidence=(self.fresh("weighing"),), serials=(), last=False, leftAt=self.world.time, places=(),
        )  # fmt: skip

    def split(
        self, number: bytes, *tonnes: int, by: tuple[Who, ...] = (TRADER,), pledged: tuple[int, ...] = ()
    ) -> list[bytes]:
        """Pieces, and what of each is pledged. Signed by the holder, its keeper, and who else `by` names."""
        pieces = [self.fresh("piece") for _ in tonnes]
        holder, *others = by
        self.on(
            "Split", number, holder, self.keeper_of(number), *others, numbers=tuple(pieces),
            quantities=tuple(one * TONNE for one in tonnes),
            pledged=tuple(one * TONNE for one in pledged or (0,) * len(tonnes)),
            documents=tuple(self.fresh("document") for _ in tonnes),
        )  # fmt: skip
        return pieces

    def held(self, number: bytes, kind: HoldKind, by: Who, tonnes: int = 0) -> bytes:
        """A hold, of the whole receipt where no tonnes are given; its id."""
        self.on(
            "Hold", number, by, kind=int(kind), role=int(by[1]), quantity=tonnes * TONNE, reason=self.fresh("reason")
        )
        return self.receipt(number).holds[-1].hold

    def lift(self, number: bytes, hold: bytes, by: Who) -> None:
        self.on("Lift", number, by, hold=hold, reason=self.fresh("reason"), role=int(by[1]))

    # Pledges

    def offer(self, number: bytes, tonnes: int, bank: Who = BANK, by: Who = TRADER) -> None:
        self.on(
            "Offer", number, by, self.keeper_of(number), lender=bank[0], lenderSince=self.world.known,
            quantity=tonnes * TONNE, terms=self.fresh("terms"), until=self.world.time + DAY,
            maturity=self.world.time + YEAR,
        )  # fmt: skip

    def accept(self, number: bytes, bank: Who = BANK) -> None:
        self.on("Accept", number, bank, **self.digests("ownership", "valuation", "search"))

    def register(self, number: bytes, bank: Who = BANK) -> None:
        self.on("Register", number, bank, **self.digests("filing", "search"))

    def pledge(self, number: bytes, tonnes: int, bank: Who = BANK) -> None:
        """Offered, accepted and registered."""
        self.offer(number, tonnes, bank)
        self.accept(number, bank)
        self.register(number, bank)

    def release(self, number: bytes, tonnes: int, *by: Who) -> None:
        quantity = tonnes * TONNE
        self.on("Release", number, *(by or (BANK, BANK_TOO)), quantity=quantity, computation=self.fresh())

    def ordered(self, number: bytes, tonnes: int, *by: Who) -> tuple[bytes, bytes]:
        """A release order for today, signed by lender, lender and holder or as `by` says; its id and its picker."""
        picker = self.fresh("picker")
        self.on(
            "Order", number, *(by or (BANK, BANK_TOO, TRADER)), quantity=tonnes * TONNE, picker=picker,
            until=self.world.time + DAY, computation=self.fresh(), **{"from": self.world.time},
        )  # fmt: skip
        return list(self.world.book.orders)[-1], picker

    def execute(
        self, number: bytes, order: bytes, picker: bytes, tonnes: int, left_at: int = 0, *, quorum: bool = False
    ) -> None:
        """With the lot's quorum behind keeper and verifier, as what went beyond its order needs it."""
        witnesses, places = ((INSPECTOR, VERIFIER), (0, 1)) if quorum else ((), ())
        self.on(
            "Execute", number, self.keeper_of(number), VERIFIER, *witnesses, order=order, quantity=tonnes * TONNE,
            picker=picker, evidence=(self.fresh("weighing"),), serials=(), leftAt=left_at or self.world.time,
            places=places,
        )  # fmt: skip

    def default(self, number: bytes, bank: Who = BANK) -> None:
        """Called, not answered."""
        self.on("CallMargin", number, bank, until=self.world.time + DAY, computation=self.fresh())
        self.world.wait(2 * DAY)
        self.on("DeclareDefault", number, bank, reason=self.fresh("reason"))

    def enforce(self, number: bytes, bank: Who = BANK) -> None:
        """Notice of a sale in five days."""
        until = self.world.time + 5 * DAY
        self.on("Enforce", number, bank, noticeUntil=until, **self.digests("valuation", "reserve"))

    def sell(self, number: bytes, buyer: Who = TAKER, *, rest: bytes = NONE, **values: object) -> None:
        """To a buyer; `rest` is the number of what is not pledged."""
        given = {**self.digests(*ACCOUNTS), "rest": rest, "restDocument": rest, **values}
        by = (BANK, BANK_TOO, AUCTIONEER, self.keeper_of(number), buyer)
        self.on("Sell", number, *by, buyer=buyer[0], buyerSince=self.world.known, **given)

    def take_over(self, number: bytes, pledgor: Who) -> None:
        """The lender buys, and whoever signs as pledgor agrees."""
        given = {**self.digests(*ACCOUNTS), "rest": NONE, "restDocument": NONE}
        by = (BANK, BANK_TOO, pledgor, AUCTIONEER, self.keeper_of(number), BANK_AS_HOLDER)
        self.on("TakeOver", number, *by, buyer=BANK[0], buyerSince=self.world.known, **given)

    # Shortages

    def apportion(self, lot: bytes, *receipts: bytes, lenders: tuple[Who, ...] = ()) -> None:
        """Signed by keeper, two witnesses and every lender of the lot."""
        self.did(
            "Apportion", self._keeper(lot), INSPECTOR, VERIFIER, *lenders, lot=lot, head=self.stock(lot).head,
            receipts=tuple(sorted(receipts)), depositors=tuple(sorted(self.stock(lot).deposits)) if receipts else (),
            reason=self.fresh("reason"), places=(0, 1),
        )  # fmt: skip


__all__ = [
    "ACCOUNTS",
    "AUCTIONEER",
    "BANK",
    "BANK_AS_HOLDER",
    "BANK_TOO",
    "COURT",
    "DAY",
    "INSPECTOR",
    "KEEPER",
    "KEEPER_AS_HOLDER",
    "NONE",
    "OTHER_BANK",
    "OTHER_KEEPER",
    "OWNER",
    "REGISTRAR",
    "SITE",
    "TAKER",
    "THIRD",
    "TONNE",
    "TRADE",
    "TRADER",
    "VERIFIER",
    "VOUCHER",
    "WIDTH",
    "YEAR",
    "Hall",
    "HoldKind",
    "PlayError",
    "RefusedError",
    "Stop",
]
