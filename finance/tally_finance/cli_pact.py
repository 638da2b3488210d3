"""The command `tallystick finance pact`: product footprints between companies."""

from __future__ import annotations

import argparse
import uuid
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.cli.where import run_in
from tally_finance.cli_desk import Actions, action
from tally_finance.cli_export_pact import add_verification

DEFAULT_PORT = 8471
_RUN = "tally_finance.cli_pact_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser(
        "pact",
        help="product footprints between companies (PACT 3.0): check, offer, serve",
        description=(
            "Product footprints as the PACT Technical Specifications 3.0 exchange them (docs/pact.md): what a document "
            "says and can not mean, a host that offers footprints to partners, and the events between hosts."
        ),
    )
    actions = parser.add_subparsers(dest="pact_command", metavar="COMMAND", title="commands", required=True)
    _add_check(actions)
    _add_catenax(actions)
    publish = action(
        actions,
        "publish",
        "offer footprints to partners",
        "Offers footprints; those that they name as their predecessors are deprecated, and partners are told.",
        run_in(_RUN, "publish"),
    )
    _add_files(publish)
    _add_host(publish)
    listed = action(
        actions, "list", "what is offered", "Lists footprints in order of their arrival.", run_in(_RUN, "list")
    )
    _add_host(listed)
    deprecate = action(
        actions,
        "deprecate",
        "say that one should be used no more",
        "Deprecates a footprint.",
        run_in(_RUN, "deprecate"),
    )
    deprecate.add_argument("footprint", metavar="ID", type=uuid.UUID, help="which")
    _add_host(deprecate)
    mail = action(
        actions,
        "mail",
        "events that came and that go out",
        "Lists events that came, with what is doubtful about footprints in them, and events that go out.",
        run_in(_RUN, "mail"),
    )
    _add_host(mail)
    _add_partner(actions)
    _add_serve(actions)


def _add_check(actions: Actions[argparse.ArgumentParser]) -> None:
    check = action(
        actions,
        "check",
        "what a footprint can not mean",
        "Reads footprints and says what in them can not be true together: sums, signs, times, predecessors. With the "
        "report that one was made of, it is computed again and every difference told. Exit 1 where one contradicts "
        "itself or its report, 2 where one is none.",
        run_in("tally_finance.cli_pact_check_run", "check"),
    )
    _add_files(check)
    check.add_argument(
        "--report", metavar="DIR", type=Path, action="append", default=[],
        help="folder of a report that one was made of (may be repeated); --policy verifies it first",
    )  # fmt: skip
    add_verification(check)
    verify.add_trust(check, required=False)


def _add_catenax(actions: Actions[argparse.ArgumentParser]) -> None:
    catenax = actions.add_parser(
        "catenax",
        help="a footprint as Catena-X exchanges it",
        description="Prints a footprint as the aspect model io.catenax.pcf 9.0.0 has it (JSON), every digit kept.",
    )
    catenax.add_argument("file", metavar="FILE", type=Path, help="a footprint (JSON)")
    catenax.add_argument(
        "--region", metavar="NAME", required=True, help="where it is of, such as 'Eastern Asia', 'Global' or 'Several'"
    )
    catenax.add_argument("--statement", metavar="TEXT", default="", help="legal statement that goes with it")
    catenax.set_defaults(run=run_in(_RUN, "catenax"))


def _add_partner(actions: Actions[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser("partner", help="companies that may ask")
    partners = parser.add_subparsers(dest="partner_command", metavar="COMMAND", title="commands", required=True)
    new = action(
        partners,
        "new",
        "let a company in; its secret is shown once",
        "Makes a partner, and prints its client id and its secret once: only a hash is kept. Answers to its requests "
        "go to the addresses given here, with the credentials in a file (one line, client:secret, mode 0600).",
        run_in(_RUN, "partner_new"),
    )
    new.add_argument("partner", metavar="NAME", help="its name: a-z, 0-9 and '-'; never used again")
    seen = new.add_mutually_exclusive_group(required=True)
    seen.add_argument("--product", metavar="URN", action="append", help="a product that it may see; may be repeated")
    seen.add_argument("--all-products", action="store_true", help="it may see every product")
    new.add_argument("--events-url", metavar="URL", help="where events for it go (https)")
    new.add_argument("--token-url", metavar="URL", help="where its host gives tokens (https)")
    new.add_argument("--credentials", metavar="FILE", type=Path, help="our client id and secret there")
    _add_host(new)
    listed = action(partners, "list", "every partner", "Lists partners by name.", run_in(_RUN, "partner_list"))
    _add_host(listed)
    revoke = action(partners, "revoke", "end one at once", "Ends a partner at once.", run_in(_RUN, "partner_revoke"))
    revoke.add_argument("partner", metavar="NAME", help="which")
    _add_host(revoke)


def _add_serve(actions: Actions[argparse.ArgumentParser]) -> None:
    parser = actions.add_parser(
        "serve",
        help="the host over HTTPS, and events on their way",
        description=(
            "Serve the host (PACT 3.0) until a signal ends it, and bring waiting events to partners. Tokens cross the "
            "network: without --tls-certificate and --tls-key requests come only from a proxy, with --behind-proxy."
        ),
    )
    _add_host(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"port (default: {DEFAULT_PORT}; 0: any)")
    parser.add_argument("--tls-certificate", metavar="FILE", type=Path, help="certificate with its chain (PEM)")
    parser.add_argument("--tls-key", metavar="FILE", type=Path, help="key of the certificate (PEM, mode 0600)")
    parser.add_argument("--behind-proxy", action="store_true", help="a proxy on this machine speaks TLS for it")
    parser.add_argument(
        "--partner-ca", metavar="FILE", type=Path, help="who vouches for partners' hosts (default: the system's list)"
    )
    parser.set_defaults(run=run_in(_RUN, "serve"))


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="footprints (JSON), one each")


def _add_host(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", required=True, help="the host's name in its database")
    parser.add_argument(
        "--books", metavar="URL", default="sqlite:///books.db", help="its database (default: books.db in this folder)"
    )
