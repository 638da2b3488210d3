"""What `tallystick policy` does. Errors are raised; the command line knows their exit codes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tally_chain import at_hand, policy_text
from tally_chain.cli.verify import EXIT_WRONG_USE, read_policy
from tally_chain.errors import PolicyError
from tally_chain.findings import printable
from tally_chain.fingerprint import hexed
from tally_chain.policy import PinnedRegistry, Policy, TrustedKey
from tally_chain.verify.verdict import time_text
from tally_edge import durable


def policy_show(arguments: argparse.Namespace) -> int:
    """`policy show`."""
    trusted = _parse(arguments.policy)
    if trusted is None:
        return EXIT_WRONG_USE
    print("\n".join(_policy_lines(trusted)))
    return 0


def policy_check(arguments: argparse.Namespace) -> int:
    """`policy check`."""
    trusted = _parse(arguments.policy)
    if trusted is None:
        return EXIT_WRONG_USE
    print(
        f"{arguments.policy}: {len(trusted.authorities)} authorities, {len(trusted.logs)} logs, {_heads(trusted)} heads"
    )
    return 0


def policy_note(arguments: argparse.Namespace) -> int:
    """`policy note`."""
    trusted = _parse(arguments.policy)
    if trusted is None:
        return EXIT_WRONG_USE
    engine = at_hand.open_engine(arguments.endpoint, arguments.embedded, arguments.agree)
    try:
        now = int(time.time())
        read = at_hand.with_registered_keys(at_hand.with_anchored_roots(trusted, engine), engine, now)
        noted = at_hand.noted(trusted, read)
    except PolicyError as error:
        print(f"tallystick policy: {arguments.policy}: {error}", file=sys.stderr)
        return EXIT_WRONG_USE
    finally:
        engine.close()
    durable.write_file(arguments.output, policy_text.write(noted).encode())
    bound = "no registry" if noted.registry is None else f"{len(noted.registry.keys)} registered keys"
    print(f"{arguments.output}: {_heads(noted) - _heads(trusted)} new heads, {bound}")
    return 0


def _heads(trusted: Policy) -> int:
    return sum(len(log.roots) for log in (*trusted.logs, *trusted.aggregators))


def _policy_lines(trusted: Policy) -> list[str]:
    lines = [f"audited  {printable(trusted.audited)}", f"reader   {printable(trusted.reader) or '-'}"]
    if trusted.max_head_age_s is not None:
        lines.append(f"heads    at most {trusted.max_head_age_s} seconds old")
    groups: tuple[tuple[str, tuple[TrustedKey, ...]], ...] = (
        ("authority", trusted.authorities),
        ("person", trusted.persons),
        ("owner", trusted.owners),
    )
    for name, members in groups:
        for member in members:
            lines += ["", f"{name} {printable(f'{member.organisation} {member.issuer}'.strip())}"]
            lines.append(f"  key   {hexed(member.key.kid)}")
            lines += _id_lines(member.registered)
    named = [("log", log) for log in trusted.logs] + [("log of heads", log) for log in trusted.aggregators]
    for name, log in named:
        lines += ["", f"{name} {printable(log.origin)}", f"  id    {hexed(log.log_id)}"]
        lines += [f"  proof key       {hexed(log.proof_key.kid)}"]
        lines += [f"  checkpoint key  {log.checkpoint_key}"] if log.checkpoint_key else []
        if log.anchor_owner is not None:
            lines.append(f"  owner on chain  0x{log.anchor_owner.hex()}")
        lines += _id_lines(log.registered)
        for root in log.roots:
            when = "" if root.time is None else f", {time_text(root.time)}"
            when += "" if root.chain_id is None else f", chain {root.chain_id}"
            lines += [f"  head of size {root.size} ({root.source.value}{when})", f"        {hexed(root.root)}"]
    if trusted.chain is not None:
        lines += ["", f"chain {trusted.chain.chain_id} ({trusted.chain.kind.value})"]
        lines += [f"  genesis   {trusted.chain.genesis.hex()}", f"  contract  0x{trusted.chain.contract.hex()}"]
    if trusted.registry is not None:
        lines += _registry_lines(trusted.registry)
    accepted = [name for name in trusted.accept.__slots__ if getattr(trusted.accept, name)]
    return [*lines, "", f"accepts  {', '.join(accepted) or 'nothing beyond full evidence'}"]


def _parse(path: Path) -> Policy | None:
    try:
        return read_policy(path)
    except PolicyError as error:
        print(f"tallystick policy: {error}", file=sys.stderr)
        return None


def _id_lines(registered: bytes | None) -> list[str]:
    return [] if registered is None else [f"  registered as   {hexed(registered)}"]


def _registry_lines(registry: PinnedRegistry) -> list[str]:
    read = "not read" if registry.read_at is None else f"{len(registry.keys)} keys, read {time_text(registry.read_at)}"
    lines = ["", f"registry ({read})", f"  organisations  0x{registry.organisations.hex()}"]
    return [*lines, f"  timelock       0x{registry.timelock.hex()}"]
