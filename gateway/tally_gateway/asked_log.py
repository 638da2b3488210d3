"""The log as asks see it: under its newest sealed head."""

from __future__ import annotations

from tally_chain.tree import Nodes
from tally_edge.proof import Proof
from tally_gateway.log.writer import Log


class LogForAsks:
    """ask.AskedLog over the log. Used from the log's thread."""

    def __init__(self, log: Log) -> None:
        self._log = log

    @property
    def size(self) -> int:
        """Entries committed."""
        return self._log.size

    @property
    def sealed_size(self) -> int:
        """Entries under the newest head."""
        return self._log.head.size

    @property
    def nodes(self) -> Nodes:
        """The tree."""
        return self._log.nodes

    def entry(self, index: int) -> bytes:
        """An entry's bytes."""
        return self._log.entry(index)

    def last_of(self, kid: bytes) -> tuple[int, int] | None:
        """(seq, index) of a stream's newest statement."""
        return self._log.last_of(kid)

    def prove(self, index: int, run: tuple[bytes, int]) -> Proof:
        """The proof of one statement under the newest head."""
        return self._log.proof([index], run)
