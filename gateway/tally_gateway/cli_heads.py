"""`tallystick heads …`: an aggregator's log of heads. Parsers here; what they run is imported when it runs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tally_gateway.cli_gateway import add_chain, new_config, print_fingerprints, run_status

if TYPE_CHECKING:
    from tally_chain.heads_audit import Audit
    from tally_gateway.aggregate.service import HeadsService

OK: Final = 0
DOES_NOT_HOLD: Final = 1


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `heads` and its actions."""
    heads = subparsers.add_parser("heads", help="keep many gateways' heads in one log and anchor that (汇总方)")
    actions = heads.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = _action(actions, "init", run_init, "make an aggregator: keys, certificates, log of heads, settings")
    init.add_argument("--origin", required=True, help="the log of heads' name for ever, such as example.org/heads/2026")
    add_chain(init)
    init.add_argument("--host-name", action="append", default=[], help="name or address in the TLS certificate")
    init.add_argument("--passphrase-file", default="", help="settings will name this file instead of the environment")
    add = _action(actions, "add", run_add, "register a gateway's log; prints its token once, and settings for it")
    add.add_argument("name", help="a short name for it: a-z, 0-9 and '-'")
    add.add_argument("--origin", required=True, help="the origin of the gateway's log")
    add.add_argument("--proof-key", required=True, metavar="HEX", help="its proof public key, compared out of band")
    add.add_argument("--checkpoint-key", required=True, metavar="LINE", help="its checkpoint key, compared likewise")
    add.add_argument("--url", default="", help="this aggregator's address, for the settings that are printed")
    _action(actions, "run", run_run, "run the aggregator until it is told to stop")
    status = _action(actions, "status", run_heads_status, "where the log of heads stands, and who offered a fork to it")
    status.add_argument("--json", action="store_true", help="print JSON")
    _register_audit(actions)


