"""The chain of the parties: registries and contracts on the embedded engine, under the clock of the play.

Every operation is drafted with the heads that the chain has, signed by each party's own key, left as a file, and sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tally_chain.anchoring.keys import LocalSigner
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import BlockTag
from tally_chain.receipts import deployment, operation_file
from tally_chain.receipts.ids import slot_id
from tally_chain.receipts.kinds.kind import Measure, Signer
from tally_chain.receipts.operation_file import OperationFile
from tally_chain.receipts.operations import Operation, kind_named
from tally_chain.receipts.parties import parties_of
from tally_chain.receipts.sending import send
from tally_chain.receipts.signing import sign
from tally_chain.receipts.views import head_of, with_heads
from tally_chain.registry import administration
from tally_chain.registry import operations as registry_operations
from tally_chain.registry.operations import Call, Registries, bind_key, register_organisation, register_site
from tally_chain.registry.organisations import Registry, key_id_of, read_registry
from tally_chain.registry.roles import KeyRole
from tally_trial.errors import TrialError
from tally_trial.receipts_demo.cast import FIRMS, Firm, digest, key, keys, names
from tally_trial.receipts_demo.files import leave

CHAIN_ID: Final = 7_700_202_601
_DAY_S: Final = 86_400
_KEYS_S: Final = 3 * 365 * _DAY_S
"""How long the parties' keys are bound."""
_SIGNED_S: Final = _DAY_S
"""How long a signature may be used."""

SITE: Final = digest("site")
SITE_OUTLINE: Final = (
    (1_214_000_000, 311_000_000),
    (1_214_020_000, 311_000_000),
    (1_214_020_000, 311_020_000),
    (1_214_000_000, 311_020_000),
)
"""Some 200 m square, in 1e-7 degree: longitude, latitude."""
SILO_OUTLINE: Final = (
    (1_214_005_000, 311_005_000),
    (1_214_006_000, 311_005_000),
    (1_214_006_000, 311_006_000),
    (1_214_005_000, 311_006_000),
)
SILO_TOP_MM: Final = 12_000

_PROPOSERS: Final = ("administration 1", "administration 2")
_CARRIER: Final = key("whoever brings operations")
"""Pays for transactions; has no right over anything."""


@dataclass
class Clock:
    """The time of the play, Unix seconds."""

    at: int

    def __call__(self) -> int:
        """The chain's clock."""
        return self.at


@dataclass(frozen=True, slots=True)
class Places:
    """Where the contracts stand."""

    registries: Registries
    contracts: deployment.ReceiptContracts

    def pins(self, engine: EmbeddedEngine) -> dict[str, Any]:
        """What `tallystick chain deploy receipts --json` prints."""
        identity = engine.identity()
        at = self.registries
        named = {"TimelockController": at.timelock, "Organisations": at.organisations, "Claims": at.claims}
        return {
            "chain": {"id": identity.chain_id, "genesis": identity.genesis_hash.hex(), "kind": identity.kind},
            "contracts": named | self.contracts.places(),
        }


