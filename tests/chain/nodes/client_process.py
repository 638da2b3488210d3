"""The anchoring client in a process of its own, which the tests kill: it submits heads, and tells what became of them.

    python -m tests.chain.nodes.client_process FOLDER ENDPOINTS AGREE CHAIN_ID GENESIS CONTRACT LOG_ID

Each line that it appends to FOLDER/ledger is one fact: `submitted SIZE`, or an event with its size and its block. A
line stands in the file before the process goes on, so nothing that was acknowledged is forgotten when it dies.
SIGTERM: submit no more, see everything through, and end.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.events import AnchorEvent
from tally_chain.anchoring.reading import AnchorTarget
from tally_chain.errors import EngineError
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import TX_KEY
from tests.chain.nodes.chains import CLIQUE, STEP_S, engine_over, journal_of

MOST_WAITING: Final = 6
"""A gateway submits every few minutes; this is as if it had been busy all the time."""
SUBMIT_EVERY_S: Final = 0.5


class Ledger:
    """See the module's text."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "ledger", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def say(self, *words: object) -> None:
        """One line, in one write."""
        os.write(self._file, (" ".join(str(word) for word in words) + "\n").encode())

    def event(self, event: AnchorEvent) -> None:
        """An event of the client."""
        block = "-" if event.anchor is None else event.anchor.block_hash.hex()
        self.say(event.kind.value, event.size, block)


class Life:
    """One life of the process."""

    def __init__(self, client: Anchorer, ledger: Ledger) -> None:
        self._client, self._ledger = client, ledger
        self._growth = random.Random()
        self._submit_at = 0.0
        self.ending = False

    def end(self, *_: object) -> None:
        """The handler of SIGTERM."""
        self.ending = True

    def live(self) -> None:
        """Until it is told to end and nothing is on its way."""
        self._ledger.say("born", os.getpid())
        while not self.ending or self._client.pending():
            if not self.ending:
                self._submit_when_due()
            for event in self._client.step():
                self._ledger.event(event)
            time.sleep(STEP_S)
        self._ledger.say("ended", os.getpid())

    def _submit_when_due(self) -> None:
        if time.monotonic() < self._submit_at or len(self._client.pending()) >= MOST_WAITING:
            return
        self._submit_at = time.monotonic() + SUBMIT_EVERY_S
        try:
            base = self._client.base_size()
            size = base + self._growth.randint(1, 40)
            self._client.submit(size, oracle.root(0, size), oracle.proof(base, size))
        except EngineError as error:
            self._ledger.say("unavailable", 0, type(error).__name__)
        else:
            self._ledger.say("submitted", size)


def main(folder: Path, endpoints: str, agree: int, target: AnchorTarget) -> None:
    """Live once."""
    with (
        closing(engine_over(endpoints, agree)) as engine,
        closing(Anchorer(engine, TX_KEY, target, CLIQUE, journal_of(folder))) as client,
    ):
        life = Life(client, Ledger(folder))
        signal.signal(signal.SIGTERM, life.end)
        life.live()


if __name__ == "__main__":
    place, nodes, needed, chain_id, genesis, contract, log_id = sys.argv[1:]
    pinned = AnchorTarget(int(chain_id), bytes.fromhex(genesis), contract, bytes.fromhex(log_id))
    main(Path(place), nodes, int(needed), pinned)
