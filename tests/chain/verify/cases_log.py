"""Cases of the file and the log: step 2."""

from __future__ import annotations

import dataclasses

from tally_chain import bundle, bundling, checkpoint, note, pruned, tree
from tally_chain.bundle import AnchorClaim, Bundle, Content, Entry
from tally_chain.policy import Accept, PinnedRoot, Policy, RootSource
from tally_edge import proof, statement, wire
from tally_edge.log_opening import LogOpening, Predecessor
from tally_edge.proof import leaf_hash, log_id_of
from tally_edge.statement import Claims, Kind
from tests.chain.verify.case import Given, case, given, hour, opened, plain, resection
from tests.world import SITE, START, World, ed


def _with_roots(world: World, *roots: PinnedRoot, accept: Accept | None = None) -> Policy:
    policy = world.policy(accept=accept)
    return dataclasses.replace(policy, logs=(dataclasses.replace(policy.logs[0], roots=roots),))


def _linked(world: World, sizes: tuple[int, ...], hours: int = 3) -> Bundle:
    period = (START, hour(hours))
    indexes = bundling.select_full(world.placed(), frozenset(), *period)
    section = bundling.section(world, indexes, link_sizes=sizes)
    return Bundle(bundle.MEDIA_TYPE, Content.FULL, START, *period, (section,))


@case(211, 706, holds=True)
def plain_day() -> Given:
    """Nothing is wrong: a settled day with a reading every hour."""
    return given(plain())


@case(211, holds=True)
def plain_totals() -> Given:
    """Nothing is wrong: two settlements and the key facts prove the day's total."""
    world = plain()
    return given(world, bundle=world.bundle(Content.TOTALS, hours=3))


@case(101)
def empty() -> Given:
    """A bundle without sections proves nothing."""
    world = plain()
    return given(world, bundle=dataclasses.replace(world.bundle(hours=3), sections=()))


@case(201)
def foreign_log() -> Given:
    """A log that the policy does not name, however well it is signed."""
    world = plain()
    policy = world.policy()
    return given(
        world,
        policy=dataclasses.replace(
            policy, logs=(dataclasses.replace(policy.logs[0], origin="tallystick.example/other"),)
        ),
    )


@case(202)
def wrong_size() -> Given:
    """The section says another size than the signed head."""
    world = plain()
    section = world.bundle(hours=3).sections[0]
    size = section.size + 1
    return given(world, bundle=resection(world.bundle(hours=3), size=size, hashes=(*section.hashes, bytes(32))))


@case(203)
def checkpoint_of_another_key() -> Given:
    """The checkpoint is signed by a key that the policy does not name for this log."""
    world = plain()
    body = checkpoint.Checkpoint(world.origin, len(world.entries), world.root)
    return given(world, bundle=resection(world.bundle(hours=3), checkpoint=checkpoint.sign(body, ed("stranger"))))


@case(204)
def wrong_index() -> Given:
    """Two neighbouring statements have changed places."""
    world = plain()
    good = world.bundle(hours=3)
    entries = list(good.sections[0].entries)
    entries[6], entries[7] = Entry(6, entries[7].statement), Entry(7, entries[6].statement)
    return given(world, bundle=resection(good, entries=tuple(entries)))


@case(204)
def foreign_entry() -> Given:
    """A statement of another log, put where one of this log stood."""
    world, other = plain(), World(origin="tallystick.example/other")
    other.open()
    other.log(other.readings((1, 9)))
    good = world.bundle(hours=3)
    entries = list(good.sections[0].entries)
    entries[6] = Entry(6, other.entries[-1])
    return given(world, bundle=resection(good, entries=tuple(entries)))


@case(204)
def hash_left_over() -> Given:
    """One hash more than the tree has cut branches."""
    world = plain()
    good = world.bundle(hours=3)
    return given(world, bundle=resection(good, hashes=(*good.sections[0].hashes, bytes(32))))


@case(205)
def not_consistent() -> Given:
    """The path to the head that the reader holds leads elsewhere."""
    world = plain()
    good = _linked(world, (5,))
    link = dataclasses.replace(good.sections[0].links[0], path=(bytes(32),))  # type: ignore[index]
    policy = _with_roots(world, PinnedRoot(5, bytes(32), RootSource.PUBLIC, hour(1)))
    return given(world, bundle=resection(good, links=(link,)), policy=policy)


@case(206)
def unanchored_head() -> Given:
    """The reader holds no head at all of the log."""
    world = plain()
    return given(world, policy=_with_roots(world))


