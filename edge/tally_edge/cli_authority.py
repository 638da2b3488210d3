"""`tallystick authority`: keys, site plan, second person, and handing statements on. Light until one of them runs."""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

from tally_edge import cli_signing
from tally_edge.errors import ConfigError

DAY_S = 86_400


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `authority` with its sub-commands."""
    authority = subparsers.add_parser("authority", help="say which keys and meters a site has 计量主管方")
    actions = authority.add_subparsers(dest="authority_command", metavar="ACTION", required=True)

    init = actions.add_parser("init", help="make an authority: its key and its empty stream")
    cli_signing.add_folder(init)
    init.add_argument("--name", required=True, metavar="URI", help="who it is, such as urn:dev:org:32473-authority")
    init.set_defaults(run=run_init)

    person = actions.add_parser("person", help="make the key of a second person, and show its id for the site plan")
    person.add_argument("key", type=Path, metavar="KEY", help="file to write the encrypted key to")
    person.add_argument("--second-passphrase-file", type=Path, metavar="FILE", help="file with the passphrase")
    person.set_defaults(run=run_person)

    plan = actions.add_parser("plan", help="state the site plan in a file")
    plan.add_argument("file", type=Path, metavar="FILE", help="the plan, as TOML (docs/bring-a-site-in.md)")
    cli_signing.add_signing(plan)
    plan.set_defaults(run=run_plan)

    renew = actions.add_parser("renew", help="state the plan in force again, with a later date; needs no second person")
    renew.add_argument("--days", type=int, default=90, help="renewed before so many days from now (default 90)")
    cli_signing.add_signing(renew)
    renew.set_defaults(run=run_renew)

    show = actions.add_parser("show", help="list what has been stated")
    show.add_argument("--dir", type=Path, required=True, metavar="DIR", help="the authority's folder")
    show.set_defaults(run=run_show)

    _register_second(actions)
    _register_out(actions)


def _register_second(actions: Any) -> None:
    countersign = actions.add_parser("countersign", help="endorse a proposal as the second person 复核")
    countersign.add_argument("proposal", type=Path, metavar="PROPOSAL", help="what `--propose` wrote")
    countersign.add_argument("--key", type=Path, required=True, metavar="KEY", help="the second person's key file")
    countersign.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write the endorsement")
    countersign.add_argument("--second-passphrase-file", type=Path, metavar="FILE", help="file with the passphrase")
    countersign.add_argument("--yes", action="store_true", help="sign without asking")
    countersign.set_defaults(run=run_countersign)

    finish = actions.add_parser("finish", help="sign an endorsed proposal and keep it")
    finish.add_argument("proposal", type=Path, metavar="PROPOSAL", help="what `--propose` wrote")
    finish.add_argument("endorsement", type=Path, metavar="ENDORSEMENT", help="what `countersign` wrote")
    cli_signing.add_folder(finish)
    finish.set_defaults(run=run_finish)


def _register_out(actions: Any) -> None:
    export = actions.add_parser("export", help="write the statements as files")
    export.add_argument("--dir", type=Path, required=True, metavar="DIR", help="the authority's folder")
    export.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where to write them")
    export.add_argument("--from-seq", type=int, default=0, metavar="N", help="the first number to write (default 0)")
    export.set_defaults(run=run_export)

    send = actions.add_parser("send", help="hand the statements to a gateway; sending again does no harm")
    send.add_argument("--dir", type=Path, required=True, metavar="DIR", help="the authority's folder")
    send.add_argument("--gateway", required=True, metavar="URL", help="the gateway's address")
    send.add_argument("--token-file", type=Path, metavar="FILE", help="file with the token (else TALLYSTICK_TOKEN)")
    send.add_argument("--ca", type=Path, metavar="FILE", help="certificate authority of the gateway, PEM")
    send.add_argument("--from-seq", type=int, default=0, metavar="N", help="the first number to send (default 0)")
    send.set_defaults(run=run_send)


def run_init(arguments: argparse.Namespace) -> int:
    """Make the folder, the key and the empty stream."""
    from tally_edge import passphrase, signer  # noqa: PLC0415
    from tally_edge.office import authority_stream  # noqa: PLC0415

    key = signer.generate()
    authority_stream.create(arguments.dir, arguments.name, key, passphrase.read(arguments.passphrase_file))
    print(f"authority {arguments.name}\nkey id {key.public_key.kid.hex()}\npublic key {key.public_key.encode().hex()}")
    print("give key id and public key to readers by a way that they trust 请经可信渠道交给核验方")
    return 0


def run_person(arguments: argparse.Namespace) -> int:
    """Make the key of a second person."""
    from tally_edge import durable, passphrase, signer  # noqa: PLC0415

    key = signer.generate()
    secret = passphrase.read(arguments.second_passphrase_file, passphrase.SECOND_VARIABLE)
    durable.make_folder(arguments.key.absolute().parent, mode=0o700)
    key.save(arguments.key, secret)
    print(f"key id {key.public_key.kid.hex()}\npublic key {key.public_key.encode().hex()}")
    return 0


def run_plan(arguments: argparse.Namespace) -> int:
    """State the site plan."""
    from tally_edge.office import authority_files  # noqa: PLC0415
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415

    plan = authority_files.read_plan(arguments.file)
    with AuthorityStream(arguments.dir) as stream:
        return cli_signing.state(arguments, stream, plan)


def run_renew(arguments: argparse.Namespace) -> int:
    """State the plan in force again."""
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415

    with AuthorityStream(arguments.dir) as stream:
        plan = stream.standing.plan
        if plan is None:
            raise ConfigError("there is no site plan to renew yet")
        renew_by = int(time.time()) + arguments.days * DAY_S
        if renew_by <= plan.renew_by:
            raise ConfigError("the plan in force already runs longer than that")
        return cli_signing.state(arguments, stream, dataclasses.replace(plan, renew_by=renew_by, countersignature=None))


def run_show(arguments: argparse.Namespace) -> int:
    """List the stream."""
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415
    from tally_edge.office.authority_summary import TERMS  # noqa: PLC0415

    with AuthorityStream(arguments.dir) as stream:
        print(f"authority {stream.issuer}\nkey id {stream.kid.hex()}")
        for signed in stream.statements():
            claims = signed.claims
            print(f"{claims.seq:6}  {signed.id.hex()}  {TERMS[claims.kind.value]}: {claims.subject}")
    return 0


def run_countersign(arguments: argparse.Namespace) -> int:
    """Show a proposal, ask, and endorse it."""
    from tally_edge import wire  # noqa: PLC0415
    from tally_edge.office import authority_proposal, authority_summary  # noqa: PLC0415
    from tally_edge.office.authority_rules import Standing  # noqa: PLC0415

    proposal = wire.decode(authority_proposal.Proposal, cli_signing.read_bytes(arguments.proposal))
    claims, payload = proposal.read()
    print(f"authority {claims.issuer}, key {claims.kid.hex()}, number {claims.seq}")
    for line in authority_summary.lines(payload, Standing(claims.kid)):
        print(line)
    if not cli_signing.confirmed(arguments):
        return 1
    person = cli_signing.open_second(arguments.key, arguments.second_passphrase_file)
    cli_signing.write_new(arguments.out, wire.encode(authority_proposal.endorse(proposal, person)))
    print(f"wrote the endorsement {arguments.out}; it goes back to the authority")
    return 0


def run_finish(arguments: argparse.Namespace) -> int:
    """Complete an endorsed proposal."""
    from tally_edge import wire  # noqa: PLC0415
    from tally_edge.office import authority_proposal  # noqa: PLC0415
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415

    proposal = wire.decode(authority_proposal.Proposal, cli_signing.read_bytes(arguments.proposal))
    endorsement = wire.decode(authority_proposal.Endorsement, cli_signing.read_bytes(arguments.endorsement))
    with AuthorityStream(arguments.dir) as stream:
        authority = cli_signing.open_authority(arguments, stream)
        signed = stream.finish(proposal, endorsement, int(time.time()), authority)
    print(f"stated as number {signed.claims.seq}, id {signed.id.hex()}")
    return 0


def run_export(arguments: argparse.Namespace) -> int:
    """Write each statement to FOLDER/<seq>-<kind>.cose; what stands there with the same bytes is left alone."""
    from tally_edge import durable  # noqa: PLC0415
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415

    durable.make_folder(arguments.to)
    written = 0
    with AuthorityStream(arguments.dir) as stream:
        for signed in stream.statements(arguments.from_seq):
            path = arguments.to / f"{signed.claims.seq:08}-{signed.claims.kind.value}.cose"
            if not path.exists() or path.read_bytes() != signed.encoded:
                cli_signing.write_new(path, signed.encoded)
                written += 1
    print(f"wrote {written} statements to {arguments.to}")
    return 0


def run_send(arguments: argparse.Namespace) -> int:
    """Send, and tell what the gateway made of it. 1 where it did not take everything."""
    from tally_edge import passphrase, pinned_tls  # noqa: PLC0415
    from tally_edge.office import authority_send  # noqa: PLC0415
    from tally_edge.office.authority_stream import AuthorityStream  # noqa: PLC0415

    token = passphrase.read(arguments.token_file, passphrase.TOKEN_VARIABLE)
    tls = pinned_tls.client_context(arguments.ca) if arguments.ca else None
    with AuthorityStream(arguments.dir) as stream:
        statements = list(stream.statements(arguments.from_seq))
    outcomes = authority_send.send(authority_send.Gateway(arguments.gateway, token, tls), statements)
    refused = 0
    for signed, outcome in zip(statements, outcomes, strict=True):
        taken = authority_send.is_taken(outcome)
        refused += not taken
        if not taken:
            print(f"{signed.claims.seq:6}  {signed.claims.kind.value}: refused: {authority_send.explanation(outcome)}")
    print(f"the gateway has {len(statements) - refused} of {len(statements)} statements")
    return 1 if refused else 0
