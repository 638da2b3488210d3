"""The portal of the demonstration: both desks, a running gateway, and accounts, in one folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_finance.api.app import make_app as desk_app
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.portal import config_file
from tally_finance.portal.accounts.service import make_keys
from tally_finance.portal.accounts.site_sessions import sessions_of
from tally_finance.portal.site import Site
from tally_finance.review_api.app import make_app as review_app
from tally_gateway.demo.stage import Progress
from tally_trial.portal_demo import green, handing, people, telemetry, warehouse
from tally_trial.portal_demo.telemetry import Telemetry
from tally_trial.portal_demo.warehouse import Warehouse
from tally_trial.receipts_demo.world import Say

_SHEET: Final = """version = 1
name = "First Example Bank (simulated)"
name_zh = "第一示范银行（模拟）"
address = "{address}"
organisation = "{organisation}"

[[gateway]]
name = "works"
url = "{url}"
token_file = "works.token"
organisation = "{works}"
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """`site` is what a portal serves."""

    site: Site
    warehouse: Warehouse
    telemetry: Telemetry


@contextmanager
def filled(folder: Path, address: str, say: Say, progress: Progress) -> Iterator[Filled]:
    """Play it all in `folder`; while it lasts the gateway runs and the desks are open."""
    durable.make_folder(folder)
    with ExitStack() as stack:
        say("a warehouse: grain weighed in, pledged, and a price that falls")
        store = stack.enter_context(warehouse.played(folder / "warehouse", _quiet))
        say("a rolling works: two months from meters to a report, and to its second version")
        reviews = stack.enter_context(green.played(folder / "green", _quiet, progress))
        handing.laid_out(folder / handing.FOLDER, folder / "green" / "play")
        say("a gateway: two hours of telemetry, and an agent that reads its meters now")
        running = stack.enter_context(telemetry.flowing(folder / "works", _quiet, progress))
        sheet = _sheet(folder, address, running)
        engine = engine_for(sheet.database)
        stack.callback(engine.dispose)
        migrate(engine)
        accounts = sessions_of(engine, sheet)
        people.come(accounts, int(time.time()))
        site = Site(
            sheet.name, sheet.address, sheet.organisation, engine, accounts,
            store.service, desk_app(store.service), reviews, review_app(reviews), sheet.gateways,
        )  # fmt: skip
        yield Filled(site, store, running)


def _sheet(folder: Path, address: str, running: Telemetry) -> config_file.PortalSheet:
    file = folder / "portal.toml"
    text = _SHEET.format(address=address, organisation=green.BANK_ID.hex(), url=running.url, works=green.WORKS_ID.hex())
    durable.write_file(file, text.encode())
    durable.write_file(folder / "works.token", running.operator_token.encode() + b"\n", mode=0o600)
    sheet = config_file.load(file)
    make_keys(folder / "audit.key", folder / "seal.key")
    return sheet


def _quiet(_: str) -> None:
    """The stories are told on their own pages."""