@case(206)
def newest_entries_unanchored() -> Given:
    """The anchored head is smaller than the bundle's: what came after it could still be rewritten."""
    world = opened()
    world.day(2)
    older = PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, hour(50))
    world.log(world.readings((3, 200)))
    return given(world, bundle=_linked(world, (older.size,)), policy=_with_roots(world, older))


@case(211, 215, holds=True)
def linked_to_a_newer_head() -> Given:
    """The bundle's head is older than the anchored one, and consistent with it."""
    world = plain()
    small = world.bundle(hours=3)
    size = len(world.entries)
    world.log(world.readings((4, 200)))
    link = bundle.Link(len(world.entries), tuple(tree.consistency_path(world.nodes, size, len(world.entries))))
    return given(world, bundle=resection(small, links=(link,)))


@case(207)
def self_anchored() -> Given:
    """The anchoring chain is the operator's own."""
    world = plain()
    return given(world, policy=world.policy(source=RootSource.SELF_ANCHORED))


@case(207, holds=True)
def self_anchored_accepted() -> Given:
    """The same, where the reader accepts it."""
    world = plain()
    return given(world, policy=world.policy(source=RootSource.SELF_ANCHORED, accept=Accept(self_anchored=True)))


@case(208)
def rewritten_log() -> Given:
    """The log was made anew with its own keys; the reader holds the head of the first one."""
    honest, rewritten = plain(), opened()
    rewritten.log(rewritten.settle(0, 90))
    for number in range(4):
        rewritten.log(rewritten.readings((number, 90 + number)))
    rewritten.log(rewritten.settle(3, 93))
    return given(rewritten, policy=honest.policy())


@case(209)
def opening_of_another_log() -> Given:
    """Entry 0 opens another log."""
    world = World()
    other = World(origin="tallystick.example/other")
    other.open()
    world.log(statement.decode(other.entries[0]))
    world.day(3)
    return given(world)


@case(214)
def opening_left_out() -> Given:
    """Without its first entry, nobody sees that a log continues another one."""
    world = plain()
    return given(world, bundle=world.bundle(hours=3, drop=frozenset({0})))


PREVIOUS = "tallystick.example/mill/0"


def _successor() -> World:
    """A world whose log continues another one from size 77."""
    world = World()
    vkey = note.verifier_key_of(world.origin, world.checkpoint_key).encode()
    previous = Predecessor(log_id_of(PREVIOUS), 77, bytes([7]) * 32)
    opening = LogOpening(
        log_id_of(world.origin), world.origin, vkey, world.proof_key.public_key.encode(), START, previous
    )
    subject = f"urn:tallystick:log:{log_id_of(world.origin).hex()}"
    claims = Claims(Kind.LOG_OPENING, world.proof_key.public_key.kid, subject, SITE, START)
    world.log(statement.sign(claims, wire.encode(opening), world.proof_key))
    world.state_all()
    world.day(3)
    return world


def _knowing(world: World, *roots: PinnedRoot) -> Policy:
    policy = world.policy()
    previous = dataclasses.replace(policy.logs[0], origin=PREVIOUS, roots=roots)
    return dataclasses.replace(policy, logs=(*policy.logs, previous))


@case(210, holds=True)
def successor_log() -> Given:
    """The log names the anchored head of the log that was lost, and the reader holds that very head."""
    world = _successor()
    return given(world, policy=_knowing(world, PinnedRoot(77, bytes([7]) * 32, RootSource.PUBLIC)))


@case(209, 210)
def successor_that_forgets() -> Given:
    """The reader holds a later head of the log before: what lay between was lost on purpose."""
    world = _successor()
    return given(world, policy=_knowing(world, PinnedRoot(80, bytes([8]) * 32, RootSource.PUBLIC)))


@case(209, 210)
def successor_of_another_root() -> Given:
    """The log before had another root at the size that the opening names."""
    world = _successor()
    return given(world, policy=_knowing(world, PinnedRoot(77, bytes([8]) * 32, RootSource.PUBLIC)))


@case(211, 318, holds=True)
def key_facts_in_another_log() -> Given:
    """The authority speaks in one log, the device in another: two anchored logs, one stream each."""
    office, plant = opened(), World(origin="tallystick.example/mill/2")
    plant.entries = []
    opener = World(origin=plant.origin)
    opener.open()
    plant.log(statement.decode(opener.entries[0]))
    plant.facts_id = office.facts_id
    plant.day(3)
    first, second = office.bundle(hours=3), plant.bundle(hours=3)
    policy = office.policy()
    return Given(
        dataclasses.replace(first, sections=(*first.sections, *second.sections)),
        dataclasses.replace(policy, logs=(*policy.logs, *plant.policy().logs)),
    )


