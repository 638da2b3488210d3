"""What `tallystick finance review serve` and `pack` do."""

from __future__ import annotations

import argparse
import asyncio
import logging
from hashlib import sha256

from tally_chain import reader_key
from tally_chain.cli.verify import read_policy
from tally_edge import passphrase
from tally_finance.api.serving import must_be_private, server_of, stop_by_signal
from tally_finance.cli_desk_run import OK, say, write_new
from tally_finance.cli_serve_run import tls_of, where
from tally_finance.cli_token_run import database_of
from tally_finance.report import archive, folder
from tally_finance.review_api import sheet_file
from tally_finance.review_api.app import make_app
from tally_finance.review_api.computing import Reading
from tally_finance.review_api.service import service_of
from tally_gateway.http.server import SocketServer


def run_serve(options: argparse.Namespace) -> int:
    """Serves until a signal ends it."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    sheet, tls = sheet_file.load(options.sheet), tls_of(options)
    must_be_private(options.host, tls, open_anyway=options.without_tls)
    read_policy(sheet.policy)  # a desk whose policy is none must not look as if it had one
    if sheet.key is not None:
        reader_key.load(sheet.key, passphrase.read(options.passphrase_file))
    reading = Reading(sheet.policy, sheet.key, options.passphrase_file)
    with database_of(options) as database, service_of(database, sheet, reading) as made:
        server = server_of(make_app(made), options.host, options.port, tls)
        print(f"reviews of {sheet.desk} on {where(server, tls)}", flush=True)
        asyncio.run(_serve(server))
    return OK


async def _serve(server: SocketServer) -> None:
    stop_by_signal(server)
    await server.serve()


def run_pack(options: argparse.Namespace) -> int:
    """One file of a folder."""
    kept = folder.read(options.report)
    data = archive.pack(kept)
    write_new(options.out, data)
    told = {"file": str(options.out), "report": sha256(kept.data).hexdigest(), "bytes": len(data)}
    say(options, told, [f"{options.out}: {len(data)} bytes, report {told['report']}"])
    return OK
