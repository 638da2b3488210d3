"""What `tallystick finance serve` does."""

from __future__ import annotations

import argparse
import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tally_chain.anchoring.keys import TransactionSigner
from tally_chain.anchoring.profile import ChainProfile
from tally_chain.cli.verify import read_policy
from tally_chain.cli.where_run import open_engine, profile_for_sending, signer_of
from tally_chain.engine.interface import Engine
from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.pins import read_receipt_pins
from tally_chain.receipts.sending import send
from tally_edge.errors import ConfigError
from tally_finance.api.app import make_app
from tally_finance.api.service import Sender, Service, service_of
from tally_finance.api.serving import must_be_private, serve, server_of
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.cli_desk_run import OK
from tally_finance.desk import sheet_file
from tally_finance.desk.desk import Desk
from tally_finance.desk.on_chain import open_chain
from tally_finance.desk.syncing import sync
from tally_gateway.http.server import SocketServer
from tally_gateway.tls import context_of


@dataclass(frozen=True)
class KeySender:
    """A Sender that pays with a key; one transaction at a time, because they are numbered."""

    engine: Engine
    key: TransactionSigner
    profile: ChainProfile
    organisations: str
    turn: threading.Lock = field(default_factory=threading.Lock)

    def send(self, file: OperationFile) -> bytes:
        """See Sender."""
        with self.turn:
            return send(self.engine, self.key, self.profile, file, self.organisations).tx_hash


def run_serve(options: argparse.Namespace) -> int:
    """Serves until a signal ends it."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    tls = tls_of(options)
    must_be_private(options.host, tls, open_anyway=options.without_tls)
    if options.portal is not None:
        from tally_finance.portal.command_run import serve_portal  # noqa: PLC0415  it stands on this module

        return serve_portal(options, tls)
    if options.pins is None or (options.endpoint is None and options.embedded is None):
        raise ConfigError("--desk needs --pins, and --endpoint or --embedded: which chain it reads")
    with service(options) as made:
        synced = sync(made.desk)
        server = server_of(make_app(made), options.host, options.port, tls)
        print(f"{synced.read} entries of the chain read, up to block {synced.block}")
        print(f"desk of {made.desk.sheet.book} on {where(server, tls)}", flush=True)
        asyncio.run(serve(server, made.desk, options.every))
    return OK


def where(server: SocketServer, tls: ssl.SSLContext | None) -> str:
    """Its address, as a client names it."""
    host, port = server.bound
    return f"{'http' if tls is None else 'https'}://{f'[{host}]' if ':' in host else host}:{port}"


def tls_of(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Raises ConfigError where only one of the two files is named, TlsError where they are no pair."""
    if options.tls_certificate is None and options.tls_key is None:
        return None
    if options.tls_certificate is None or options.tls_key is None:
        raise ConfigError("--tls-certificate and --tls-key belong together")
    return context_of(options.tls_certificate, options.tls_key)


@contextmanager
def service(options: argparse.Namespace) -> Iterator[Service]:
    """The service that the options name."""
    sheet, pins = sheet_file.load(options.desk), read_receipt_pins(options.pins)
    policy = None if options.policy is None else read_policy(options.policy)
    signer = None if options.key is None and options.signer is None else signer_of(options)
    database = engine_for(options.books or f"sqlite:///{options.desk.absolute().parent / 'books.db'}")
    try:
        migrate(database)
        with open_engine(options, writing=signer is not None) as node:
            desk = Desk(database, sheet, open_chain(node, pins), policy, lambda: int(time.time()))
            sender: Sender | None = None
            if signer is not None:
                sender = KeySender(node, signer, profile_for_sending(options), pins.organisations)
            try:
                yield service_of(desk, sender)
            finally:
                desk.glances.close()
    finally:
        database.dispose()
