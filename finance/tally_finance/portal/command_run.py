"""What `tallystick finance serve --portal` does."""

from __future__ import annotations

import argparse
import asyncio
import ssl

from tally_edge.errors import ConfigError
from tally_finance.api.serving import server_of
from tally_finance.cli_desk_run import OK
from tally_finance.cli_serve_run import where
from tally_finance.portal import config_file
from tally_finance.portal.accounts.site_sessions import sessions_of
from tally_finance.portal.app import Portal
from tally_finance.portal.serving import serve, site_of

_BESIDE_A_DESK = ("books", "pins", "endpoint", "embedded", "agree", "profile", "policy", "key", "signer")


def serve_portal(options: argparse.Namespace, tls: ssl.SSLContext | None) -> int:
    """Serves until a signal ends it. Raises ConfigError for an option that the portal's own file has."""
    for name in _BESIDE_A_DESK:
        if getattr(options, name) is not None:
            raise ConfigError(f"--{name} belongs to --desk; a portal has it in {options.portal}")
    sheet = config_file.load(options.portal)
    with site_of(sheet, sessions_of, options.passphrase_file) as site:
        server = server_of(Portal(site), options.host, options.port, tls, behind_proxy=sheet.accounts.behind_proxy)
        print(f"portal of {sheet.name.english} on {where(server, tls)}, for browsers at {sheet.address}", flush=True)
        asyncio.run(serve(server, site, 2.0 if sheet.desk is None else float(sheet.desk.every_s)))
    return OK
