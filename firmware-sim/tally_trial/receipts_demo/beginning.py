"""From an empty silo to the margin call: what both branches have in common."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_chain.receipts.ids import lot_id
from tally_chain.registry.identifiers import Scheme, identifier
from tally_chain.registry.nullifier import Namespace, nullifier
from tally_chain.registry.roles import KeyRole
from tally_finance.book.position import Line
from tally_finance.desk.asked import MarginCall
from tally_finance.lending.rounding import down, up
from tally_trial.errors import TrialError
from tally_trial.receipts_demo import days, papers
from tally_trial.receipts_demo.cast import FIRMS, digest
from tally_trial.receipts_demo.consortium import SILO_OUTLINE, SILO_TOP_MM, SITE, SLOT
from tally_trial.receipts_demo.intake import inbound, issue
from tally_trial.receipts_demo.pledging import pledged
from tally_trial.receipts_demo.prices import FALLS_FROM
from tally_trial.receipts_demo.terms import ADVANCE, DRAWN, FACILITY, GOODS, LIQUIDATION, OPENED, WARNING
from tally_trial.receipts_demo.world import World, yuan
from tally_trial.scene import DAY_S

ALLOWANCE_PPM: Final = 1_000
"""损耗标准: 0.1 %, as the receipts say."""
MAX_AGE_S: Final = 7 * DAY_S
ORDERS: Final = Namespace("trade-orders", "order", Scheme.USCC)


def prepared(world: World) -> None:
    """Slot, keeper, trade and lot, before anything comes."""
    chain = world.chain
    world.go(-1, 10)
    plan = papers.written(world.folder / "site-plan.txt", f"场地平面图: {papers.PLACE}, {SILO_OUTLINE}, 0-12 m\n")
    chain.did("AddSlot", site=SITE, outline=SILO_OUTLINE, bottom=0, top=SILO_TOP_MM, plan=plan)
    chain.did("AssignKeeper", slot=SLOT, keeper=FIRMS["keeper"].id)
    world.trade = nullifier(
        ORDERS, digest("key of the namespace of orders"), identifier(Scheme.USCC, FIRMS["seller"].code), "ORDER-2026-01"
    )
    chain.did(
        "OpenTrade",
        trade=world.trade, seller=FIRMS["seller"].id, buyer=FIRMS["borrower"].id, terms=digest("ORDER-2026-01"),
    )  # fmt: skip
    head = chain.head("slot", SLOT)
    witnesses = ("keeper", "verifier", "inspector", "lender")
    roles = (KeyRole.KEEPER, KeyRole.VERIFIER, KeyRole.INSPECTOR, KeyRole.LENDER)
    chain.did(
        "OpenLot",
        slot=SLOT, goods=GOODS, serialised=False, allowancePpm=ALLOWANCE_PPM,
        maxAgeSeconds=MAX_AGE_S, witnesses=tuple(FIRMS[one].id for one in witnesses),
        roles=tuple(map(int, roles)), quorum=2,
    )  # fmt: skip
    world.lot = lot_id(SLOT, head)
    world.open_desk()
    world.desk.record(OPENED)
    world.step(
        "lot 批次",
        f"the silo is one slot of the site plan, signed by its owner; {FIRMS['keeper'].english} keeps it; a lot is "
        "open in it, attested by any two of keeper, verifier, inspector and lender",
    )


def stocked(world: World) -> None:
    """The harvest and a second purchase are weighed in, attested, and receipts issued."""
    for day, name in ((days.WEIGHED, "WR-1"), (days.WEIGHED_AGAIN, "WR-2")):
        world.go(day, 10)
        seen = world.works.seen(day)
        purchase = inbound(world, seen, name)
        world.go(day + 1, 10)
        attested(world, day + 1)
        issue(world, name, purchase.quantity_g)
        world.note()


def attested(world: World, day: int) -> None:
    """The evidence up to midnight is verified, and attested."""
    seen = world.works.seen(day)
    found = seen.position.attested
    world.attest(seen)
    en = "none" if found.en is None else f"{found.en:.2f}"
    world.step(
        "attested 见证量",
        f"{found.quantity_kg:,.0f} kg, at least {found.lower_kg:,f} kg (k = 1.645); scale and gauge "
        f"{found.standing.value}, E_n {en}; {seen.examined.verdict.statements} statements verified "
        f"under {seen.root.hex()[:8]}…",
    )


def drawn(world: World) -> None:
    """The pledge of the first receipt, and the draw."""
    world.price(days.PLEDGED)
    world.go(days.PLEDGED, 10)
    pledged(world, "WR-1", world.receipts["WR-1"].quantity_g)
    tested = world.desk.desk.draw(FACILITY, DRAWN, key="draw 1").computation
    world.last_draw_at = world.clock.at
    position = world.desk.position
    covered = position.secured
    warned, sold = (_line_price(world, line) for line in (WARNING, LIQUIDATION))
    world.step(
        "draw 放款",
        f"{yuan(DRAWN)} against a value of {yuan(down(covered.value))} (CNY {covered.lots[0].price_per_t}/t): lendable "
        f"{yuan(down(covered.lendable))} ({ADVANCE:.0%}), the rest not before a new search; warning below CNY "
        f"{warned}/t, liquidation below CNY {sold}/t; computation {tested.digest.hex()[:8]}…",
        yuan(DRAWN),
    )
    world.desk.left("drawn")
    world.note()
    world.record.figures |= {
        "draw_value": f"{down(covered.value):f}",
        "draw_lendable": f"{down(covered.lendable):f}",
        "warning_price": f"{warned:f}",
        "liquidation_price": f"{sold:f}",
    }


def _line_price(world: World, line: Decimal) -> Decimal:
    """The price at which loan to value reaches a line, yuan a tonne."""
    position = world.desk.position.secured
    per_t = position.lots[0].price_per_t
    return up(position.share_of_prices_at(line) * Fraction(per_t))


def watched(world: World, since: int, until: int) -> bool:
    """The market day by day up to before `until`; says what the watch raises. Whether a line was reached."""
    for day in range(since, until):
        raised = world.price(day)
        if day in days.WATCHED:
            world.go(day, 10)
            attested(world, day)
        for alert in raised:
            world.step(f"alert 预警 {alert.code.value.number} {alert.code.value.chinese}", alert.sentence)
    return world.desk.position.line >= Line.WARNING


def called(world: World) -> int:
    """The price falls until the warning line is reached, and the borrower is called. The day."""
    day = FALLS_FROM
    while not watched(world, day, day + 1):
        day += 1
        if day >= days.TOPPED_UP:
            raise TrialError("the price never reaches the warning line")
    world.go(day, 11)
    position = world.desk.position
    until = days.at(day + days.CALL_DAYS, 18)
    cash = position.missing_cash
    goods = position.secured.missing_kg(world.lot.hex())
    world.prepared(MarginCall(world.receipts["WR-1"].number, until))
    world.desk.left("margin-call")
    world.step(
        "margin call 补仓通知",
        f"at CNY {position.secured.lots[0].price_per_t}/t loan to value {_percent(world)} reached {WARNING:.0%}: "
        f"{yuan(cash)} in cash, or {goods:,f} kg of goods, by "
        f"{days.shown(until)}",
        f"{yuan(cash)} or {goods:,f} kg",
    )
    world.note()
    world.record.figures |= {
        "call_on": days.date_of(world.clock.at).isoformat(),
        "call_price": f"{position.secured.lots[0].price_per_t:f}",
        "call_cash": f"{cash:f}",
        "call_kg": f"{goods:f}",
        "call_exposure": f"{position.exposure:f}",
    }
    return day


def _percent(world: World) -> str:
    ratio = world.desk.position.secured.loan_to_value
    return "-" if ratio is None else f"{float(up(ratio * 100)):.2f} %"
