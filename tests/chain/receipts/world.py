"""Parties with keys, the contracts on an embedded chain, and the rules beside them: each operation goes to both."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tally_chain import contract_abi
from tally_chain.anchoring import setup
from tally_chain.anchoring.keys import LocalSigner
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.engine.embedded import EmbeddedEngine
from tally_chain.engine.interface import BlockTag
from tally_chain.errors import CallRevertedError
from tally_chain.receipts import deployment
from tally_chain.receipts.operations import Operation
from tally_chain.receipts.rules.acts import Refused, Signer
from tally_chain.receipts.rules.apply import Done, SiteRegistered, apply, register_site
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.invariants import broken
from tally_chain.receipts.rules.records import NONE, Party
from tally_chain.receipts.rules.transitions import broken_by
from tally_chain.registry import administration as admin
from tally_chain.registry.operations import Call, bind_key, register_organisation
from tally_chain.registry.operations import Operation as Decision
from tally_chain.registry.organisations import key_id_of
from tally_chain.registry.roles import KeyRole
from tests.chain.contracts.stage import ALL, OWNER, PEOPLE, STRANGER, signer
from tests.chain.receipts.comparing import Views

START = 1_800_000_000
GAS = 20_000_000
FEE_WEI = 10**6
FOR_EVER = 2**64 - 1

ROLES = {
    "owner": (KeyRole.SITE_OWNER,),
    "warehouse a": (KeyRole.KEEPER, KeyRole.HOLDER),
    "warehouse b": (KeyRole.KEEPER,),
    "trader a": (KeyRole.HOLDER, KeyRole.COURT_LIAISON),
    "trader b": (KeyRole.HOLDER, KeyRole.COURT_LIAISON),
    "trader c": (KeyRole.HOLDER,),
    "bank a": (KeyRole.LENDER, KeyRole.HOLDER, KeyRole.COURT_LIAISON),
    "bank b": (KeyRole.LENDER,),
    "inspector": (KeyRole.INSPECTOR,),
    "verifier": (KeyRole.VERIFIER,),
    "court": (KeyRole.COURT_LIAISON,),
    "auctioneer": (KeyRole.AUCTIONEER,),
    "registrar": (KeyRole.REGISTRY_ADMIN,),
}
"""Who is who. Everybody has two keys for each role, and a third that the administration bound later."""
LATE = 2
NEW = 3
"""One that it binds while the world goes on (`World.bind`)."""


def organisation(name: str) -> bytes:
    return hashlib.sha256(f"organisation {name}".encode()).digest()


@cache
def key_of(name: str, role: KeyRole, number: int) -> LocalSigner:
    return signer(f"{name} {role.word} {number}")


NAMES = {organisation(name): name for name in ROLES}
SITE = hashlib.sha256(b"site").digest()
SITE_OUTLINE = ((0, 0), (1000, 0), (1000, 1000), (0, 1000))
Who = tuple[bytes, KeyRole, int]
"""Whose key signs: organisation, role, and which of its keys."""


def who(party: Party | tuple[bytes, KeyRole], number: int = 0) -> Who:
    if isinstance(party, Party):
        return party.organisation, party.role, number
    return *party, number


@dataclass(frozen=True)
class Start:
    """A chain on which something was done, which each world that starts so copies."""

    folder: Path
    now: int
    contracts: dict[str, str]
    timelock: str
    organisations: str
    keys: dict[bytes, Signer]
    known: int
    book: Book
    history: tuple[Done | SiteRegistered, ...]


@cache
def template() -> Start:
    """Contracts, parties, one site, and nothing done."""
    folder = Path(tempfile.mkdtemp(prefix="tallystick-receipts-")) / "chain"
    engine = EmbeddedEngine.create(folder, [key.address for key in ALL], chain_id=7_700_000_123, clock=lambda: START)
    try:
        at = admin.deploy(
            engine,
            STRANGER,
            EMBEDDED,
            proposers=[PEOPLE[0].address, PEOPLE[1].address],
            delay_seconds=1,
            revokers=[PEOPLE[2].address],
        )
        contracts = deployment.deploy(
            engine, OWNER, EMBEDDED, timelock=at.timelock, organisations=at.organisations
        ).places()
        keys: dict[bytes, Signer] = {}
        _decide(engine, at.timelock, [register_organisation(at.organisations, one, one) for one in NAMES])
        for numbers in ((0, 1), (LATE,)):
            made = [(name, role, number) for name, roles in ROLES.items() for role in roles for number in numbers]
            block = _decide(engine, at.timelock, [_binding(at.organisations, *one) for one in made])
            for name, role, number in made:
                key_id = key_id_of(key_of(name, role, number).address)
                keys[key_id] = Signer(organisation(name), role, block, key_id)
        data = contract_abi.call_data("Sites", "registerSite", SITE, organisation("owner"), list(SITE_OUTLINE))
        registered = _decide(engine, at.timelock, [Call(contracts["Sites"], data)])
        known = min(one.acts_since for one in keys.values())
        empty = Book(engine.identity().chain_id, contracts)
        book = register_site(empty, SITE, organisation("owner"), SITE_OUTLINE, registered)
        history = (SiteRegistered(SITE, organisation("owner"), SITE_OUTLINE, registered, START),)
        return Start(folder, START, contracts, at.timelock, at.organisations, keys, known, book, history)
    finally:
        engine.close()


def _binding(organisations: str, name: str, role: KeyRole, number: int) -> Call:
    key_id = key_id_of(key_of(name, role, number).address)
    return bind_key(organisations, organisation(name), key_id, role, valid_from=0, valid_until=START + 10**9)


def _decide(engine: EmbeddedEngine, timelock: str, calls: Sequence[Call]) -> int:
    """Calls through the timelock; the block that executed them."""
    decision = Decision(tuple(calls), hashlib.sha256(repr(calls).encode()).digest())
    admin.propose(engine, PEOPLE[0], EMBEDDED, timelock, decision)
    # A block is a second after its parent at least, and the delay is a second.
    setup.transact(engine, STRANGER, EMBEDDED, STRANGER.address, b"")
    return admin.execute(engine, STRANGER, EMBEDDED, timelock, decision).block_number


class World:
    """A chain and its book."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._folder = Path(tempfile.mkdtemp(prefix="tallystick-receipts-")) / "chain"
        shutil.copytree(start.folder, self._folder)
        self.now = start.now
        self.engine = EmbeddedEngine.open(self._folder, clock=lambda: self.now)
        self.contracts, self.keys, self.known = start.contracts, dict(start.keys), start.known
        self.organisations = start.organisations
        self.chain_id = self.engine.identity().chain_id
        self.views = Views(self.engine, self.contracts)
        self.empty = Book(self.chain_id, self.contracts)
        self.book = start.book
        self.history = list(start.history)
        self.sent: list[tuple[Operation, tuple[Who | LocalSigner, ...]]] = []
        self.counts: dict[str, int] = {}
        self._nonce = self.engine.nonce(TX.address)
        self._head()

    def kept(self) -> Start:
        """The chain as it stands, for others to start with; this world ends."""
        self.engine.close()
        start = self._start
        return replace(start, folder=self._folder, now=self.now, book=self.book, history=tuple(self.history))

    def close(self) -> None:
        self.engine.close()
        shutil.rmtree(self._folder.parent)

    def _head(self) -> None:
        head = self.engine.block(BlockTag.LATEST)
        assert head is not None
        self.block, self.time = head.number + 1, max(self.now, head.time_seconds + 1)
        self.parent_hash = head.hash

    def bind(self, name: str | bytes, role: KeyRole) -> Who:
        """Binds one key more to an organisation, and says which it is."""
        name = name if isinstance(name, str) else NAMES[name]
        block = _decide(self.engine, self._start.timelock, [_binding(self.organisations, name, role, NEW)])
        key_id = key_id_of(key_of(name, role, NEW).address)
        self.keys[key_id] = Signer(organisation(name), role, block, key_id)
        self._head()
        return organisation(name), role, NEW

    def wait(self, seconds: int) -> None:
        """The next block is so much later than the next second."""
        self.now = self.time + seconds
        self._head()

    def do(self, kind: str, values: dict[str, Any], signers: Sequence[Who | LocalSigner]) -> str:
        """Carries an operation out on both sides; the name of what refuses it, or nothing. Fails where they differ."""
        return self.carry_out(Operation(kind, values), tuple(signers))

    def carry_out(self, operation: Operation, signers: tuple[Who | LocalSigner, ...]) -> str:
        contract = self.contracts[operation.about.contract]
        digest = operation.digest(self.chain_id, contract)
        keys = [self.key(one) for one in signers]
        signatures = [bytes(key._account.unsafe_sign_hash(digest).signature) for key in keys]
        stands = [self.signer(key) for key in keys]
        data = operation.call_data(signatures)
        before = self.book
        left_at = operation.values.get("leftAt")
        done = Done(operation, stands, self.block, self.time, self.parent_hash)
        try:
            after = apply(before, done)
            ours = ""
        except Refused as refused:
            after, ours = before, refused.name
        theirs = self._ask(contract, data) if ours else self._send(contract, data)
        said = f"{operation.kind}: rules say {ours or 'yes'}, contract says {theirs or 'yes'}"
        assert ours == theirs, said
        self.counts[f"{operation.kind} {ours or 'done'}"] = self.counts.get(f"{operation.kind} {ours or 'done'}", 0) + 1
        if ours:
            return ours
        assert not (found := broken(after)), (said, found)
        assert not (found := broken_by(before, after, operation.kind, stands, left_at)), (said, found)
        assert not (found := self.views.differences(before, after)), (said, found)
        self.book = after
        self.history.append(done)
        self.sent.append((operation, signers))
        self._head()
        return ""

    def key(self, one: Who | LocalSigner) -> LocalSigner:
        if isinstance(one, LocalSigner):
            return one
        organisation_id, role, number = one
        return key_of(NAMES.get(organisation_id, "nobody"), role, number)

    def signer(self, key: LocalSigner) -> Signer:
        key_id = key_id_of(key.address)
        return self.keys.get(key_id, Signer(NONE, KeyRole.OPERATOR, 0, key_id))

    def _ask(self, contract: str, data: bytes) -> str:
        try:
            self.engine.call(contract, data, sender=TX.address)
        except CallRevertedError as error:
            return contract_abi.explain_revert(error.data).partition("(")[0]
        return ""

    def _send(self, contract: str, data: bytes) -> str:
        transaction = {
            "chainId": self.chain_id,
            "nonce": self._nonce,
            "gas": GAS,
            "maxFeePerGas": FEE_WEI,
            "maxPriorityFeePerGas": 1,
            "to": contract,
            "value": 0,
            "data": data,
            "type": 2,
        }
        raw = bytes(TX._account.sign_transaction(transaction).raw_transaction)
        before = self._ask(contract, data)
        if before:
            return before
        self._nonce += 1
        outcome = self.engine.outcome(self.engine.send_raw_transaction(raw))
        assert outcome is not None
        assert outcome.succeeded
        return ""


TX = PEOPLE[7]
"""Brings the operations: nobody, as far as they are concerned."""
