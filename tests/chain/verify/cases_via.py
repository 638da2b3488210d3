"""Cases of logs that are anchored in a log of heads: step 2.4."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from tally_chain import tree
from tally_chain.bundle import Bundle, Link, Via
from tally_chain.head_entry import HeadEntry
from tally_chain.policy import PinnedRoot, Policy, RootSource, TrustedLog
from tally_chain.tree import LeafNodes
from tally_edge import proof
from tally_edge.proof import InclusionPath, Proof, leaf_hash
from tally_edge.signer import FileSigner
from tests.chain.verify.case import Given, case, plain, resection
from tests.world import START, World, p256

HEADS_ORIGIN = "tallystick.example/heads/1"
ANCHORED_AT = START + 45 * 86_400


@dataclass
class HeadsLog:
    """A log of heads in memory: entry 0 stands for its opening, then other logs' heads."""

    key: FileSigner = field(default_factory=lambda: p256("heads proof"))
    entries: list[bytes] = field(default_factory=lambda: [b"the opening"])

    def __post_init__(self) -> None:
        for number in range(3):
            self.take(f"tallystick.example/other/{number}", 7, bytes([number]) * 32, p256(f"other {number}"))

    def take(self, origin: str, size: int, root: bytes, key: FileSigner) -> int:
        """Append a head; its index."""
        self.entries.append(HeadEntry(proof.sign_head(origin, size, root, START, key), root).encode())
        return len(self.entries) - 1

    def take_head_of(self, world: World) -> int:
        return self.take(world.origin, len(world.entries), world.root, world.proof_key)

    @property
    def nodes(self) -> LeafNodes:
        return LeafNodes([leaf_hash(entry) for entry in self.entries])

    def root(self, size: int | None = None) -> bytes:
        return tree.root_of(self.nodes.leaves[:size])

    def proof(self, index: int) -> Proof:
        size = len(self.entries)
        path = tuple(tree.inclusion_path(self.nodes, index, size))
        head = proof.sign_head(HEADS_ORIGIN, size, self.root(), START + 44 * 86_400, self.key)
        return Proof(head, (InclusionPath(index, path),))

    def via(self, index: int, links: tuple[int, ...] = ()) -> Via:
        made = tuple(Link(size, tuple(tree.consistency_path(self.nodes, size, len(self.entries)))) for size in links)
        return Via(self.entries[index], self.proof(index).encode(), None, made or None)

    def trusted(self, *roots: PinnedRoot) -> TrustedLog:
        """What a reader trusts; without `roots` the newest head, from a public chain."""
        held = roots or (PinnedRoot(len(self.entries), self.root(), RootSource.PUBLIC, ANCHORED_AT, 10),)
        return TrustedLog(HEADS_ORIGIN, self.key.public_key, "", held)


def reader(world: World, *aggregators: TrustedLog, roots: tuple[PinnedRoot, ...] = ()) -> Policy:
    """A policy that holds no head of the world's log but through these."""
    trusted = world.policy()
    logs = (dataclasses.replace(trusted.logs[0], roots=roots),)
    return dataclasses.replace(trusted, logs=logs, aggregators=aggregators)


def with_via(world: World, via: Via, **changes: object) -> Bundle:
    return resection(world.bundle(hours=3), via=via, **changes)


@case(211, 218, holds=True)
def through_a_log_of_heads() -> Given:
    """The log's head stands in a log of heads whose head is anchored on a public chain."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    return Given(with_via(world, via), reader(world, heads.trusted()))


@case(211, 218, holds=True)
def through_a_log_of_heads_anchored_before_and_linked() -> Given:
    """The reader holds an older head of the log of heads that covers the entry, and a link leads to it."""
    world, heads = plain(), HeadsLog()
    index = heads.take_head_of(world)
    older = PinnedRoot(len(heads.entries), heads.root(), RootSource.PUBLIC, ANCHORED_AT, 10)
    heads.take("tallystick.example/other/9", 3, bytes(32), p256("other 9"))
    return Given(with_via(world, heads.via(index, (older.size,))), reader(world, heads.trusted(older)))


@case(211, 215, 218, holds=True)
def through_a_log_of_heads_to_a_newer_head() -> Given:
    """The entry is of a newer head of the log than the bundle's, and the section links the two."""
    world, heads = plain(), HeadsLog()
    bundle = world.bundle(hours=3)
    size = len(world.entries)
    world.log(world.readings((4, 105)))
    link = Link(size + 1, tuple(tree.consistency_path(world.nodes, size, size + 1)))
    via = heads.via(heads.take_head_of(world))
    return Given(resection(bundle, via=via, links=(link,)), reader(world, heads.trusted()))


@case(220, 206)
def through_an_unknown_log_of_heads() -> Given:
    """The policy does not know the aggregator: what it vouches for counts nothing."""
    world, heads = plain(), HeadsLog()
    return Given(with_via(world, heads.via(heads.take_head_of(world))), reader(world))


@case(220, 206)
def through_a_log_of_heads_anchored_too_early() -> Given:
    """The only head that the reader holds of the log of heads is from before the entry."""
    world, heads = plain(), HeadsLog()
    older = PinnedRoot(len(heads.entries), heads.root(), RootSource.PUBLIC, ANCHORED_AT, 10)
    index = heads.take_head_of(world)
    return Given(with_via(world, heads.via(index, (older.size,))), reader(world, heads.trusted(older)))


