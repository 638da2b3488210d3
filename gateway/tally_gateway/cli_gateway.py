"""`tallystick gateway …`: parsers here, the work in the modules that each command loads when it runs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tally_gateway import cli_export

if TYPE_CHECKING:
    from tally_gateway.config import GatewayConfig
    from tally_gateway.founding import Fingerprints

OK: Final = 0
DOES_NOT_HOLD: Final = 1
UNREACHABLE: Final = 4
_CHAINS: Final = ("embedded", "jsonrpc", "none")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `gateway` and its actions."""
    gateway = subparsers.add_parser("gateway", help="receive, log, anchor and serve statements")
    actions = gateway.add_subparsers(dest="action", required=True, metavar="ACTION")
    _register_running(actions)
    _register_care(actions)
    _register_clients(actions)


def _register_running(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = _action(actions, "init", run_init, "make a gateway: keys, certificates, log, settings")
    init.add_argument("--origin", required=True, help="the log's name for ever, such as example.org/steel/2026")
    add_chain(init)
    init.add_argument("--host-name", action="append", default=[], help="name or address in the TLS certificate")
    init.add_argument("--owner-key", type=Path, help="key file that owns the log's anchors, instead of a new one")
    init.add_argument("--transaction-key", type=Path, help="key file that pays for anchors, instead of a new one")
    init.add_argument("--passphrase-file", default="", help="settings will name this file instead of the environment")
    _action(actions, "run", run_run, "run the gateway until it is told to stop")
    status = _action(actions, "status", run_status, "where the running gateway stands")
    status.add_argument("--json", action="store_true", help="print JSON")
    _action(actions, "rebuild", run_rebuild, "make the segments again from the log (the gateway must not run)")
    cli_export.add(
        _action(actions, "export", cli_export.run, "make a bundle for a reader, at the newest anchored head")
    )


def _register_care(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = _action(actions, "backup", run_backup, "copy the gateway, running or not")
    backup.add_argument("to", type=Path, metavar="COPY", help="folder to make")
    restore = _action(actions, "restore", run_restore, "put a copy in place; refused when it is behind an anchor")
    restore.add_argument("copy", type=Path, metavar="COPY", help="what backup made")
    replace = _action(actions, "replace", run_replace, "after the loss of a disk: begin again, or open a successor")
    how = replace.add_mutually_exclusive_group(required=True)
    how.add_argument("--refill", action="store_true", help="the same log again, where nobody holds a head of it")
    how.add_argument("--successor-of", metavar="ORIGIN", help="a new log that continues this one")
    replace.add_argument("--origin", required=True, help="the origin of the log to be opened")
    replace.add_argument("--owner-key", type=Path, help="key file of the old log's owner")
    replace.add_argument("--transaction-key", type=Path, help="key file of an account that can pay on the chain")
    replace.add_argument(
        "--checkpoint", type=Path, help="a kept checkpoint, or an aggregator's head entry, where no chain tells"
    )
    replace.add_argument(
        "--aggregator",
        default="",
        metavar="URL",
        help="with --refill: the aggregator that the heads went to, to be asked",
    )
    replace.add_argument("--aggregator-ca", type=Path, metavar="FILE", help="the CA certificate of that aggregator")
    add_chain(replace)


def _register_clients(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    client = _action(actions, "client", run_client, "register or remove an MQTT client; prints its token once")
    client.add_argument("change", choices=("add", "remove", "list"), help="what to do")
    client.add_argument("name", nargs="?", default="", help="the client")
    token = _action(actions, "token", run_token, "make or remove an HTTP token; prints it once")
    token.add_argument("change", choices=("add", "remove"), help="what to do")
    token.add_argument("name", help="whose token")
    token.add_argument(
        "--scope",
        action="append",
        choices=("entries", "submit", "operate", "readers"),
        default=[],
        help="what it opens (may be repeated)",
    )


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Any, text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--dir", type=Path, metavar="DIR", required=True, help="the gateway's folder")
    parser.set_defaults(run=run)
    return parser


def add_chain(parser: argparse.ArgumentParser) -> None:
    """The options that name a chain."""
    parser.add_argument("--chain", choices=_CHAINS, default="embedded", help="where heads are anchored")
    parser.add_argument("--url", default="", help="the node of a jsonrpc chain; several separated by spaces")
    parser.add_argument("--profile", default="", help="how that chain behaves, by name (docs/operating-chains.md)")
    parser.add_argument("--signer", default="", metavar="URL", help="an external signer instead of a key file")
    parser.add_argument("--signer-address", default="", metavar="ADDRESS", help="the address that it signs for")
    parser.add_argument("--contract", default="", help="LogAnchor's address; without it one is deployed")


def new_config(options: argparse.Namespace) -> GatewayConfig:
    """Settings for a gateway that is to be made."""
    from tally_gateway.config import AnchorSection, GatewayConfig, GatewaySection, parse, render  # noqa: PLC0415

    anchor = AnchorSection(
        engine=options.chain,
        url=options.url,
        profile=options.profile,
        contract=options.contract,
        signer_url=options.signer,
        signer_address=options.signer_address,
    )
    gateway = GatewaySection(options.origin, getattr(options, "passphrase_file", ""))
    return parse(render(GatewayConfig(options.dir, gateway, anchor=anchor)), options.dir)


def run_init(options: argparse.Namespace) -> int:
    """Make a gateway and print what others pin."""
    from tally_gateway.anchored_log import wall_clock  # noqa: PLC0415
    from tally_gateway.founding import found  # noqa: PLC0415

    config = new_config(options)
    made = found(
        config,
        config.passphrase(),
        wall_clock,
        host_names=tuple(options.host_name),
        owner_key=options.owner_key,
        transaction_key=options.transaction_key,
    )
    print_fingerprints(made)
    print(f"\nSettings: {options.dir / 'gateway.toml'}. Add the authority's key there, then:")
    print(f"tallystick gateway run --dir {options.dir}")
    if options.chain != "none" and options.owner_key is None:
        print(f"Move {options.dir / 'keys' / 'owner.json'} elsewhere: it owns the anchors, and running needs it not.")
    return OK


def print_fingerprints(made: Fingerprints) -> None:
    """Print what others pin."""
    print("Compare these out of band with whoever relies on this gateway:")
    for name, value in made.lines():
        print(f"  {name:20} {value}")


def run_run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    import asyncio  # noqa: PLC0415
    import logging  # noqa: PLC0415

    from tally_edge.errors import TallyError  # noqa: PLC0415
    from tally_gateway import config, control, service  # noqa: PLC0415
    from tally_gateway.errors import MaintenanceError  # noqa: PLC0415

    settings = config.load(options.dir)
    if control.ask(options.dir, {"do": "status"}) is not None:
        raise MaintenanceError(f"a gateway runs in {options.dir} already")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # or every look at a node or an aggregator is a message

    def on_ready(running: service.Service) -> None:
        places = " ".join(f"{name}={host}:{port}" for name, (host, port) in running.addresses.items())
        print(f"READY {places}", flush=True)

    try:
        asyncio.run(service.run_until_signal(lambda: service.Service(settings), on_ready))
    except BaseExceptionGroup as group:
        # Whatever else was cut off follows from the first: one sentence says why the service stopped.
        first = service.first_error(group)
        if not isinstance(first, TallyError):
            raise
        raise first from None
    return OK


def run_status(options: argparse.Namespace) -> int:
    """Print where the running gateway stands; 1 when it has faults, 4 when none runs."""
    from tally_gateway import config, control  # noqa: PLC0415

    config.load(options.dir)  # a folder without a gateway is a wrong call, not one that is down
    said = control.ask(options.dir, {"do": "status"})
    if said is None:
        print(json.dumps({"running": False}) if options.json else f"no gateway runs in {options.dir}")
        return UNREACHABLE
    if options.json:
        print(json.dumps({"running": True, **said}))
    else:
        print(f"{said['origin']}  {said['size']} entries, {said['sealed_size']} under a checkpoint")
        print(f"anchored {said['anchored_size']}, projected {said['projected_size']}")
        print(f"disk {said['free_bytes'] >> 20} MB free")
        print("\n".join(said["faults"]) or "no faults")
    return DOES_NOT_HOLD if said["faults"] else OK


def run_rebuild(options: argparse.Namespace) -> int:
    """Make the projection again from the log's tiles."""
    from tally_edge.proof import log_id_of  # noqa: PLC0415
    from tally_gateway import anchor_link, config  # noqa: PLC0415
    from tally_gateway.log.reader import LogReader  # noqa: PLC0415
    from tally_gateway.projection.projector import FOLDER  # noqa: PLC0415
    from tally_gateway.projection.rebuild import rebuild  # noqa: PLC0415

    settings = config.load(options.dir)
    reader = LogReader(options.dir)
    log_id = log_id_of(settings.gateway.origin)
    anchors = anchor_link.anchors_of(settings)

    def progress(done: int, whole: int) -> None:
        print(f"\r{done} of {whole} entries", end="", file=sys.stderr, flush=True)

    rebuild(options.dir / FOLDER, log_id, reader, reader.size, anchors, progress=progress)
    print(f"\n{reader.size} entries projected", file=sys.stderr)
    return OK


def run_backup(options: argparse.Namespace) -> int:
    """Copy through the running service, or by oneself where none runs."""
    from tally_gateway import backup, config, control  # noqa: PLC0415
    from tally_gateway.errors import MaintenanceError  # noqa: PLC0415

    config.load(options.dir)  # a folder without a gateway is a wrong call
    said = control.ask(options.dir, {"do": "backup", "to": str(options.to.absolute())})
    if said is None:
        size = backup.copy_stopped(options.dir, options.to)
    elif said.get("ok"):
        size = int(said["size"])
    else:
        raise MaintenanceError(str(said.get("error")))
    print(f"{size} sealed entries copied to {options.to}")
    return OK


def run_restore(options: argparse.Namespace) -> int:
    """Put a copy in place."""
    from tally_gateway import backup  # noqa: PLC0415

    print(f"{backup.restore(options.copy, options.dir)} entries restored to {options.dir}")
    return OK


def run_replace(options: argparse.Namespace) -> int:
    """Begin a lost log again, or open its successor."""
    from tally_gateway import replace  # noqa: PLC0415
    from tally_gateway.anchored_log import wall_clock  # noqa: PLC0415
    from tally_gateway.errors import MaintenanceError  # noqa: PLC0415

    if options.aggregator and not options.refill:
        raise MaintenanceError("--aggregator goes with --refill; a successor is given the head entry with --checkpoint")
    config = new_config(options)
    passphrase = config.passphrase()
    if options.refill:
        made = replace.refill(
            config,
            passphrase,
            wall_clock,
            owner_key=options.owner_key,
            aggregator=options.aggregator,
            aggregator_ca=options.aggregator_ca,
        )
    else:
        made = replace.succeed(
            config,
            passphrase,
            wall_clock,
            old_origin=options.successor_of,
            owner_key=options.owner_key,
            transaction_key=options.transaction_key,
            kept_checkpoint=options.checkpoint,
        )
    print_fingerprints(made)
    return OK


def run_client(options: argparse.Namespace) -> int:
    """Change the list of MQTT clients."""
    from tally_gateway import config  # noqa: PLC0415
    from tally_gateway.intake.clients import ClientFile  # noqa: PLC0415

    settings = config.load(options.dir)
    clients = ClientFile(settings.path(settings.listener.clients_file))
    if options.change == "list":
        print("\n".join(clients.names()))
    elif options.change == "add":
        print(clients.add(options.name))
    else:
        clients.remove(options.name)
    return OK


def run_token(options: argparse.Namespace) -> int:
    """Change the list of HTTP tokens."""
    from tally_gateway import config  # noqa: PLC0415
    from tally_gateway.http.tokens import Scope, TokenFile  # noqa: PLC0415

    settings = config.load(options.dir)
    tokens = TokenFile(settings.path(settings.http.tokens_file))
    if options.change == "add":
        print(tokens.add(options.name, frozenset(Scope(scope) for scope in options.scope)))
    else:
        tokens.remove(options.name)
    return OK
