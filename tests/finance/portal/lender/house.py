"""A bank's portal over real contracts: goods in a yard, pledges, a loan at its warning line, alerts, a draft."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

from tally_finance.api.app import make_app
from tally_finance.api.service import Service, service_of
from tally_finance.desk import preparing, standing
from tally_finance.desk.asked import PartRelease
from tally_finance.desk.drafts import Drafts
from tally_finance.portal.app import Portal
from tally_finance.portal.site import Site
from tally_finance.watch.limits import Limits
from tally_gateway.pages.words import Words
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import TONNE, yard_on
from tests.chain.registry.parties import fresh, parties_on
from tests.finance.api.counter import MUCH
from tests.finance.desk.office import DAY, FACILITY, Office, office
from tests.finance.portal.signed_in import Cookies
from tests.finance.watch_service.test_alert_store import OUT

PRICES = (66_000, 60_000, 57_000)
"""Yuan a tonne on the days after the draw: loan to value comes over 80 % on the last."""
DRAWN = Decimal(2_800_000)


@dataclass
class House:
    """`pledged`: receipts in their order, the larger first; `free`: one without a pledge."""

    office: Office
    service: Service
    site: Site
    portal: Portal
    pledged: tuple[bytes, bytes]
    free: bytes
    before: int
    """A moment when the loan was below its lines."""
    draft: bytes


def house(stage: Stage, folder: Path, address: str = "http://127.0.0.1") -> House:
    """One of its own. Its desk's clock runs some days ahead of the chain's."""
    made = office(yard_on(parties_on(stage)), folder)
    pledged = made.pledged(40), made.pledged(20)
    free = made.yard.issued(made.lot, 10)
    made.sync()
    made.desk.draw(FACILITY, DRAWN, key="draw-1")
    draft = preparing.prepare(made.desk, PartRelease(pledged[0], TONNE)).file
    Drafts(made.desk.engine, "bank-1").begin(draft, by=made.yard.whose("lender"), at=made.now())
    began = made.desk.now()
    for number, per_t in enumerate(PRICES, 1):
        made.desk.clock = lambda at=began + number * DAY: at
        made.priced(per_t)
    made.desk.clock = lambda: began + len(PRICES) * DAY + 60
    service = service_of(made.desk, None, MUCH)
    desk = made.desk
    found = standing.alerts(desk.state(), desk.view, desk.sheet, Limits())
    service.alerts.take([*found, OUT], desk.now(), whole=False)
    sessions = Cookies()
    for name, key, role in (
        ("anna", "lender", "lender"), ("kai", "keeper", "keeper"), ("dora", "holder", "depositor"),
        ("ivan", "verifier", "inspector"),
    ):  # fmt: skip
        sessions.add(name, made.yard.whose(key), role)
        sessions.add(f"other-{name}", fresh(name), role)
    sessions.add("reader", made.yard.whose("lender"), "lender", may_write=False)
    keeper = {made.yard.whose("keeper"): Words("Delta Storage", "三角洲仓储")}
    sessions.directory = SimpleNamespace(names=lambda: keeper)  # type: ignore[attr-defined]
    site = Site(
        Words("Bank of the Delta", "三角洲银行"), address, made.yard.whose("lender"), desk.engine, sessions, service,
        make_app(service),
    )  # fmt: skip
    return House(made, service, site, Portal(site), pledged, free, began + DAY + 3600, draft.digest)
