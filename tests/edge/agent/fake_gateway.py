"""A gateway in memory: it logs, confirms, refuses, answers, and fails as told."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_chain import tree
from tally_edge import proof, statement, wire
from tally_edge.agent.transport import TransportListener
from tally_edge.answers import CLIENT_PREFIX, Answer, Ask, Refusal, RefusalReason
from tally_edge.signer import FileSigner, generate
from tally_edge.statement import Claims, Kind, Statement

ORIGIN = "log.example/fake/1"


@dataclass
class FakeGateway:
    """Implements the agent's Transport. `lose_down`: how many messages to the agent are lost."""

    proof_signer: FileSigner = field(default_factory=generate)
    window: int = 64
    connected: bool = True
    answering: bool = True
    confirming: bool = True
    lose_up: int = 0
    lose_down: int = 0
    puback: int = 0
    refuse: set[Kind] = field(default_factory=set)
    log: list[bytes] = field(default_factory=list)
    received: list[Statement] = field(default_factory=list)
    newest_told: list[int] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    listener: TransportListener | None = None
    _of: list[bytes] | None = None
    _index: dict[bytes, int] = field(default_factory=dict)
    _leaves: tree.LeafNodes = field(default_factory=lambda: tree.LeafNodes([]))
    _edge: tree.CompactRange = field(default_factory=tree.CompactRange)

    def start(self, listener: TransportListener) -> None:
        self.listener = listener
        if self.connected:
            listener.on_state(connected=True)

    def stop(self) -> None:
        self.listener = None

    def connect(self) -> None:
        self.connected = True
        assert self.listener is not None
        self.listener.on_state(connected=True)

    def disconnect(self) -> None:
        self.connected = False
        assert self.listener is not None
        self.listener.on_state(connected=False)

    def publish(self, token: int, client: str, payload: bytes, newest: int) -> bool:
        if not self.connected or self.listener is None:
            return False
        if self.lose_up:
            self.lose_up -= 1
            return True
        self.newest_told.append(newest)
        self.receive(client, payload)
        self.listener.on_puback(token, self.puback)
        return True

    def receive(self, client: str, payload: bytes) -> None:
        signed = statement.decode(payload)
        self.received.append(signed)
        if signed.claims.kind in self.refuse:
            self.send(client, self.refusal(signed))
            return
        self.append(payload)
        if self.confirming:
            self.send(client, self.confirmation([signed]))

    def send(self, client: str, payload: bytes) -> None:
        if self.lose_down:
            self.lose_down -= 1
        elif self.listener is not None:
            self.listener.on_down(client, payload)

    def append(self, entry: bytes) -> None:
        self.hashed()
        if entry not in self._index:
            self.log.append(entry)
            self.hashed()

    def hashed(self) -> None:
        """Follow `log`, which a test may have replaced as a whole."""
        if self._of is not self.log:
            self._of, self._index, self._leaves, self._edge = self.log, {}, tree.LeafNodes([]), tree.CompactRange()
        leaves = self._leaves.leaves
        assert isinstance(leaves, list)
        for index in range(len(leaves), len(self.log)):
            leaves.append(proof.leaf_hash(self.log[index]))
            self._edge.append(leaves[-1])
            self._index[self.log[index]] = index

    def confirmation(self, run: list[Statement], signer: FileSigner | None = None) -> bytes:
        self.hashed()
        size = len(self.log)
        head = proof.sign_head(ORIGIN, size, self._edge.root(), 1_800_000_000, signer or self.proof_signer)
        paths = []
        for signed in run:
            index = self._index[signed.encoded]
            paths.append(proof.InclusionPath(index, tuple(tree.inclusion_path(self._leaves, index, size))))
        assert run[0].claims.seq is not None
        return proof.Proof(head, tuple(paths), (run[0].claims.kid, run[0].claims.seq)).encode()

    def refusal(self, signed: Statement, signer: FileSigner | None = None) -> bytes:
        key = signer or self.proof_signer
        payload = Refusal(signed.id, RefusalReason.UNKNOWN_KEY, "this key is not enrolled", mendable=True)
        claims = Claims(
            Kind.REFUSAL, key.public_key.kid, "urn:tallystick:gateway:fake", "urn:tallystick:log", 1_800_000_000
        )
        return statement.sign(claims, wire.encode(payload), key).encoded

    def ask(self, client: str, payload: bytes) -> bool:
        if not self.connected:
            return False
        signed = statement.decode(payload)
        assert signed.claims.subject == CLIENT_PREFIX + client
        self.asks.append(wire.decode(Ask, signed.payload))
        if self.answering:
            kid = signed.claims.kid
            mine = [entry for entry in self.log if statement.decode(entry).claims.kid == kid]
            self.send(client, wire.encode(Answer(kid, mine[-1] if mine else None)))
        return True

    def statements(self) -> list[Statement]:
        return [statement.decode(entry) for entry in self.log]
