"""A reader's policy: whom the reader trusts, and what the reader accepts. Read from TOML; no other IO.

    version = 1
    audited = "Gwangyang Steel"              # whose evidence is checked: keys that it alone enrolled do not count
    reader = "First Bank"                    # who reads (optional): grants must name it

    [[authority]]                            # who may enrol keys and state meter facts
    issuer = "urn:example:metering-office"
    key = "a4…"                              # COSE key, hex
    organisation = "Metering Office"

    [[person]]                               # second persons
    key = "a4…"
    organisation = "Inspection Ltd"

    [[owner]]                                # who may sign grants
    key = "a4…"
    organisation = "Gwangyang Steel"

    [[log]]
    origin = "tallystick.example/steel/5f3c9a"
    proof_key = "a4…"
    checkpoint_key = "tallystick.example/steel/5f3c9a+33d7b496+AeHT…"

    [[log.root]]                             # heads the reader holds: read from a chain, or compared out of band
    size = 4711
    root = "…"
    source = "public"                        # public, consortium, self-anchored or out-of-band
    time = 1767225600                        # of the block, where there is one

    [chain]                                  # where heads are anchored (optional): `verify --endpoint` reads them there
    chain_id = 10
    genesis = "0x…"
    contract = "0x…"
    kind = "public"                          # public, consortium or self-anchored: who controls the chain
    code_hash = "0x…"                        # Keccak-256 of the contract's code (optional)

    [accept]                                 # all false unless said
    simulated = false
    self_enrolled = false
    self_anchored = false
    by_hand = false
    without_grant = true

An empty policy is an error: a verification without anybody to trust proves nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import Any, Final

from tally_chain import note
from tally_chain.errors import NoteError, PolicyError
from tally_edge import keys
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_edge.proof import MAX_TREE_SIZE, log_id_of
from tally_edge.wire import MAX_TIME

VERSION: Final = 1


@unique
class RootSource(Enum):
    """Where a reader got a head from: how independent it is of the party under check."""

    PUBLIC = "public"
    CONSORTIUM = "consortium"
    OUT_OF_BAND = "out-of-band"
    SELF_ANCHORED = "self-anchored"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key, and the organisation that answers for it."""

    key: PublicKey
    organisation: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class PinnedRoot:
    """A head that the reader holds. `time` is the block's, Unix seconds, None where no chain vouches."""

    size: int
    root: bytes
    source: RootSource
    time: int | None = None


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log: its origin, its keys, and the heads that the reader holds of it."""

    origin: str
    proof_key: PublicKey
    checkpoint_key: str
    roots: tuple[PinnedRoot, ...] = ()

    @property
    def log_id(self) -> bytes:
        """The log's id."""
        return log_id_of(self.origin)


@dataclass(frozen=True, slots=True)
class Accept:
    """What the reader accepts although it proves less. Everything is refused unless said."""

    simulated: bool = False
    self_enrolled: bool = False
    self_anchored: bool = False
    by_hand: bool = False
    without_grant: bool = True


@dataclass(frozen=True, slots=True)
class PinnedChain:
    """Where the reader looks for anchored heads. `kind` says who controls the chain."""

    chain_id: int
    genesis: bytes
    contract: bytes
    kind: RootSource
    code_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A reader's policy; never empty."""

    authorities: tuple[TrustedKey, ...]
    persons: tuple[TrustedKey, ...]
    owners: tuple[TrustedKey, ...]
    logs: tuple[TrustedLog, ...]
    accept: Accept
    audited: str = ""
    reader: str = ""
    chain: PinnedChain | None = None

    def __post_init__(self) -> None:
        """Refuse a policy that trusts nobody. Raises PolicyError."""
        if not self.authorities or not self.logs:
            raise PolicyError("a policy names at least one authority and one log")
        origins = [log.origin for log in self.logs]
        if len(set(origins)) != len(origins):
            raise PolicyError("a policy names a log once, with all its roots")

    def log(self, origin: str) -> TrustedLog | None:
        """The log of that origin, if the reader knows it."""
        return next((log for log in self.logs if log.origin == origin), None)


