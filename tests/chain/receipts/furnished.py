"""A warehouse at work, with which a short run begins: two lots, receipts, a pledge in force, a trade and a voucher."""

from __future__ import annotations

from functools import cache

from tally_chain.receipts.ids import lot_id, slot_id
from tally_chain.receipts.rules.records import NONE
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.world import FOR_EVER, SITE, START, Start, World, organisation, template

OWNER = (organisation("owner"), R.SITE_OWNER, 0)
INSPECTOR = (organisation("inspector"), R.INSPECTOR, 0)
VERIFIER = (organisation("verifier"), R.VERIFIER, 0)
COURT = (organisation("court"), R.COURT_LIAISON, 0)
REGISTRAR = (organisation("registrar"), R.REGISTRY_ADMIN, 0)
AUCTIONEER = (organisation("auctioneer"), R.AUCTIONEER, 0)
BANK = (organisation("bank a"), R.LENDER, 0)
BANK_TOO = (organisation("bank a"), R.LENDER, 1)
OTHER_BANK = (organisation("bank b"), R.LENDER, 0)
TRADER = (organisation("trader a"), R.HOLDER, 0)
TAKER = (organisation("trader b"), R.HOLDER, 0)
TONNE = 1_000_000
YEAR = 365 * 86_400
TRADE = b"trade".ljust(32)
VOUCHER = b"voucher".ljust(32)


def keeper(one: str) -> tuple[bytes, R, int]:
    return organisation(f"warehouse {one}"), R.KEEPER, 0


def some(what: str) -> bytes:
    return what.encode().ljust(32, b".")


