"""What registrars and claimants do in `tallystick registry`: names of things, countersignatures, claims. Light."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import action, add_contracts, add_passphrase, add_sender, bytes32, run_in
from tally_edge.cli_time import instant_or_seconds

SCHEMES = ("uscc", "lei")
KINDS_OF_THINGS = "certificate, warehouse-receipt, slot, trade, footprint"

_Actions = argparse._SubParsersAction


def register(actions: _Actions[argparse.ArgumentParser]) -> None:
    """Adds these actions to `registry`."""
    _register_names(actions)
    _register_countersign(actions)
    _register_claims(actions)


def _on_chain(
    actions: _Actions[argparse.ArgumentParser], name: str, text: str, description: str
) -> argparse.ArgumentParser:
    return add_contracts(action(actions, name, text, description, run_in("tally_chain.cli.registry_claims_run", name)))


def _offline(
    actions: _Actions[argparse.ArgumentParser], name: str, text: str, description: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_in("tally_chain.cli.registry_names_run", name))
    return parser


def _register_names(actions: _Actions[argparse.ArgumentParser]) -> None:
    commitment = _offline(
        actions,
        "commitment",
        "hide what the law calls an organisation",
        "Checks a USCC or an LEI; prints a registry id to register it under, a salt, and the commitment.",
    )
    commitment.add_argument("scheme", choices=SCHEMES, help="who gave the identifier")
    commitment.add_argument("identifier", metavar="IDENTIFIER", help="as people write it")
    commitment.add_argument("--salt", metavar="HEX", type=bytes32, help="an earlier salt, to compare (default: random)")

    space = _offline(
        actions,
        "new-namespace",
        "make the secret key of a kind of claims; prints the namespace's id",
        "Makes a random HMAC key and writes it encrypted (mode 0600) beside the namespace's rules.",
    )
    space.add_argument("file", metavar="FILE", type=Path, help="file to make; never overwritten")
    space.add_argument("--name", required=True, help="lower-case words and dashes: green-certificates-2026")
    space.add_argument("--kind", required=True, help=f"what is claimed: {KINDS_OF_THINGS}, …")
    space.add_argument("--scheme", choices=SCHEMES, required=True, help="how issuers are named in it")
    space.add_argument("--numbers", type=int, default=1, metavar="N", help="how many numbers name a thing (default 1)")
    add_passphrase(space)

    nullifier = _offline(
        actions,
        "nullifier",
        "the name under which a thing is claimed",
        "Computes a thing's nullifier from its issuer and its numbers, under the namespace's key.",
    )
    _add_thing(nullifier)
    add_passphrase(nullifier)

    digest = _offline(
        actions,
        "digest",
        "hide what a claim says",
        "Prints the digest of a claim's content and the salt that opens it; keep both with the content.",
    )
    digest.add_argument("file", metavar="FILE", type=Path, help="the claim's content, at most 64 MB")
    digest.add_argument("--salt", metavar="HEX", type=bytes32, help="an earlier salt, to compare (default: random)")


def _add_thing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace_key", metavar="NAMESPACE_FILE", type=Path, help="from `registry new-namespace`")
    parser.add_argument("issuer", metavar="ISSUER", help="USCC or LEI of who issued the number")
    parser.add_argument("number", metavar="NUMBER", nargs="+", help="the number that was issued, as people write it")


def _register_countersign(actions: _Actions[argparse.ArgumentParser]) -> None:
    countersign = _on_chain(
        actions,
        "countersign",
        "a registrar's signature for a claim or a release, into a file",
        "Computes the nullifier from the thing itself, looks at what lives, and signs for one organisation and round.",
    )
    countersign.add_argument("what", choices=("claim", "release"), help="what is countersigned")
    _add_thing(countersign)
    countersign.add_argument("--organisation", metavar="ID", type=bytes32, required=True, help="whose claim it is")
    countersign.add_argument("--digest", metavar="HEX", type=bytes32, help="claim: from `registry digest`")
    countersign.add_argument(
        "--deadline", metavar="TIME", type=instant_or_seconds, help="last second in which it counts (default: a week)"
    )
    countersign.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    countersign.add_argument("--key", metavar="FILE", type=Path, required=True, help="the registrar's key file")
    add_passphrase(countersign)
    countersign.add_argument(
        "--namespace-passphrase-file",
        metavar="FILE",
        type=Path,
        help="holds the namespace's passphrase (else TALLYSTICK_PASSPHRASE)",
    )


def _register_claims(actions: _Actions[argparse.ArgumentParser]) -> None:
    for name, text, description in (
        (
            "claim",
            "claim a thing, with the registrar's countersignature",
            "Claims a thing for the organisation of --key.",
        ),
        ("release", "give a claim up, with the registrar's countersignature", "Ends a claim, where that is allowed."),
    ):
        parser = _on_chain(actions, name, text, description)
        parser.add_argument("file", metavar="FILE", type=Path, help="from `registry countersign`")
        add_sender(parser)
    offer = _on_chain(
        actions, "offer", "offer a claim to another organisation", "Offers a claim, or withdraws the offer."
    )
    accept = _on_chain(actions, "accept", "take over a claim that was offered", "Takes over a claim; its digest stays.")
    for parser in (offer, accept):
        parser.add_argument("namespace", metavar="NAMESPACE", type=bytes32, help="the namespace's id")
        parser.add_argument("nullifier", metavar="NULLIFIER", type=bytes32, help="what is claimed")
        add_sender(parser)
    to = offer.add_mutually_exclusive_group(required=True)
    to.add_argument("--to", metavar="ORGANISATION", type=bytes32, help="who may take it over")
    to.add_argument("--withdraw", action="store_true", help="nobody may any more")
    offer.add_argument(
        "--takers-since",
        metavar="BLOCK",
        type=int,
        help="only keys that act since this block or before may accept (default: those of today)",
    )

    claims = _on_chain(
        actions,
        "claims",
        "which claims live, and who held what",
        "Shows namespaces and claims from the contract's whole history.",
    )
    claims.add_argument("nullifier", metavar="NULLIFIER", type=bytes32, nargs="?", help="only this thing")
    claims.add_argument("--namespace", metavar="ID", type=bytes32, help="only in this namespace")
