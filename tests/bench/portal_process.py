"""The portal of bench_portal in a process of its own: a large book, a site-year on the shelf, a gateway, accounts.

It says on its output where it is and the cookies of its people. Each line of its input is answered with the server
times since the line before: of every path how long, in seconds, from when its request came in until its answer was
out. At the end of its input it ends. The chain's state is given (bench_lender), so nothing is read from a chain.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tally_edge import durable
from tally_finance.api.app import make_app as desk_app
from tally_finance.api.rights import Role
from tally_finance.api.service import service_of as desk_service
from tally_finance.api.serving import server_of
from tally_finance.portal import config_file
from tally_finance.portal.accounts.account import Account, State, organisation_of
from tally_finance.portal.accounts.service import Accounts, make_keys
from tally_finance.portal.accounts.signing_in import PASSKEY
from tally_finance.portal.accounts.site_sessions import sessions_of
from tally_finance.portal.app import Portal
from tally_finance.portal.process_turns import take_short_turns
from tally_finance.portal.site import Site
from tally_finance.portal.visitor import ADMINISTRATOR, OPERATOR, OWNER
from tally_finance.review_api import sheet_file
from tally_finance.review_api.app import make_app as review_app
from tally_finance.review_api.computing import Reading
from tally_finance.review_api.service import Service as ReviewService
from tally_finance.review_api.service import service_of as review_service
from tally_finance.review_api.shelf import Reader
from tally_gateway.http.limits import Receive, Scope, Send
from tests.bench import shelved_year
from tests.bench.bench_lender import HOLDER, KEEPER, LENDER, desk_of
from tests.bench.portal_house import LANDINGS, House

_STANDING: Final = {
    "/lender": (LENDER, frozenset({Role.LENDER})),
    "/reviewer": (LENDER, frozenset({Role.REVIEWER})),
    "/operator": (LENDER, frozenset({OPERATOR, OWNER})),
    "/keeper": (KEEPER, frozenset({Role.KEEPER})),
    "/depositor": (HOLDER, frozenset({Role.DEPOSITOR})),
    "/administration": (LENDER, frozenset({ADMINISTRATOR})),
}
"""Organisation and roles of those who begin there."""

_LASTS_S: Final = 3_600

_SHEET: Final = """version = 1
name = "Bench"
address = "http://127.0.0.1"
organisation = "{organisation}"

[[gateway]]
name = "works"
url = "{url}"
token_file = "works.token"
"""
_REVIEWS: Final = """desk = "reviews"
organisation = "{organisation}"
bank = "Bench"
policy = "{policy}"
reports = "{reports}"
"""


class Timed:
    """ASGI: how long each request took, by its path."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.taken: list[tuple[str, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        began = time.perf_counter()

        async def sent(message: MutableMapping[str, Any]) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self.taken.append((scope["path"], time.perf_counter() - began))

        await self._app(scope, receive, sent)


@contextmanager
def opened(house: House) -> Iterator[tuple[Portal, Accounts]]:
    """The portal and its accounts."""
    folder = Path(house.folder)
    with ExitStack() as stack:
        desk = desk_of(folder, house.receipts)
        stack.callback(desk.engine.dispose)
        service = desk_service(desk)
        reviews = stack.enter_context(_reviews(folder, desk.engine, house))
        sheet = _sheet(folder, house)
        accounts = sessions_of(desk.engine, sheet)
        for who, name in ((LENDER, "Bench Bank"), (KEEPER, "Bench Store"), (HOLDER, "Bench Trade")):
            accounts.directory.add_organisation(organisation_of(who, name, name), int(time.time()))
        for name, landing in LANDINGS.items():
            whose, roles = _STANDING[landing]
            accounts.directory.add(Account(name, whose, roles, State.ACTIVE), int(time.time()))
        site = Site(
            sheet.name, sheet.address, sheet.organisation, desk.engine, accounts, service, desk_app(service),
            reviews, review_app(reviews), sheet.gateways,
        )  # fmt: skip
        yield Portal(site), accounts


def _sheet(folder: Path, house: House) -> config_file.PortalSheet:
    durable.write_file(folder / "works.token", house.token.encode() + b"\n", mode=0o600)
    text = _SHEET.format(organisation=LENDER.hex(), url=house.gateway)
    durable.write_file(folder / "portal.toml", text.encode())
    make_keys(folder / "audit.key", folder / "seal.key")
    return config_file.load(folder / "portal.toml")


@contextmanager
def _reviews(folder: Path, engine: Any, house: House) -> Iterator[ReviewService]:
    year, digest, began = Path(house.year), bytes.fromhex(house.digest), time.time()
    text = _REVIEWS.format(organisation=LENDER.hex(), policy=year / "policy.toml", reports=year / "reports")
    durable.write_file(folder / "reviews.toml", text.encode())
    sheet = sheet_file.load(folder / "reviews.toml")

    def clock() -> int:
        return shelved_year.NOW + int(time.time() - began)

    with review_service(engine, sheet, Reading(sheet.policy), clock) as made:
        made.shelf.tell(digest, clock(), holds=True)
        made.shelf.let(digest, Reader(LENDER, LENDER, clock()))
        yield made


def serve(house: House) -> None:
    """Until the input ends."""
    take_short_turns()
    with opened(house) as (portal, accounts):
        timed = Timed(portal)
        server = server_of(timed, "127.0.0.1", 0)
        now = int(time.time())
        # Their proof lasts as long as the run does: after five minutes pages of accounts would ask for it again.
        cookies = {name: accounts.sessions.make(name, PASSKEY, "the bench", now, now + _LASTS_S) for name in LANDINGS}
        _say({"port": server.bound[1], "cookie": accounts.settings.cookie, "cookies": cookies})

        async def run() -> None:
            loop = asyncio.get_running_loop()

            def listen() -> None:
                for _ in sys.stdin:
                    taken, timed.taken = timed.taken, []
                    _say(taken)
                loop.call_soon_threadsafe(server.stop)

            threading.Thread(target=listen, name="input", daemon=True).start()
            await server.serve()

        asyncio.run(run())


def _say(told: object) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    serve(House(**json.loads(sys.argv[1])))
