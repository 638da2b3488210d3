"""The client's side of a pipeline: what goes up, and what comes down, kept and sorted."""

from __future__ import annotations

from tally_edge import proof, statement, wire
from tally_edge.answers import Answer, Ask, Refusal, ShownHead, sign_ask
from tally_edge.errors import TallyError
from tally_edge.proof import Proof
from tally_gateway.intake.interface import Delivery
from tests.gateway.service.world import START, Stream


def up(client: str, *payloads: bytes) -> list[Delivery]:
    return [Delivery(client, f"tally/1/{client}/up", payload) for payload in payloads]


def ask(stream: Stream, client: str, shown: ShownHead | None = None) -> bytes:
    return sign_ask(Ask(shown), stream.issuer, client, START, stream.key).encoded


def shown_of(confirmation: Proof, entry: bytes) -> ShownHead:
    """The head of a confirmation whose first path is `entry`'s."""
    return ShownHead(confirmation.head.protected, confirmation.head.signature, confirmation.root_for(0, entry))


class Down:
    """An intake's send: keeps what was sent, or refuses."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.takes = True

    async def send(self, client: str, payload: bytes) -> bool:
        if self.takes:
            self.got.append((client, payload))
        return self.takes

    def proofs(self) -> list[proof.Proof]:
        return [found for _, body in self.got if (found := _proof(body)) is not None]

    def refusals(self) -> list[Refusal]:
        return [found for _, body in self.got if (found := _refusal(body)) is not None]

    def answers(self) -> list[Answer]:
        return [wire.decode(Answer, body) for _, body in self.got if body[:1] != b"\xd2"]


def _proof(body: bytes) -> proof.Proof | None:
    try:
        return proof.decode(body)
    except TallyError:
        return None


def _refusal(body: bytes) -> Refusal | None:
    try:
        return wire.decode(Refusal, statement.decode(body).payload)
    except TallyError:
        return None