class Furniture:
    """Operations by name, with heads and deadline filled in."""

    def __init__(self, world: World) -> None:
        self.world = world

    def did(self, kind: str, /, *by: object, **values: object) -> str:
        return self.world.do(kind, {"deadline": FOR_EVER, **values}, by)  # type: ignore[arg-type]

    def lot(self, one: str, tonnes: int, *, serialised: bool = False) -> bytes:
        """A lot of keeper `one` in a slot of its own, attested."""
        west = 200 * len(self.world.book.slots)
        outline = ((west, 0), (west + 200, 0), (west + 200, 200), (west, 200))
        head = self.world.book.sites[SITE].head
        self.did("AddSlot", OWNER, site=SITE, head=head, outline=outline, bottom=0, top=5_000, plan=some("plan"))
        slot = slot_id(SITE, outline, 0, 5_000)
        by = keeper(one)
        self.did("AssignKeeper", OWNER, by, slot=slot, head=NONE, keeper=by[0], keeperSince=self.world.known)
        head = self.world.book.slots[slot].head
        self.did(
            "OpenLot", by, slot=slot, head=head, goods=some("goods"), serialised=serialised, allowancePpm=1_000,
            maxAgeSeconds=30 * 86_400, witnesses=(INSPECTOR[0], VERIFIER[0], by[0]), quorum=2,
            roles=(int(R.INSPECTOR), int(R.VERIFIER), int(R.KEEPER)),
        )  # fmt: skip
        lot = lot_id(slot, head)
        self.brought(lot, tonnes, serialised=serialised)
        self.attested(lot, tonnes * TONNE)
        return lot

    def brought(self, lot: bytes, tonnes: int, *, serialised: bool = False) -> str:
        return self.brought_by(TRADER, lot, tonnes, serialised=serialised)

    def brought_by(self, depositor: tuple[bytes, R, int], lot: bytes, tonnes: int, *, serialised: bool = False) -> str:
        found = self.world.book.lots[lot]
        tickets = tuple((some(f"in {self.world.block}"), tonnes * TONNE) for _ in range(1))
        serials = (some(f"serial {self.world.block}"),) if serialised else ()
        return self.did(
            "RecordInbound", (*_of(found.keeper), 0), VERIFIER, depositor,
            lot=lot, head=found.head, depositor=depositor[0], weighings=tickets, serials=serials,
            weighedAt=self.world.time,
        )  # fmt: skip

    def attested(self, lot: bytes, estimate: int, **said: object) -> str:
        found = self.world.book.lots[lot]
        given = {
            "lot": lot, "head": found.head, "estimate": estimate, "lower": estimate, "upper": estimate,
            "asOf": self.world.time, "short": False, "evidenceRoot": some("root"), "policy": some("policy"),
            "places": (0, 1),
        }  # fmt: skip
        return self.did("Attest", INSPECTOR, VERIFIER, **(given | said))

    def issued(
        self, lot: bytes, number: bytes, tonnes: int, *, trade: bytes = NONE, holder: tuple[bytes, R, int] = TRADER
    ) -> str:
        found = self.world.book.lots[lot]
        return self.did(
            "Issue", (*_of(found.keeper), 0), holder, INSPECTOR,
            number=number, lot=lot, lotHead=found.head, holder=holder[0], holderSince=self.world.known,
            quantity=tonnes * TONNE, until=self.world.time + YEAR, document=some("document"), trade=trade,
        )  # fmt: skip

    def on(self, kind: str, number: bytes, /, *by: object, **values: object) -> str:
        """An operation on a receipt."""
        return self.did(kind, *by, receipt=number, head=self.world.book.receipts[number].head, **values)

    def keeper_of(self, number: bytes) -> tuple[bytes, R, int]:
        return (*_of(self.world.book.lots[self.world.book.receipts[number].lot].keeper), 0)

    def offered(self, number: bytes, tonnes: int, *, holder: tuple[bytes, R, int] = TRADER) -> str:
        return self.on(
            "Offer", number, holder, self.keeper_of(number), lender=BANK[0], lenderSince=self.world.known,
            quantity=tonnes * TONNE, terms=some("terms"), until=self.world.time + 86_400,
            maturity=self.world.time + YEAR,
        )  # fmt: skip

    def accepted(self, number: bytes) -> str:
        shown = {"ownership": some("pack"), "valuation": some("valuation"), "search": some("search")}
        return self.on("Accept", number, BANK, **shown)

    def pledged(self, number: bytes, tonnes: int) -> None:
        assert self.offered(number, tonnes) == ""
        assert self.accepted(number) == ""
        assert self.on("Register", number, BANK, filing=some("filing"), search=some("search")) == ""

    def traded(self) -> None:
        self.did(
            "OpenTrade", TRADER, TAKER, REGISTRAR, trade=TRADE, seller=TRADER[0], sellerSince=self.world.known,
            buyer=TAKER[0], buyerSince=self.world.known, terms=some("order"),
        )  # fmt: skip
        self.did(
            "CreateVoucher", TRADER, TAKER, REGISTRAR, number=VOUCHER, invoices=(some("invoice"),), supplier=TRADER[0],
            supplierSince=self.world.known, obligor=TAKER[0], obligorSince=self.world.known, face=10_000_000,
            dueAt=START + 100 * 86_400, trade=TRADE,
        )  # fmt: skip

    def order(self, number: bytes, tonnes: int) -> bytes:
        """A release order; its id."""
        until = self.world.time + 86_400
        self.on(
            "Order", number, BANK, BANK_TOO, TRADER, quantity=tonnes * TONNE, picker=some("picker"),
            **{"from": self.world.time}, until=until, computation=some("computation"),
        )  # fmt: skip
        return next(reversed(self.world.book.orders))


def _of(party: object) -> tuple[bytes, R]:
    return party.organisation, party.role  # type: ignore[attr-defined]


@cache
def furnished() -> Start:
    world = World(template())
    make = Furniture(world)
    make.traded()
    first, second = make.lot("a", 100), make.lot("b", 50, serialised=True)
    for number in range(4):
        make.issued(first, some(f"receipt {number}"), 10, trade=TRADE if number == 3 else NONE)
    make.issued(second, some("receipt 4"), 50)
    make.pledged(some("receipt 0"), 8)
    make.pledged(some("receipt 1"), 10)
    make.offered(some("receipt 3"), 10)
    return world.kept()
