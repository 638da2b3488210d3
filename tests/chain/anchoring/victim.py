"""Anchors until it is killed, and says what was acknowledged: python -m tests.chain.anchoring.victim DIR ADDRESS ID.

It prints `final SIZE` after the client reported a head as final, and flushes before it goes on.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEventKind
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.setup import target_of
from tally_chain.engine.embedded import EmbeddedEngine
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import TX_KEY


def main(folder: Path, contract: str, log_id: bytes) -> None:
    engine = EmbeddedEngine.open(folder / "chain")
    client = Anchorer(engine, TX_KEY, target_of(engine, contract, log_id), EMBEDDED, folder / "journal.sqlite")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        base = client.base_size()
        size = base + 1 + base % 5
        client.submit(size, oracle.root(0, size), oracle.proof(base, size))
        for event in client.step():
            if event.kind is AnchorEventKind.FINAL:
                sys.stdout.write(f"final {event.size}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3]))
