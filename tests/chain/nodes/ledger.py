"""What a run of the client's process comes to: its ledger and its journal beside what every node's chain holds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tally_chain.anchoring.reading import Anchor, read_anchors
from tests.chain.contracts.stage import TX_KEY
from tests.chain.nodes.chains import engine_over, journal_of
from tests.chain.nodes.node import Node


@dataclass(frozen=True)
class Tally:
    """The figures of a run."""

    submitted: int
    """Heads that the journal took, or that the client said it took."""
    anchored: int
    lost: int
    """Of those, heads that the chain does not hold, or that the journal does not call final."""
    doubled: int
    """Sizes that the chain holds more than once."""
    foreign: int
    """Heads on the chain that nobody submitted, or with another root."""
    taken_back: int
    """Heads that were called final and are not in that block any more."""
    reorganised: int
    """How often a head that was seen had to be brought back."""
    idle_transactions: int
    """Mined, and without effect on the contract: the price of not knowing."""
    lives: int
    unavailable: int

    def holds(self) -> bool:
        """Whether every head is anchored exactly once, in the block that was called final."""
        return (self.lost, self.doubled, self.foreign, self.taken_back) == (0, 0, 0, 0)

    def lines(self) -> str:
        """For people."""
        told = [
            f"heads submitted {self.submitted}, anchored {self.anchored}, lost {self.lost}, doubled {self.doubled}",
            f"heads on the chain that nobody submitted {self.foreign}, called final and taken back {self.taken_back}",
            f"heads that a reorganisation took from their block and that were brought back {self.reorganised}",
            f"lives of the client {self.lives}, steps without an answer {self.unavailable}, "
            f"transactions mined without effect {self.idle_transactions}",
        ]
        return "\n".join(f"  {line}" for line in told)


def tally_of(folder: Path, nodes: Sequence[Node], contract: str, log_id: bytes, nonce_before: int) -> Tally:
    """Looks at everything. Fails where two nodes show different histories."""
    histories: list[list[Anchor]] = []
    for node in nodes:
        with closing(engine_over(node.endpoint)) as engine:
            histories.append(read_anchors(engine, contract, log_id))
            nonce = engine.nonce(TX_KEY.address)
    assert all(history == histories[0] for history in histories), "the nodes hold different histories"
    with closing(sqlite3.connect(journal_of(folder))) as db:
        journal = {size: (root, state) for size, root, state in db.execute("SELECT size, root, state FROM heads")}
    said = [line.split() for line in (folder / "ledger").read_text("utf-8").splitlines()]
    return count(histories[0], journal, said, nonce - nonce_before)


def count(
    history: Sequence[Anchor], journal: Mapping[int, tuple[bytes, str]], said: Sequence[Sequence[str]], spent: int
) -> Tally:
    """The figures. `journal` is root and state by size, `said` the ledger's lines, `spent` the nonces used."""
    sizes = Counter(anchor.size for anchor in history)
    blocks = {anchor.size: anchor.block_hash.hex() for anchor in history}
    words = Counter(line[0] for line in said)
    acknowledged = {(int(line[1]), line[2]) for line in said if line[0] == "final"}
    wanted = set(journal) | {int(line[1]) for line in said if line[0] == "submitted"}
    kept = {size for size, (_, state) in journal.items() if state == "final" and size in sizes}
    return Tally(
        submitted=len(wanted),
        anchored=len(sizes),
        lost=len(wanted - kept),
        doubled=sum(number - 1 for number in sizes.values()),
        foreign=sum(journal.get(anchor.size, (b"", ""))[0] != anchor.root for anchor in history),
        taken_back=sum(blocks.get(size) != block for size, block in acknowledged),
        reorganised=words["reorganised"],
        idle_transactions=spent - len(history),
        lives=words["born"],
        unavailable=words["unavailable"],
    )
