"""What `tallystick finance pact` does."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from tally_chain.registry.call_words import time_words
from tally_edge import pinned_tls
from tally_edge.errors import ConfigError
from tally_edge.text_table import render
from tally_finance.api.serving import server_of
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_desk_run import OK, say
from tally_finance.cli_pact_check_run import plain, said, text_of
from tally_finance.errors import PactError
from tally_finance.pact import catenax
from tally_finance.pact.app import Host, host_of, make_app
from tally_finance.pact.criteria import Criteria
from tally_finance.pact.delivery import Carrier
from tally_finance.pact.document import decode
from tally_finance.pact.partners import Answers
from tally_gateway.http.server import SocketServer
from tally_gateway.tls import context_of

_SEND_EVERY_S: Final = 5.0


def run_catenax(options: argparse.Namespace) -> int:
    """The aspect's JSON; nothing of it is verified by a third party as far as this command knows."""
    footprint = decode(text_of(options.file))
    print(catenax.encode(catenax.convert(footprint, catenax.Beyond(options.region, statement=options.statement))))
    return OK


def run_publish(options: argparse.Namespace) -> int:
    """Offers each; the first that can not be stops, and those before it stand."""
    told, lines = [], []
    with _host(options) as host:
        for file in options.files:
            try:
                footprint, found = host.footprints.publish(text_of(file), host.clock())
            except PactError as error:
                raise PactError(f"{file}: {error}") from None
            told.append({"file": str(file), "id": str(footprint.id), "doubts": [plain(one) for one in found]})
            lines += [f"{footprint.id} is offered", *said(file, found)[1:]]
    say(options, {"published": told}, lines)
    return OK


def run_list(options: argparse.Namespace) -> int:
    """Everything that is offered."""
    found: list[Mapping[str, Any]] = []
    after = 0
    with _host(options) as host:
        while True:
            page = host.footprints.page(None, Criteria(), after)
            found += page.footprints
            if page.after is None:
                break
            after = page.after
    rows = [["id", "status", "product", "kgCO2e per unit", "unit"]]
    rows += [
        [
            one["id"],
            one["status"],
            one["productNameCompany"],
            one["pcf"]["pcfExcludingBiogenicUptake"],
            f"{one['pcf']['declaredUnitAmount']} {one['pcf']['declaredUnitOfMeasurement']}",
        ]
        for one in found
    ]
    say(options, {"footprints": [dict(one) for one in found]}, render(rows, rule=True))
    return OK


def run_deprecate(options: argparse.Namespace) -> int:
    """It should be used no more."""
    with _host(options) as host:
        host.footprints.deprecate(options.footprint)
    say(options, {"deprecated": str(options.footprint)}, [f"{options.footprint} is deprecated"])
    return OK


def run_mail(options: argparse.Namespace) -> int:
    """What came, and what goes out."""
    with _host(options) as host:
        came, goes = host.mail.arrived(), host.mail.sent()
    told = {
        "came": [
            {"number": one.number, "partner": one.partner, "kind": one.kind, "id": one.id, "at": one.arrived_at,
             "remarks": list(one.remarks), "event": json.loads(one.body)}
            for one in came
        ],
        "goes": [
            {"number": one.number, "partner": one.partner, "kind": one.kind, "at": one.made_at, "tries": one.tries,
             "done_at": one.done_at, "given_up": one.given_up, "said": one.said, "event": json.loads(one.body)}
            for one in goes
        ],
    }  # fmt: skip
    lines = [f"came {one.number}: {one.kind} of {one.partner}, {time_words(one.arrived_at)}" for one in came]
    lines += [f"    {remark}" for one in came for remark in one.remarks]
    for letter in goes:
        state = "waits" if letter.done_at is None else "given up" if letter.given_up else "taken"
        how = f": {letter.said}" if letter.said not in {"", "taken"} else ""
        lines.append(f"goes {letter.number}: {letter.kind} to {letter.partner}, {state}{how}")
    say(options, told, lines or ["no event came, and none goes out"])
    return OK


def run_partner_new(options: argparse.Namespace) -> int:
    """A partner; the only time that its secret is shown."""
    places = options.events_url, options.token_url, options.credentials
    if any(places) and not all(places):
        raise ConfigError("--events-url, --token-url and --credentials belong together")
    answers = Answers(places[0], places[1], str(places[2].absolute())) if all(places) else None
    with _host(options) as host:
        client, secret = host.partners.make(options.partner, options.product, answers, host.clock())
    told = {"partner": options.partner, "client": client, "secret": secret}
    say(options, told, [f"{options.partner}: client {client}; its secret, shown only now:", secret])
    return OK


def run_partner_list(options: argparse.Namespace) -> int:
    """All of them."""
    with _host(options) as host:
        found = host.partners.all()
    told = [
        {
            "partner": one.name,
            "client": one.client,
            "products": None if one.products is None else sorted(one.products),
            "events_url": None if one.answers is None else one.answers.events_url,
            "made_at": one.made_at,
            "revoked_at": one.revoked_at,
        }
        for one in found
    ]
    rows = [["name", "client", "sees", "answers go to", "state"]]
    rows += [
        [
            one.name,
            one.client,
            "everything" if one.products is None else f"{len(one.products)} products",
            "nowhere" if one.answers is None else one.answers.events_url,
            "good" if one.revoked_at is None else f"revoked {time_words(one.revoked_at)}",
        ]
        for one in found
    ]
    say(options, {"partners": told}, render(rows, rule=True))
    return OK


def run_partner_revoke(options: argparse.Namespace) -> int:
    """Gone."""
    with _host(options) as host:
        host.partners.revoke(options.partner, host.clock())
    say(options, {"revoked": options.partner}, [f"{options.partner} may ask no more"])
    return OK


def run_serve(options: argparse.Namespace) -> int:
    """Serves until a signal ends it."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    tls = _tls(options)
    believed = True if options.partner_ca is None else pinned_tls.client_context(options.partner_ca)
    with _host(options) as host:
        behind_proxy: bool = options.behind_proxy
        app = make_app(host, is_private=behind_proxy)
        server = server_of(app, options.host, options.port, tls, behind_proxy=behind_proxy)
        at, port = server.bound
        behind, scheme = (", behind a proxy,", "http") if tls is None else ("", "https")
        print(f"footprints of {options.name}{behind} on {scheme}://{f'[{at}]' if ':' in at else at}:{port}", flush=True)
        asyncio.run(_serve(server, Carrier(host.mail, host.partners, host.clock, believed)))
    return OK


async def _serve(server: SocketServer, carrier: Carrier) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    async with asyncio.TaskGroup() as group:  # who can not send ends, and does not go on silently
        carrying = group.create_task(_carry(carrier), name="events")
        await server.serve()
        carrying.cancel()


async def _carry(carrier: Carrier) -> None:
    while True:
        await run_in_threadpool(carrier.send_waiting)
        await asyncio.sleep(_SEND_EVERY_S)


def _tls(options: argparse.Namespace) -> ssl.SSLContext | None:
    files = options.tls_certificate, options.tls_key
    if all(files):
        return context_of(*files)
    if any(files):
        raise ConfigError("--tls-certificate and --tls-key belong together")
    if not options.behind_proxy:
        raise ConfigError("tokens cross the network: give --tls-certificate and --tls-key, or --behind-proxy")
    return None


@contextmanager
def _host(options: argparse.Namespace) -> Iterator[Host]:
    database = engine_for(options.books)
    try:
        migrate(database)
        yield host_of(database, options.name, lambda: int(time.time()))
    finally:
        database.dispose()
