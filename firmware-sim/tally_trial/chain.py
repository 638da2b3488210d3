"""The chain of a play: it keeps heads under the contract's rule, and its blocks have times. In memory.

The rule is the contract's (docs/formats/anchor.md): a head is accepted only with an RFC 9162 consistency proof from the
head before, and never below its size. A play needs a thousand chains a minute, so no contract runs here; that the
contract and this rule agree is what tests/chain holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_chain import tree
from tally_chain.bundling import LogSource
from tally_chain.errors import TreeError
from tally_chain.policy import PinnedRoot, RootSource


@dataclass(slots=True)
class Chain:
    """The heads that were accepted, oldest first, and how many were refused."""

    accepted: list[PinnedRoot] = field(default_factory=list)
    refused: int = 0

    def offer(self, source: LogSource, at: int) -> bool:
        """Offer the head of `source` in a block of time `at`; whether it was accepted."""
        size, root = source.head.size, tree.subtree_root(source.nodes, 0, source.head.size)
        if self.accepted:
            last = self.accepted[-1]
            if size == last.size and root == last.root:
                return True
            try:
                if size <= last.size:
                    raise TreeError("the head does not grow")
                path = tree.consistency_path(source.nodes, last.size, size)
                tree.verify_consistency(last.size, last.root, size, root, path)
            except TreeError:
                self.refused += 1
                return False
        self.accepted.append(PinnedRoot(size, root, RootSource.PUBLIC, at))
        return True
