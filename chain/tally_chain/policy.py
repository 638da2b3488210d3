"""A reader's policy: whom the reader trusts, and what the reader accepts. Verdict-critical: no IO.

As text it is TOML (`policy_text`). An empty policy is an error: a verification without anybody to trust proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from tally_chain.errors import PolicyError
from tally_chain.registry.roles import KeyRole
from tally_edge.keys import PublicKey
from tally_edge.proof import log_id_of


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
    registered: bytes | None = None
    """The organisation's id in the registry, where the key must stand there."""


@unique
class Standing(Enum):
    """What the chain at hand says of a head, where one was asked."""

    HELD = "held"
    """Nothing: the policy names the head."""
    SHOWN = "shown"
    """The chain shows it in a history that is proven whole."""
    DISOWNED = "disowned"
    """The policy names it as a head of that chain, whose history goes past its size without it."""


@dataclass(frozen=True, slots=True)
class PinnedRoot:
    """A head that the reader holds. `time` is the block's, Unix seconds, None where no chain vouches.

    `chain_id` is the chain's, None where there is none or nobody noted it. `standing` is no part of a policy's text.
    """

    size: int
    root: bytes
    source: RootSource
    time: int | None = None
    chain_id: int | None = None
    standing: Standing = Standing.HELD
    via: str = ""
    """The log of heads that the bundle shows it in; no part of a policy's text."""


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log: its origin, its keys, and the heads that the reader holds of it."""

    origin: str
    proof_key: PublicKey
    checkpoint_key: str
    roots: tuple[PinnedRoot, ...] = ()
    anchor_owner: bytes | None = None
    """The address that owns the log on the contract: log ids are first come, first served."""
    registered: bytes | None = None
    """The operator's id in the registry, where `anchor_owner` must be bound to it there."""

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
    members: tuple[str, ...] = ()
    """Who runs the nodes of a consortium, as the reader knows it."""
    confirmations: int = 0
    """How many blocks must follow before a block counts. A public chain's own finality counts instead."""


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """What a registry says of a key: whose it is, what for, and when it is believed. Times are Unix seconds.

    `key_id` is the RFC 9679 thumbprint of a signing key, or the address of a transaction key, padded on the left.
    """

    key_id: bytes
    organisation: bytes
    role: KeyRole
    good_from: int
    """The later of when its validity begins and when it was bound."""
    good_until: int
    """The first second after its validity, or since when its revocation says that it is not to be believed."""


@dataclass(frozen=True, slots=True)
class PinnedRegistry:
    """Where organisations and their keys stand, on the chain of `PinnedChain`; and what was read there.

    `read_at` says when (Unix seconds), None where it was not read; `keys` are all the keys that were bound by then.
    """

    organisations: bytes
    timelock: bytes
    read_at: int | None = None
    keys: tuple[RegisteredKey, ...] = ()

    def key(self, key_id: bytes) -> RegisteredKey | None:
        """What was read about a key; None where it was not bound."""
        return next((known for known in self.keys if known.key_id == key_id), None)


@dataclass(frozen=True, slots=True)
class Policy:
    """A reader's policy; never empty."""

    authorities: tuple[TrustedKey, ...]
    persons: tuple[TrustedKey, ...]
    owners: tuple[TrustedKey, ...]
    logs: tuple[TrustedLog, ...]
    accept: Accept
    audited: str
    reader: str = ""
    chain: PinnedChain | None = None
    max_head_age_s: int | None = None
    aggregators: tuple[TrustedLog, ...] = ()
    """Logs of heads, with the heads that the reader holds of them; their checkpoint keys may be empty."""
    registry: PinnedRegistry | None = None

    def __post_init__(self) -> None:
        """Refuse a policy that trusts nobody, or does not say who is audited. Raises PolicyError."""
        if not self.authorities or not self.logs:
            raise PolicyError("a policy names at least one authority and one log")
        if not self.audited.strip():
            raise PolicyError("a policy names who is audited: else nobody sees that a firm enrolled its own keys")
        origins = [log.origin for log in (*self.logs, *self.aggregators)]
        if len(set(origins)) != len(origins):
            raise PolicyError("a policy names a log once, with all its roots")
        self._check_registered()

    def _check_registered(self) -> None:
        """An organisation has one name and one id: under two names, its two signatures would look independent."""
        names: dict[bytes, str] = {}
        ids: dict[str, bytes] = {}
        for trusted in (*self.authorities, *self.persons, *self.owners):
            if trusted.registered is None:
                continue
            same_name = names.setdefault(trusted.registered, trusted.organisation)
            if same_name != trusted.organisation or ids.setdefault(same_name, trusted.registered) != trusted.registered:
                raise PolicyError(f"{trusted.organisation} and {same_name}: one organisation has one name and one id")
        of_logs = [log for log in (*self.logs, *self.aggregators) if log.registered is not None]
        if (names or of_logs) and self.registry is None:
            raise PolicyError("keys are to be registered, and no [registry] is pinned")
        if self.registry is not None and self.chain is None:
            raise PolicyError("a [registry] stands on the chain that [chain] pins")
        for log in of_logs:
            if log.anchor_owner is None:
                raise PolicyError(f"log {log.origin} is to be registered, and no anchor_owner is pinned")

    def log(self, origin: str) -> TrustedLog | None:
        """The log of that origin, if the reader knows it."""
        return next((log for log in self.logs if log.origin == origin), None)

    def aggregator(self, origin: str) -> TrustedLog | None:
        """The log of heads of that origin, if the reader knows it."""
        return next((log for log in self.aggregators if log.origin == origin), None)
