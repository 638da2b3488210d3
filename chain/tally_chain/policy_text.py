"""A reader's policy as TOML, read and written. No IO.

    version = 1
    audited = "Gwangyang Steel"              # whose evidence is checked: keys that it alone enrolled do not count
    reader = "First Bank"                    # who reads (optional): grants must name it
    max_head_age_s = 172800                  # how old a log's head may be, in seconds (optional)

    [[authority]]                            # who may enrol keys and state meter facts
    issuer = "urn:example:metering-office"
    key = "a4…"                              # COSE key, hex
    organisation = "Metering Office"
    registered = "…"                         # its id in the [registry], where the key must stand there (optional)

    [[person]]                               # second persons; `registered` as an authority's
    key = "a4…"
    organisation = "Inspection Ltd"

    [[owner]]                                # who may sign grants
    key = "a4…"
    organisation = "Gwangyang Steel"

    [[log]]
    origin = "tallystick.example/steel/5f3c9a"
    proof_key = "a4…"
    checkpoint_key = "tallystick.example/steel/5f3c9a+33d7b496+AeHT…"
    anchor_owner = "0x…"                     # the address that owns the log on the contract (optional)
    registered = "…"                         # the operator's id, where that address must stand in the [registry]

    [[log.root]]                             # heads the reader holds: read from a chain, or compared out of band
    size = 4711
    root = "…"
    source = "public"                        # public, consortium, self-anchored or out-of-band
    time = 1767225600                        # of the block, where there is one
    chain_id = 10                            # of the chain, where there is one: heads of one chain vouch for each other

    [[aggregator]]                           # whose logs of heads may vouch for a log (optional)
    origin = "tallystick.example/heads/1"
    proof_key = "a4…"
    checkpoint_key = "…"                     # optional here; anchor_owner and [[aggregator.root]] are as a log's

    [chain]                                  # where heads are anchored (optional): `verify --endpoint` reads them there
    chain_id = 10
    genesis = "0x…"
    contract = "0x…"
    kind = "public"                          # public, consortium or self-anchored: who controls the chain
    code_hash = "0x…"                        # Keccak-256 of the contract's code (optional)
    confirmations = 0                        # blocks that must follow before one counts: 12 on Clique, 0 on QBFT, PBFT
    members = ["First Bank", "Port Company"] # who runs a consortium's nodes, for the verdict to name (optional)

    [registry]                               # who is bound to which key, on that chain (optional): read there too
    organisations = "0x…"
    timelock = "0x…"                         # what alone may change it
    read_at = 1769904000                     # when the reader read what follows (optional)

    [[registry.key]]                         # all the keys that were bound by then
    id = "…"                                 # RFC 9679 thumbprint, or an address padded on the left
    organisation = "…"                       # its id in the registry
    role = "authority"
    good_from = 1767225600
    good_until = 1798761600                  # the first second in which it is not believed any more

    [accept]                                 # all false unless said
    simulated = false
    self_enrolled = false
    self_anchored = false
    by_hand = false
    without_grant = true

What the tables mean stands in docs/formats/policy.md.
"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Final

from tally_chain import note
from tally_chain.errors import NoteError, PolicyError
from tally_chain.policy import (
    Accept,
    PinnedChain,
    PinnedRegistry,
    PinnedRoot,
    Policy,
    RegisteredKey,
    RootSource,
    TrustedKey,
    TrustedLog,
)
from tally_chain.registry.roles import KeyRole
from tally_edge import keys, toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError, DecodeError
from tally_edge.keys import PublicKey
from tally_edge.proof import HASH_BYTES, MAX_TREE_SIZE
from tally_edge.wire import MAX_TIME

VERSION: Final = 1
ADDRESS_BYTES: Final = 20
MAX_CONFIRMATIONS: Final = 1_000_000
"""More than a chain of a block a second makes in a week: whoever writes more has mistaken the unit."""


def parse(text: str, name: str = "policy") -> Policy:
    """Read a policy from TOML. Raises PolicyError naming the table and key that is wrong."""
    try:
        root = Table(toml_text.loads(text), Path(name))
        policy = _policy(root)
        root.done()
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError(f"{name}: {error}") from None
    except ConfigError as error:
        raise PolicyError(str(error)) from None
    return policy


def _policy(root: Table) -> Policy:
    if root.integer("version", 0, MAX_TREE_SIZE) != VERSION:
        raise root.fault("version", f"must be {VERSION}")
    return Policy(
        authorities=tuple(_trusted(table, issuer=True) for table in root.tables("authority")),
        persons=tuple(_trusted(table) for table in root.tables("person")),
        owners=tuple(_trusted(table) for table in root.tables("owner")),
        logs=tuple(_log(table) for table in root.tables("log")),
        accept=_accept(root.table("accept")),
        audited=root.text("audited"),
        reader=root.optional_text("reader") or "",
        chain=_chain(root.table("chain")),
        max_head_age_s=root.optional_integer("max_head_age_s", 1, MAX_TIME),
        aggregators=tuple(_log(table, of_heads=True) for table in root.tables("aggregator")),
        registry=_registry(root.table("registry")),
    )


def _trusted(table: Table, *, issuer: bool = False) -> TrustedKey:
    trusted = TrustedKey(
        key=_key(table, "key"),
        organisation=table.text("organisation"),
        issuer=table.text("issuer") if issuer else "",
        registered=table.optional_octets("registered", HASH_BYTES),
    )
    table.done()
    return trusted


def _key(table: Table, name: str) -> PublicKey:
    encoded = table.octets(name)
    try:
        return keys.decode_public_key(encoded)
    except DecodeError as error:
        raise table.fault(name, f"is not a COSE key in hex: {error}") from None


def _log(table: Table, *, of_heads: bool = False) -> TrustedLog:
    log = TrustedLog(
        origin=table.text("origin"),
        proof_key=_key(table, "proof_key"),
        checkpoint_key=(table.optional_text("checkpoint_key") or "") if of_heads else table.text("checkpoint_key"),
        roots=tuple(_root(root) for root in table.tables("root")),
        anchor_owner=table.optional_octets("anchor_owner", ADDRESS_BYTES),
        registered=table.optional_octets("registered", HASH_BYTES),
    )
    try:
        if log.checkpoint_key or not of_heads:
            note.decode_verifier_key(log.checkpoint_key)
    except NoteError as error:
        raise table.fault("checkpoint_key", str(error)) from None
    table.done()
    return log


def _root(table: Table) -> PinnedRoot:
    root = PinnedRoot(
        size=table.integer("size", 1, MAX_TREE_SIZE),
        root=table.octets("root", HASH_BYTES),
        source=table.one_of("source", {kind.value: kind for kind in RootSource}),
        time=table.optional_integer("time", 0, MAX_TIME),
        chain_id=table.optional_integer("chain_id", 1, MAX_TREE_SIZE),
    )
    table.done()
    return root


def _accept(table: Table) -> Accept:
    flags = {field.name: table.flag(field.name, default=bool(field.default)) for field in dataclasses.fields(Accept)}
    table.done()
    return Accept(**flags)


def _chain(table: Table) -> PinnedChain | None:
    if table.is_empty():
        return None
    kinds = {kind.value: kind for kind in RootSource if kind is not RootSource.OUT_OF_BAND}
    chain = PinnedChain(
        kind=table.one_of("kind", kinds),
        chain_id=table.integer("chain_id", 1, MAX_TREE_SIZE),
        genesis=table.octets("genesis", HASH_BYTES),
        contract=table.octets("contract", ADDRESS_BYTES),
        code_hash=table.optional_octets("code_hash", HASH_BYTES),
        members=table.texts("members"),
        confirmations=table.integer("confirmations", 0, MAX_CONFIRMATIONS, 0),
    )
    if chain.confirmations and chain.kind is RootSource.PUBLIC:
        raise table.fault("confirmations", "on a public chain its finalised block counts")
    if chain.members and chain.kind is not RootSource.CONSORTIUM:
        raise table.fault("members", "only a consortium has members")
    table.done()
    return chain


def _registry(table: Table) -> PinnedRegistry | None:
    if table.is_empty():
        return None
    registry = PinnedRegistry(
        organisations=table.octets("organisations", ADDRESS_BYTES),
        timelock=table.octets("timelock", ADDRESS_BYTES),
        read_at=table.optional_integer("read_at", 0, MAX_TIME),
        keys=tuple(_registered(key) for key in table.tables("key")),
    )
    if registry.keys and registry.read_at is None:
        raise table.fault("read_at", "is missing: keys were read at some time")
    if len({known.key_id for known in registry.keys}) != len(registry.keys):
        raise table.fault("key", "a key is bound once")
    table.done()
    return registry


def _registered(table: Table) -> RegisteredKey:
    known = RegisteredKey(
        key_id=table.octets("id", HASH_BYTES),
        organisation=table.octets("organisation", HASH_BYTES),
        role=table.one_of("role", {role.word: role for role in KeyRole}),
        good_from=table.integer("good_from", 0, MAX_TIME),
        good_until=table.integer("good_until", 0, MAX_TIME),
    )
    table.done()
    return known


def write(policy: Policy) -> str:
    """The policy as TOML, which `parse` reads back to the same policy."""
    lines = [f"version = {VERSION}", f"audited = {_quoted(policy.audited)}"]
    if policy.max_head_age_s is not None:
        lines.append(f"max_head_age_s = {policy.max_head_age_s}")
    for name, trusted_keys in (("authority", policy.authorities), ("person", policy.persons), ("owner", policy.owners)):
        for trusted in trusted_keys:
            lines += ["", f"[[{name}]]"]
            if trusted.issuer:
                lines.append(f"issuer = {_quoted(trusted.issuer)}")
            lines += [f'key = "{trusted.key.encode().hex()}"', f"organisation = {_quoted(trusted.organisation)}"]
            lines += _written_id(trusted.registered)
    if policy.reader:
        lines.insert(1, f"reader = {_quoted(policy.reader)}")
    for log in policy.logs:
        lines += _written_log("log", log)
    for log in policy.aggregators:
        lines += _written_log("aggregator", log)
    if policy.chain is not None:
        lines += ["", "[chain]", f"chain_id = {policy.chain.chain_id}", f'genesis = "0x{policy.chain.genesis.hex()}"']
        lines += [f'contract = "0x{policy.chain.contract.hex()}"', f'kind = "{policy.chain.kind.value}"']
        if policy.chain.code_hash is not None:
            lines.append(f'code_hash = "0x{policy.chain.code_hash.hex()}"')
        if policy.chain.confirmations:
            lines.append(f"confirmations = {policy.chain.confirmations}")
        if policy.chain.members:
            lines.append(f"members = [{', '.join(_quoted(member) for member in policy.chain.members)}]")
    if policy.registry is not None:
        lines += _written_registry(policy.registry)
    lines += ["", "[accept]"]
    lines += [f"{name} = {'true' if value else 'false'}" for name, value in dataclasses.asdict(policy.accept).items()]
    return "\n".join(lines) + "\n"


def _written_log(table: str, log: TrustedLog) -> list[str]:
    lines = ["", f"[[{table}]]", f"origin = {_quoted(log.origin)}", f'proof_key = "{log.proof_key.encode().hex()}"']
    lines += [f"checkpoint_key = {_quoted(log.checkpoint_key)}"] if log.checkpoint_key else []
    if log.anchor_owner is not None:
        lines.append(f'anchor_owner = "0x{log.anchor_owner.hex()}"')
    lines += _written_id(log.registered)
    for root in log.roots:
        lines += ["", f"[[{table}.root]]", f"size = {root.size}", f'root = "{root.root.hex()}"']
        lines.append(f'source = "{root.source.value}"')
        lines += [] if root.time is None else [f"time = {root.time}"]
        lines += [] if root.chain_id is None else [f"chain_id = {root.chain_id}"]
    return lines


def _written_id(registered: bytes | None) -> list[str]:
    return [] if registered is None else [f'registered = "{registered.hex()}"']


def _written_registry(registry: PinnedRegistry) -> list[str]:
    lines = ["", "[registry]", f'organisations = "0x{registry.organisations.hex()}"']
    lines.append(f'timelock = "0x{registry.timelock.hex()}"')
    lines += [] if registry.read_at is None else [f"read_at = {registry.read_at}"]
    for known in registry.keys:
        lines += [
            "",
            "[[registry.key]]",
            f'id = "{known.key_id.hex()}"',
            f'organisation = "{known.organisation.hex()}"',
        ]
        lines += [f'role = "{known.role.word}"', f"good_from = {known.good_from}", f"good_until = {known.good_until}"]
    return lines


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'
