"""Confirmations: who is owed a proof, and the proofs once a checkpoint covers what they are owed for.

A confirmation is one proof with a path per statement of a run (consecutive seq of one key). Debts live in memory alone:
after a crash the agents ask, or send again, and a repeat is owed a confirmation like a first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tally_edge.proof import Proof

MAX_RUN: Final = 128
"""Statements of one confirmation. At a tree of 2**30 a path has 1 kB, and an intake takes messages of 256 kB."""

MAX_TRIES: Final = 6
"""How often a confirmation is handed to an intake that does not take it. Then the agent has to ask."""

MAX_OWED: Final = 200_000
"""Debts held at once, some 40 MB. More than a few seals' worth means that sealing fails; then nothing is gained by
more."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way down to a client: its transport name, and the send of the intake that it came by."""

    client: str
    send: Callable[[str, bytes], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive statements of one key, all under one head, owed to one client."""

    route: Route
    kid: bytes
    first_seq: int
    indexes: tuple[int, ...]
    tries: int = 0


class Prover(Protocol):
    """The part of the log that makes proofs."""

    def proof(self, indexes: Sequence[int], run: tuple[bytes, int] | None = None) -> Proof:
        """One proof under the current head with a path per index."""
        ...


class Debts:
    """Statements whose confirmation is owed. Used from the log's thread."""

    def __init__(self) -> None:
        self._owed: dict[tuple[Route, int], tuple[bytes, int]] = {}
        self._again: list[Run] = []
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._owed)

    def owe(self, route: Route, kid: bytes, seq: int, index: int) -> None:
        """Owe `route` a proof of the statement at `index`. A repeat before the next seal is owed one proof."""
        if len(self._owed) >= MAX_OWED:
            self.dropped += 1
            return
        self._owed[route, index] = (kid, seq)

    def again(self, run: Run) -> None:
        """Owe a run whose confirmation was not taken once more, unless it was tried often enough."""
        if run.tries + 1 >= MAX_TRIES:
            self.dropped += len(run.indexes)
            return
        self._again.append(Run(run.route, run.kid, run.first_seq, run.indexes, run.tries + 1))

    def due(self, size: int) -> list[Run]:
        """Take out what a head of `size` covers, as runs."""
        due = [(route, kid, seq, index) for (route, index), (kid, seq) in self._owed.items() if index < size]
        for route, _, _, index in due:
            del self._owed[route, index]
        again, self._again = self._again, []
        return again + runs_of(due)


def runs_of(owed: Iterable[tuple[Route, bytes, int, int]]) -> list[Run]:
    """Group (route, kid, seq, index) into runs of consecutive seq, at most MAX_RUN long. Both sides of a fork get their
    own."""
    open_runs: list[tuple[Route, bytes, int, list[int]]] = []
    for route, kid, seq, index in sorted(owed, key=lambda one: (one[0].client, one[1], one[2], one[3])):
        last = open_runs[-1] if open_runs else None
        if (
            last is not None
            and (last[0], last[1], last[2] + len(last[3])) == (route, kid, seq)
            and len(last[3]) < MAX_RUN
        ):
            last[3].append(index)
        else:
            open_runs.append((route, kid, seq, [index]))
    return [Run(route, kid, first, tuple(indexes)) for route, kid, first, indexes in open_runs]


def confirmation(log: Prover, run: Run) -> bytes:
    """The confirmation of a run under the current head."""
    return log.proof(run.indexes, (run.kid, run.first_seq)).encode()
