"""The statements that a bundle carries: found by their ids, each with its path to the root. Verdict-critical: no IO.

Ids and trees are worked out when they are first asked for and kept: the first look reads the whole bundle, and each
later one takes as many steps as its tree is high.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from hashlib import sha256

from tally_chain.bundle import Bundle
from tally_chain.errors import BundleError, TreeError
from tally_chain.pruned import PrunedTree
from tally_edge.proof import leaf_hash


class Carried:
    """Of one bundle. A place is a section's number and a log index."""

    def __init__(self, bundle: Bundle) -> None:
        """`bundle` as it was decoded; nothing of it is verified here."""
        self.bundle = bundle
        self._trees: dict[int, PrunedTree | TreeError] = {}

    @cached_property
    def places(self) -> dict[bytes, tuple[int, int]]:
        """The place of every statement, by id."""
        return {
            sha256(entry.statement).digest(): (number, entry.index)
            for number, section in enumerate(self.bundle.sections)
            for entry in section.entries
        }

    def place_of(self, statement_id: bytes) -> tuple[int, int]:
        """Where the statement with an id stands. Raises BundleError where none has it."""
        found = self.places.get(statement_id)
        if found is None:
            raise BundleError(f"statement {statement_id.hex()} is not carried")
        return found

    def statement(self, number: int, index: int) -> bytes:
        """The bytes at a place. Raises BundleError where none are carried."""
        if not 0 <= number < len(self.bundle.sections):
            raise BundleError(f"the bundle has no log {number}")
        section = self.bundle.sections[number]
        at = bisect_left(section.entries, index, key=lambda entry: entry.index)
        if at == len(section.entries) or section.entries[at].index != index:
            raise BundleError(f"entry {index} of {section.origin} is not carried")
        return section.entries[at].statement

    def tree(self, number: int) -> PrunedTree:
        """The tree of a section. Raises TreeError where its hashes make none."""
        found = self._trees.get(number)
        if found is None:
            section = self.bundle.sections[number]
            leaves = [leaf_hash(entry.statement) for entry in section.entries]
            try:
                found = PrunedTree(leaves, [entry.index for entry in section.entries], section.size, section.hashes)
            except TreeError as error:
                found = error
            self._trees[number] = found
        if isinstance(found, TreeError):
            raise found
        return found