@dataclass
class Consortium:
    """The chain in `folder / "chain"`; `did` carries an operation out."""

    folder: Path
    clock: Clock
    engine: EmbeddedEngine
    places: Places
    count: int = 0
    keys: dict[str, tuple[Firm, KeyRole, LocalSigner]] = field(default_factory=keys)

    def did(self, kind: str, /, **values: Any) -> OperationFile:
        """Draft an operation, heads as the chain has them; everybody signs, and it is sent. Returns the file.

        A party that comes in is named with the block before: its keys act since long ago.
        """
        since = {field.name: self.block - 1 for field in kind_named(kind).fields if field.measure is Measure.BLOCK}
        given = {"deadline": self.clock.at + _SIGNED_S, **since, **values}
        return self.carried_out(Operation(kind, with_heads(self.engine, self.contracts, kind, given)))

    def carried_out(self, operation: Operation) -> OperationFile:
        """Whoever must sign signs, by a key of its own; the file is left, and sent. Raises AnchorRefusedError."""
        contract = self.contracts[operation.about.contract]
        parties = parties_of(self.engine, self.contracts, operation)
        file = operation_file.begin(operation, CHAIN_ID, contract, parties=parties)
        used: set[str] = set()
        for number, place in enumerate(file.places):
            word = self._signer(place.organisation, file.signer_at(number), used)
            used.add(word)
            file = operation_file.add(file, number, sign(self.keys[word][2], operation, CHAIN_ID, contract))
        self.count += 1
        leave(
            self.folder / "operations" / f"{self.count:02d}-{operation.kind}.json", operation_file.encode(file).encode()
        )
        send(self.engine, _CARRIER, EMBEDDED, file, self.places.registries.organisations)
        return file

    def _signer(self, organisation: bytes | None, signer: Signer, used: Collection[str]) -> str:
        """A key of that organisation, one that has not signed yet before one that has; where only the role is known,
        of the first firm in it.
        """
        fitting = [
            word
            for role in signer.roles
            for word, (firm, has, _) in self.keys.items()
            if has is role and organisation in (None, firm.id)
        ]
        if not fitting:
            raise TrialError(f"nobody in this play can sign as {signer.whose}")
        return min(fitting, key=lambda word: word in used)

    @property
    def contracts(self) -> dict[str, str]:
        """Where the contracts of warehouse receipts stand."""
        return self.places.contracts.places()

    @property
    def block(self) -> int:
        """The newest block's number."""
        found = self.engine.block(BlockTag.LATEST)
        if found is None:
            raise TrialError("the chain has no block")
        return found.number

    @property
    def time(self) -> int:
        """The newest block's time: ahead of the clock where blocks follow each other within a second."""
        found = self.engine.block(BlockTag.LATEST)
        return self.clock.at if found is None else found.time_seconds

    @property
    def registry(self) -> Registry:
        """The registry of parties, proven complete."""
        return read_registry(self.engine, self.places.registries.organisations)

    def head(self, named_by: str, object_id: bytes) -> bytes:
        """The head of an object."""
        return head_of(self.engine, self.contracts, named_by, object_id)

    def copied(self, folder: Path, clock: Clock, copy: Callable[[Path, Path], object]) -> Consortium:
        """The same chain, to go on another way in `folder`; this one goes on too."""
        copy(self.folder / "chain", folder / "chain")
        engine = EmbeddedEngine.open(folder / "chain", clock=clock)
        return Consortium(folder, clock, engine, self.places, self.count)

    def write_pins(self) -> None:
        """The file that readers need beside the chain: where the contracts stand."""
        leave(self.folder / "pins.json", (json.dumps(self.places.pins(self.engine), indent=1) + "\n").encode())

    def write_names(self, more: Mapping[bytes, str]) -> None:
        """The reader's names for ids: the firms', the site's, and `more`."""
        known = names() | {SITE: "the park", SLOT: "silo A"} | dict(more)
        leave(self.folder / "names.txt", "".join(f"{one.hex()} {name}\n" for one, name in known.items()).encode())


def founded(folder: Path, clock: Clock) -> Consortium:
    """A new chain with registries, contracts, parties and the site; what administrations decide, they decide twice."""
    proposers = [key(name) for name in _PROPOSERS]
    funded = [_CARRIER.address, *(one.address for one in proposers)]
    engine = EmbeddedEngine.create(folder / "chain", funded, chain_id=CHAIN_ID, clock=clock)
    registries = administration.deploy(
        engine,
        _CARRIER,
        EMBEDDED,
        proposers=[one.address for one in proposers],
        delay_seconds=_DAY_S,
        revokers=[key("revoker").address],
    )
    contracts = deployment.deploy(
        engine, _CARRIER, EMBEDDED, timelock=registries.timelock, organisations=registries.organisations
    )
    made = Consortium(folder, clock, engine, Places(registries, contracts))
    until = clock.at + _KEYS_S
    at = registries.organisations
    calls = [register_organisation(at, firm.id, firm.commitment) for firm in FIRMS.values()]
    calls += [
        bind_key(at, firm.id, key_id_of(signer.address), role, valid_from=0, valid_until=until)
        for firm, role, signer in made.keys.values()
    ]
    calls.append(register_site(contracts.sites, SITE, FIRMS["estate"].id, SITE_OUTLINE))
    _decide(made, tuple(calls))
    return made


def _decide(made: Consortium, calls: tuple[Call, ...]) -> None:
    """Through the timelock: proposed, public for its delay, executed."""
    operation = registry_operations.Operation(calls, digest("decision"))
    timelock = made.places.registries.timelock
    administration.propose(made.engine, key(_PROPOSERS[0]), EMBEDDED, timelock, operation)
    made.clock.at = made.time + _DAY_S + 1
    administration.execute(made.engine, _CARRIER, EMBEDDED, timelock, operation)


SLOT: Final = slot_id(SITE, SILO_OUTLINE, 0, SILO_TOP_MM)