@case(219, 206)
def head_entry_of_another_log() -> Given:
    """The proof is of another gateway's head."""
    world, heads = plain(), HeadsLog()
    heads.take_head_of(world)
    return Given(with_via(world, heads.via(1)), reader(world, heads.trusted()))


@case(219, 206)
def head_entry_of_another_log_of_the_same_key() -> Given:
    """Another log of the same operator and key shows the same root; its head is not this log's."""
    world, heads = plain(), HeadsLog()
    index = heads.take("tallystick.example/mill/2", len(world.entries), world.root, world.proof_key)
    return Given(with_via(world, heads.via(index)), reader(world, heads.trusted()))


@case(216, 218)
def heads_of_a_log_of_heads_that_contradict() -> Given:
    """The reader holds two roots of one size of the log of heads: one of them is a fork, whichever this one is."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    one = PinnedRoot(len(heads.entries), heads.root(), RootSource.PUBLIC, ANCHORED_AT, 10)
    smaller = [PinnedRoot(2, bytes([which]) * 32, RootSource.PUBLIC, START, 10) for which in (1, 2)]
    return Given(with_via(world, via), reader(world, heads.trusted(one, *smaller)))


@case(219, 206)
def head_entry_that_the_log_did_not_sign() -> Given:
    """The aggregator made the head up: right root, its own signature."""
    world, heads = plain(), HeadsLog()
    index = heads.take(world.origin, len(world.entries), world.root, heads.key)
    return Given(with_via(world, heads.via(index)), reader(world, heads.trusted()))


@case(219, 206)
def head_entry_under_anothers_proof() -> Given:
    """The head is the log's, the proof that of another entry."""
    world, heads = plain(), HeadsLog()
    index = heads.take_head_of(world)
    via = dataclasses.replace(heads.via(index), proof=heads.proof(1).encode())
    return Given(with_via(world, via), reader(world, heads.trusted()))


@case(219, 206)
def log_of_heads_signed_by_another_key() -> Given:
    """The policy pins another proof key of the log of heads."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    trusted = dataclasses.replace(heads.trusted(), proof_key=p256("stranger").public_key)
    return Given(with_via(world, via), reader(world, trusted))


@case(219, 206)
def head_entry_that_is_none() -> Given:
    """The entry is a proof's frame, without its root."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    return Given(with_via(world, dataclasses.replace(via, entry=via.proof)), reader(world, heads.trusted()))


@case(208, 220, 206)
def forked_log_of_heads() -> Given:
    """The aggregator anchored another tree than the one that it shows."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    anchored = PinnedRoot(len(heads.entries), bytes(32), RootSource.PUBLIC, ANCHORED_AT, 10)
    return Given(with_via(world, via), reader(world, heads.trusted(anchored)))


@case(205, 220, 206)
def log_of_heads_that_does_not_continue_its_anchor() -> Given:
    """The link to the anchored head of the log of heads does not hold."""
    world, heads = plain(), HeadsLog()
    index = heads.take_head_of(world)
    anchored = PinnedRoot(len(heads.entries), bytes(32), RootSource.PUBLIC, ANCHORED_AT, 10)
    heads.take("tallystick.example/other/9", 3, bytes(32), p256("other 9"))
    return Given(with_via(world, heads.via(index, (anchored.size,))), reader(world, heads.trusted(anchored)))


@case(216, 218)
def anchored_head_beside_another_in_the_log_of_heads() -> Given:
    """The reader holds a head of the log at the same size, with another root than the log of heads shows."""
    world, heads = plain(), HeadsLog()
    forked = bytes(range(32))
    index = heads.take(world.origin, len(world.entries), forked, world.proof_key)
    held = PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, ANCHORED_AT, 10)
    return Given(with_via(world, heads.via(index)), reader(world, heads.trusted(), roots=(held,)))


@case(208, 218)
def rewritten_after_the_log_of_heads_took_it() -> Given:
    """The log of heads holds another root at the bundle's size, signed by the log itself."""
    world, heads = plain(), HeadsLog()
    index = heads.take(world.origin, len(world.entries), bytes(range(32)), world.proof_key)
    return Given(with_via(world, heads.via(index)), reader(world, heads.trusted()))


@case(207, 218)
def through_a_log_of_heads_that_is_self_anchored() -> Given:
    """The aggregator's chain is its operator's own: nothing independent stands behind it."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    held = PinnedRoot(len(heads.entries), heads.root(), RootSource.SELF_ANCHORED, ANCHORED_AT, 31)
    return Given(with_via(world, via), reader(world, heads.trusted(held)))


@case(407, 218)
def reading_after_the_log_of_heads_was_anchored() -> Given:
    """The block of the log of heads bounds when a statement can have been signed."""
    world, heads = plain(), HeadsLog()
    via = heads.via(heads.take_head_of(world))
    early = PinnedRoot(len(heads.entries), heads.root(), RootSource.PUBLIC, START - 86_400, 10)
    return Given(with_via(world, via), reader(world, heads.trusted(early)))
