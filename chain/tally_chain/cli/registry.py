"""`tallystick registry`: parties, their keys, claims, and the timelock that changes them. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import registry_claims
from tally_chain.cli.registry_calls import KINDS
from tally_chain.cli.where import Run, action, add_contracts, add_sender, bytes32, key_id, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds

# Written out, because the enum that they come from takes a second to import; a test compares.
REASONS = ("unspecified", "compromised", "superseded", "ceased", "withdrawn")

_RUN = "tally_chain.cli.registry_run"
_RUN_KEYS = "tally_chain.cli.registry_keys_run"
_Actions = argparse._SubParsersAction


def register(subparsers: _Actions[argparse.ArgumentParser]) -> None:
    """Adds `registry` with its sub-commands."""
    registry = subparsers.add_parser("registry", help="propose and decide who takes part; claim things, look both up")
    actions = registry.add_subparsers(dest="registry_command", metavar="ACTION", required=True)
    _register_propose(actions)
    _register_decisions(actions)
    _register_looks(actions)
    registry_claims.register(actions)


def _on_chain(
    actions: _Actions[argparse.ArgumentParser], name: str, text: str, description: str, run: Run
) -> argparse.ArgumentParser:
    return add_contracts(action(actions, name, text, description, run))


def _register_propose(actions: _Actions[argparse.ArgumentParser]) -> None:
    propose = actions.add_parser("propose", help="ask the timelock for a change; the other proposers can cancel it")
    kinds = propose.add_subparsers(dest="kind", metavar="CALL", required=True)
    run = run_in(_RUN, "propose")
    for name, kind in KINDS.items():
        text = f"propose {kind.text}"
        parser = _on_chain(
            kinds,
            name,
            text,
            f"{text[0].upper()}{text[1:]}. Prints the operation's id, and from when it can be executed.",
            run,
        )
        kind.add(parser)
        _add_proposing(parser)
    batch = _on_chain(
        kinds,
        "batch",
        "propose several calls that are executed together or not at all",
        "Proposes the calls of a file as one operation: one on a line, in the words of the other proposals.",
        run,
    )
    batch.add_argument("file", metavar="FILE", type=Path, help="a line: `bind-key 0x… 0x… lender --until …`")
    _add_proposing(batch)


def _add_proposing(parser: argparse.ArgumentParser) -> None:
    add_sender(parser)
    parser.add_argument(
        "--salt", type=bytes32, metavar="HEX", help="tells equal operations apart (default: random, unless one waits)"
    )
    parser.add_argument(
        "--ahead", action="store_true", help="also where the call would fail now, since another one comes first"
    )
    _add_first_block(parser)


def _add_first_block(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--first-block",
        type=int,
        default=0,
        metavar="NUMBER",
        help="where the timelock's events begin, on a long chain the block that deployed it (default 0)",
    )


def _register_decisions(actions: _Actions[argparse.ArgumentParser]) -> None:
    proposals = _on_chain(
        actions,
        "proposals",
        "what was proposed, what each call would do, and how far it is",
        "Shows every operation of the timelock in words; what is not understood is shown as unknown, with its bytes.",
        run_in(_RUN, "proposals"),
    )
    proposals.add_argument("operation", metavar="ID", type=bytes32, nargs="*", help="only these; also what is hidden")
    proposals.add_argument("--open", action="store_true", help="only what can still be executed or cancelled")
    _add_first_block(proposals)
    for name, text, description in (
        ("execute", "carry a proposal out; anybody may", "Executes an operation that has waited long enough."),
        ("cancel", "stop a proposal; any proposer may", "Cancels an operation that was not executed yet."),
    ):
        parser = _on_chain(actions, name, text, description, run_in(_RUN, name))
        parser.add_argument("operation", metavar="ID", type=bytes32, help="the operation, from `registry proposals`")
        add_sender(parser)
        _add_first_block(parser)


def _register_looks(actions: _Actions[argparse.ArgumentParser]) -> None:
    revoke = _on_chain(
        actions,
        "revoke-key",
        "end a key, at once and for ever",
        "Revokes a key. A revoker, a registrar or the transaction key itself may; nothing waits for the timelock.",
        run_in(_RUN_KEYS, "revoke-key"),
    )
    revoke.add_argument("key_id", metavar="KEY", type=key_id, help="the key's id, or a transaction key's address")
    revoke.add_argument("--reason", choices=REASONS, required=True, help="why")
    revoke.add_argument(
        "--since", metavar="TIME", type=instant_or_seconds, help=f"not to be believed since: {TIME_HELP} (default: now)"
    )
    add_sender(revoke)
    vouch = _on_chain(
        actions,
        "vouch",
        "let a later key of your organisation act since when yours does",
        "Vouches for a key: claims that lived when it was bound are moved by older keys and by those these vouch for.",
        run_in(_RUN_KEYS, "vouch"),
    )
    vouch.add_argument("key_id", metavar="KEY", type=key_id, help="the later key, of the same organisation and role")
    add_sender(vouch)
    for name, what, argument, text, description in (
        (
            "key",
            "key_id",
            key_id,
            "whose a key is, for what, and whether it is good",
            "Shows a key from the registry's whole history. Exit code 1 when it is not good, or not believed.",
        ),
        (
            "organisation",
            "organisation",
            bytes32,
            "an organisation with its keys",
            "Shows an organisation and its keys from the registry's whole history.",
        ),
    ):
        parser = _on_chain(actions, name, text, description, run_in(_RUN_KEYS, name))
        parser.add_argument(what, metavar=what.partition("_")[0].upper(), type=argument, help=f"which {name}")
        parser.add_argument("--at", metavar="TIME", type=instant_or_seconds, help=f"as of a time: {TIME_HELP}")