def _register_audit(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = actions.add_parser(
        "audit",
        help="read a whole log of heads: is each log's history one?",
        description=(
            "Read a whole log of heads: are the sizes of each log ascending, has no size two roots, does each head "
            "continue the one before? Exit code 0: nothing speaks against it; 1: something does."
        ),
    )
    audit.add_argument("source", metavar="DIR|URL", help="the aggregator's folder, a copy of it, or its address")
    audit.add_argument("--logs", type=Path, metavar="FILE", help="the logs' keys (as logs.toml), to check who signed")
    audit.add_argument("--checkpoint-key", metavar="LINE", help="the log of heads' own key, compared out of band")
    audit.add_argument(
        "--ask",
        action="append",
        default=[],
        metavar="ORIGIN=URL",
        help="where a log's gateway is asked for consistency paths",
    )
    audit.add_argument("--most-mb", type=int, metavar="MB", help="never fetch more from an address (16384)")
    audit.add_argument("--json", action="store_true", help="print JSON")
    audit.set_defaults(run=run_audit)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Any, text: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.add_argument("--dir", type=Path, metavar="DIR", required=True, help="the aggregator's folder")
    parser.set_defaults(run=run)
    return parser


def run_init(options: argparse.Namespace) -> int:
    """Make an aggregator and print what gateways and readers pin."""
    import dataclasses  # noqa: PLC0415

    from tally_gateway.anchored_log import wall_clock  # noqa: PLC0415
    from tally_gateway.config import HeadsSection, ListenerSection, ProjectionSection  # noqa: PLC0415
    from tally_gateway.founding import found  # noqa: PLC0415

    config = dataclasses.replace(
        new_config(options),
        heads=HeadsSection(enabled=True),
        listener=ListenerSection(enabled=False),
        projection=ProjectionSection(enabled=False),
    )
    print_fingerprints(found(config, config.passphrase(), wall_clock, host_names=tuple(options.host_name)))
    print(f"\nSettings: {options.dir / 'gateway.toml'}. Register gateways with `tallystick heads add`, then:")
    print(f"tallystick heads run --dir {options.dir}")
    return OK


def run_add(options: argparse.Namespace) -> int:
    """Register a log and print the settings of its gateway; the token goes into a file there."""
    from tally_chain import note  # noqa: PLC0415
    from tally_gateway import config, keys_on_disk  # noqa: PLC0415
    from tally_gateway.aggregate.registered import LogsFile, registered_log  # noqa: PLC0415
    from tally_gateway.errors import GatewayConfigError  # noqa: PLC0415
    from tally_gateway.http.tokens import Scope, TokenFile  # noqa: PLC0415

    settings = config.load(options.dir)
    if not settings.heads.enabled:
        raise GatewayConfigError(f"{options.dir} is a gateway's, not an aggregator's")
    signers = keys_on_disk.load(options.dir, settings.passphrase())
    log = registered_log(options.name, options.origin, options.proof_key, options.checkpoint_key)
    LogsFile(settings.path(settings.heads.logs_file)).add(log)
    token = TokenFile(settings.path(settings.http.tokens_file)).add(options.name, frozenset({Scope.HEADS}))
    origin = settings.gateway.origin
    checkpoint_key = note.verifier_key_of(origin, signers.checkpoint).encode()
    print(f"# the token of {options.name}: one line of a file with mode 0600 in its gateway's folder", file=sys.stderr)
    print(token)
    print("# for its gateway.toml", file=sys.stderr)
    print(f'[anchor]\nengine = "aggregator"\n\n[aggregator]\nurl = "{options.url}"\ntoken_file = "aggregator.token"')
    print(f'origin = "{origin}"\nproof_key = "{signers.proof.public_key.encode().hex()}"')
    print(f'checkpoint_key = "{checkpoint_key}"')
    return OK


def run_run(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    import asyncio  # noqa: PLC0415
    import logging  # noqa: PLC0415

    from tally_edge.errors import TallyError  # noqa: PLC0415
    from tally_gateway import config, service  # noqa: PLC0415
    from tally_gateway.aggregate.service import HeadsService  # noqa: PLC0415

    settings = config.load(options.dir)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)

    def on_ready(running: HeadsService) -> None:
        places = " ".join(f"{name}={host}:{port}" for name, (host, port) in running.addresses.items())
        print(f"READY {places}", flush=True)

    try:
        asyncio.run(service.run_until_signal(lambda: HeadsService(settings), on_ready))
    except BaseExceptionGroup as group:
        first = service.first_error(group)
        if not isinstance(first, TallyError):
            raise
        raise first from None
    return OK


def run_heads_status(options: argparse.Namespace) -> int:
    """As a gateway's status; and 1 when a log offered a head that contradicts one held."""
    from tally_gateway import config, state  # noqa: PLC0415
    from tally_gateway.aggregate.desk import kept_forks  # noqa: PLC0415
    from tally_gateway.aggregate.registered import LogsFile  # noqa: PLC0415

    settings = config.load(options.dir)
    code = run_status(options)
    logs = LogsFile(settings.path(settings.heads.logs_file))
    forks = kept_forks(settings.path(state.FILE_NAME), logs)
    for log, encoded in forks:
        print(f"fork: {log.name} ({log.known.origin}) offered {encoded.hex()}", file=sys.stderr)
    return DOES_NOT_HOLD if forks and code == OK else code


def run_audit(options: argparse.Namespace) -> int:
    """Read a log of heads and say what speaks against the logs in it."""
    import tempfile  # noqa: PLC0415

    from tally_chain import heads_audit, note  # noqa: PLC0415
    from tally_edge.errors import ConfigError  # noqa: PLC0415
    from tally_gateway.aggregate import audit_run  # noqa: PLC0415
    from tally_gateway.aggregate.registered import LogsFile  # noqa: PLC0415

    if not all("=" in place for place in options.ask):
        raise ConfigError("--ask takes ORIGIN=URL")
    places = dict(place.rsplit("=", 1) for place in options.ask)
    logs = [] if options.logs is None else LogsFile(options.logs).all()
    known = {log.known.origin: log.known.proof_key for log in logs}
    key = None if options.checkpoint_key is None else note.decode_verifier_key(options.checkpoint_key)
    if options.source.startswith(("http://", "https://")):
        with tempfile.TemporaryDirectory() as copy:
            most = audit_run.MOST_MB if options.most_mb is None else options.most_mb
            audit_run.fetch(options.source, Path(copy), key=key, most_mb=most, progress=_show_progress)
            found = audit_run.audit_folder(Path(copy), key, known)
    else:
        found = audit_run.audit_folder(Path(options.source), key, known)
    heads_audit.follow(found, audit_run.asker(places))
    _print_audit(found, as_json=options.json)
    return DOES_NOT_HOLD if any(finding.is_failure for finding in found.findings) else OK


def _show_progress(done: int, whole: int) -> None:
    print(f"\r{done} of {whole} tiles", end="" if done < whole else "\n", file=sys.stderr, flush=True)


def _print_audit(found: Audit, *, as_json: bool) -> None:
    logs = {origin: {"heads": len(heads), "size": heads[-1].size} for origin, heads in sorted(found.heads.items())}
    if as_json:
        said = [{"code": one.code.value, "touches": one.touches, "text": one.text} for one in found.findings]
        print(json.dumps({"logs": logs, "findings": said}, ensure_ascii=False, indent=1))
        return
    for origin, told in logs.items():
        print(f"{origin}  {told['heads']} heads, up to size {told['size']}")
    for one in found.findings:
        print(f"{'failure' if one.is_failure else 'note':8} {one.code.value}  {one.touches}: {one.text}")