@case(212, holds=True)
def head_out_of_band_not_linked() -> Given:
    """The reader also holds a head that it compared by telephone; the bundle does not link to it. Worth asking for."""
    world = plain()
    policy = _with_roots(
        world,
        PinnedRoot(4, bytes(32), RootSource.OUT_OF_BAND),
        PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, hour(50)),
    )
    return given(world, policy=policy)


@case(212, 207)
def stronger_head_not_linked() -> Given:
    """Self-anchoring is accepted, but a public head contradicts the log; leaving out the link must not hide it."""
    world = plain()
    policy = _with_roots(
        world,
        PinnedRoot(4, bytes(32), RootSource.PUBLIC, hour(1)),
        PinnedRoot(len(world.entries), world.root, RootSource.SELF_ANCHORED),
        accept=Accept(self_anchored=True),
    )
    return given(world, policy=policy)


@case(213)
def one_log_at_two_sizes() -> Given:
    """Two honest heads of one log in one bundle: two sections give two orders, so one is not read."""
    world = plain()
    first = world.bundle(hours=3).sections[0]
    world.log(world.readings((4, 200)))
    good = _linked(world, (first.size,))
    return given(world, bundle=dataclasses.replace(good, sections=(first, *good.sections)))


@case(204)
def forked_head() -> Given:
    """The log's key signed another root at this size; the statements make the other tree."""
    world = plain()
    head = proof.sign_head(world.origin, len(world.entries), leaf_hash(b"another"), hour(4), world.proof_key)
    return given(
        world, bundle=resection(world.bundle(hours=3), head_protected=head.protected, head_signature=head.signature)
    )


@case(203)
def checkpoint_of_another_head() -> Given:
    """The checkpoint is the log's own, for another root."""
    world = plain()
    body = checkpoint.Checkpoint(world.origin, len(world.entries), leaf_hash(b"another"))
    return given(world, bundle=resection(world.bundle(hours=3), checkpoint=checkpoint.sign(body, world.checkpoint_key)))


@case(401)
def malformed_entry() -> Given:
    """The log holds an entry that is no statement."""
    world = plain()
    world.entries.append(b"not a statement")
    good = world.bundle_of(range(len(world.entries)), hours=3)
    return given(world, bundle=good)


@case(408, holds=True)
def beacon_unknown() -> Given:
    """The device names a root that the reader can not know: no lower bound on the time of signing."""
    world = opened()
    world.beacon = bytes([9]) * 32
    world.day(3)
    return given(world)


@case(211, holds=True)
def beacon_of_an_anchored_head() -> Given:
    """The device names an older head of its log; the bundle's anchor claim and link show that it is one."""
    world = opened()
    world.beacon = world.root
    size = len(world.entries)
    claim = AnchorClaim(size, world.root, 10, bytes(32), bytes(20), bytes(32), 7, bytes(32), hour(0))
    world.day(3)
    good = _linked(world, (size,))
    return given(world, bundle=resection(good, anchors=(claim,)))


@case(412, holds=True)
def before_the_beacon() -> Given:
    """The device's clock stood before the block that its beacon names: the clock was wrong, or set back."""
    world = opened()
    world.beacon = world.root
    older = PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, hour(2))
    world.day(3)
    newest = PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, hour(60))
    return given(world, policy=_with_roots(world, older, newest))


@case(407)
def after_the_anchor() -> Given:
    """A reading is later than the block that holds it."""
    world = plain()
    policy = _with_roots(world, PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, hour(2)))
    return given(world, policy=policy)


@case(407)
def settled_before_its_time() -> Given:
    """A settlement is dated after the block that holds it, though its clock claim is not."""
    world = opened()
    for number in range(4):
        world.log(world.readings((number, 100 + number)))
    world.log(world.settle(3, 103, issued_at=hour(0)))
    roots = (PinnedRoot(len(world.entries), world.root, RootSource.PUBLIC, hour(2)),)
    return given(world, policy=_with_roots(world, *roots))


@case(318, holds=True)
def log_not_planned() -> Given:
    """The site plan names another log than the one in which the statements stand."""
    world = World()
    world.plan_log = "tallystick.example/elsewhere"
    world.open()
    world.day(3)
    return given(world)


@case(204)
def shifted_tree() -> Given:
    """Every index moved by one and the hashes recomputed: the root is another."""
    world = plain()
    good = world.bundle(hours=3)
    entries = tuple(Entry(entry.index + 1, entry.statement) for entry in good.sections[0].entries[:-1])
    hashes = pruned.cut_hashes(world.nodes, [entry.index for entry in entries], len(world.entries))
    return given(world, bundle=resection(good, entries=entries, hashes=tuple(hashes)))