def parse(text: str, name: str = "policy") -> Policy:
    """Read a policy from TOML. Raises PolicyError naming the table and key that is wrong."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PolicyError(f"{name}: {error}") from None
    reader = _Table(table, name)
    if reader.take("version", int) != VERSION:
        raise PolicyError(f"{name}: version must be {VERSION}")
    policy = Policy(
        authorities=tuple(_trusted(item, issuer=True) for item in reader.tables("authority")),
        persons=tuple(_trusted(item) for item in reader.tables("person")),
        owners=tuple(_trusted(item) for item in reader.tables("owner")),
        logs=tuple(_log(item) for item in reader.tables("log")),
        accept=_accept(_Table(reader.take("accept", dict, {}), f"{name}: [accept]")),
        audited=reader.take("audited", str, ""),
        reader=reader.take("reader", str, ""),
        chain=_chain(reader),
    )
    reader.finish()
    return policy


class _Table:
    """A TOML table being read: every key is taken once, and what is left over is an error."""

    def __init__(self, table: Mapping[str, Any], name: str) -> None:
        self._table = dict(table)
        self._name = name

    def take(self, key: str, kind: type, default: Any = None) -> Any:
        value = self._table.pop(key, default)
        if type(value) is not kind:
            missing = "is missing" if value is None else f"must be {kind.__name__}, not {value!r}"
            raise PolicyError(f"{self._name}: {key} {missing}")
        return value

    def optional_int(self, key: str) -> int | None:
        return None if key not in self._table else int(self.take(key, int))

    def tables(self, key: str) -> list[_Table]:
        items = self._table.pop(key, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise PolicyError(f"{self._name}: {key} must be written as [[{key}]]")
        return [_Table(item, f"{self._name}: [[{key}]] number {number + 1}") for number, item in enumerate(items)]

    def key(self, key: str) -> PublicKey:
        text = self.take(key, str)
        try:
            return keys.decode_public_key(bytes.fromhex(text))
        except (ValueError, DecodeError) as error:
            raise PolicyError(f"{self._name}: {key} is not a COSE key in hex: {error}") from None

    def has(self, key: str) -> bool:
        return key in self._table

    def octets(self, key: str, length: int) -> bytes:
        """A byte string in hex, with or without 0x."""
        text = self.take(key, str).removeprefix("0x")
        try:
            value = bytes.fromhex(text)
        except ValueError:
            value = b""
        if len(value) != length or len(text) != 2 * length:  # fromhex overlooks spaces
            raise PolicyError(f"{self._name}: {key} must be {2 * length} hex digits")
        return value

    def finish(self) -> None:
        if self._table:
            raise PolicyError(f"{self._name}: unknown key {sorted(self._table)[0]!r}")

    @property
    def name(self) -> str:
        return self._name


def _trusted(table: _Table, *, issuer: bool = False) -> TrustedKey:
    trusted = TrustedKey(table.key("key"), table.take("organisation", str), table.take("issuer", str) if issuer else "")
    table.finish()
    return trusted


def _log(table: _Table) -> TrustedLog:
    log = TrustedLog(
        origin=table.take("origin", str),
        proof_key=table.key("proof_key"),
        checkpoint_key=table.take("checkpoint_key", str),
        roots=tuple(_root(item) for item in table.tables("root")),
    )
    try:
        note.decode_verifier_key(log.checkpoint_key)
    except NoteError as error:
        raise PolicyError(f"{table.name}: checkpoint_key: {error}") from None
    table.finish()
    return log


def _root(table: _Table) -> PinnedRoot:
    source = table.take("source", str)
    try:
        root = PinnedRoot(
            table.take("size", int), table.octets("root", 32), RootSource(source), table.optional_int("time")
        )
    except ValueError:
        raise PolicyError(f"{table.name}: source {source!r} is none of {[kind.value for kind in RootSource]}") from None
    if not 0 < root.size <= MAX_TREE_SIZE:
        raise PolicyError(f"{table.name}: size must be positive, and a tree's")
    if root.time is not None and not 0 <= root.time <= MAX_TIME:
        raise PolicyError(f"{table.name}: time must be in Unix seconds")
    table.finish()
    return root


def _accept(table: _Table) -> Accept:
    standard = Accept()
    accept = Accept(
        simulated=table.take("simulated", bool, standard.simulated),
        self_enrolled=table.take("self_enrolled", bool, standard.self_enrolled),
        self_anchored=table.take("self_anchored", bool, standard.self_anchored),
        by_hand=table.take("by_hand", bool, standard.by_hand),
        without_grant=table.take("without_grant", bool, standard.without_grant),
    )
    table.finish()
    return accept


def _chain(reader: _Table) -> PinnedChain | None:
    item = reader.take("chain", dict, {})
    if not item:
        return None
    table = _Table(item, f"{reader.name}: [chain]")
    kind = table.take("kind", str)
    if kind not in _CHAIN_KINDS:
        raise PolicyError(f"{table.name}: kind {kind!r} is none of {sorted(_CHAIN_KINDS)}")
    chain = PinnedChain(
        chain_id=table.take("chain_id", int),
        genesis=table.octets("genesis", 32),
        contract=table.octets("contract", 20),
        kind=RootSource(kind),
        code_hash=table.octets("code_hash", 32) if table.has("code_hash") else None,
    )
    if chain.chain_id <= 0:
        raise PolicyError(f"{table.name}: chain_id must be positive")
    table.finish()
    return chain


_CHAIN_KINDS: Final = frozenset({"public", "consortium", "self-anchored"})


def write(policy: Policy) -> str:
    """The policy as TOML, which `parse` reads back to the same policy."""
    lines = [f"version = {VERSION}"]
    if policy.audited:
        lines.append(f"audited = {_quoted(policy.audited)}")
    for name, trusted_keys in (("authority", policy.authorities), ("person", policy.persons), ("owner", policy.owners)):
        for trusted in trusted_keys:
            lines += ["", f"[[{name}]]"]
            if trusted.issuer:
                lines.append(f"issuer = {_quoted(trusted.issuer)}")
            lines += [f'key = "{trusted.key.encode().hex()}"', f"organisation = {_quoted(trusted.organisation)}"]
    if policy.reader:
        lines.insert(1, f"reader = {_quoted(policy.reader)}")
    for log in policy.logs:
        lines += ["", "[[log]]", f"origin = {_quoted(log.origin)}", f'proof_key = "{log.proof_key.encode().hex()}"']
        lines.append(f"checkpoint_key = {_quoted(log.checkpoint_key)}")
        for root in log.roots:
            lines += ["", "[[log.root]]", f"size = {root.size}", f'root = "{root.root.hex()}"']
            lines.append(f'source = "{root.source.value}"')
            if root.time is not None:
                lines.append(f"time = {root.time}")
    if policy.chain is not None:
        lines += ["", "[chain]", f"chain_id = {policy.chain.chain_id}", f'genesis = "0x{policy.chain.genesis.hex()}"']
        lines += [f'contract = "0x{policy.chain.contract.hex()}"', f'kind = "{policy.chain.kind.value}"']
        if policy.chain.code_hash is not None:
            lines.append(f'code_hash = "0x{policy.chain.code_hash.hex()}"')
    lines += ["", "[accept]"]
    for name in ("simulated", "self_enrolled", "self_anchored", "by_hand", "without_grant"):
        lines.append(f"{name} = {'true' if getattr(policy.accept, name) else 'false'}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'
