"""Cases of the heads that a reader holds: whether they agree, and how old the log's own head is. Step 2 and 3."""

from __future__ import annotations

import dataclasses

from tally_chain.policy import Accept, PinnedRoot, Policy, RootSource
from tests.chain.verify.case import NOW, Given, case, given, hour, plain
from tests.world import START, World

SELF = Accept(self_anchored=True)


def _holding(world: World, *more: PinnedRoot, accept: Accept | None = None, **changes: object) -> Policy:
    """A policy that holds the world's head as `changes` say, and more heads."""
    policy = world.policy(accept=accept)
    (log,) = policy.logs
    newest = dataclasses.replace(log.roots[0], **changes)  # type: ignore[arg-type]
    return dataclasses.replace(policy, logs=(dataclasses.replace(log, roots=(newest, *more)),))


def _aged(world: World, max_head_age_s: int, **changes: object) -> Policy:
    return dataclasses.replace(_holding(world, **changes), max_head_age_s=max_head_age_s)  # type: ignore[arg-type]


@case(216)
def two_roots_of_one_size() -> Given:
    """The operator's own chain showed two roots of one size: the chain, or the log, was made anew in between."""
    world = plain()
    one, other = (PinnedRoot(4, bytes([number]) * 32, RootSource.SELF_ANCHORED, hour(1), 1337) for number in (1, 2))
    policy = _holding(world, one, other, accept=SELF, source=RootSource.SELF_ANCHORED, chain_id=1337)
    return given(world, policy=policy)


@case(212, 207, holds=True)
def older_head_of_the_operators_chain_not_linked() -> Given:
    """An operator can make its chain anew, so one head that it showed does not vouch for another."""
    world = plain()
    older = PinnedRoot(4, bytes(32), RootSource.SELF_ANCHORED, hour(1), 1337)
    policy = _holding(world, older, accept=SELF, source=RootSource.SELF_ANCHORED, chain_id=1337)
    return given(world, policy=policy)


@case(212)
def head_of_another_public_chain_not_linked() -> Given:
    """The log is anchored on two public chains. Each keeps its heads consistent, but nothing shows that both agree."""
    world = plain()
    other = PinnedRoot(4, bytes(32), RootSource.PUBLIC, hour(1), 8453)
    return given(world, policy=_holding(world, other, chain_id=10))


@case(211, holds=True)
def older_head_of_the_same_public_chain() -> Given:
    """A public chain's contract took only consistent heads, so an older one of the same chain needs no link."""
    world = plain()
    older = PinnedRoot(4, bytes(32), RootSource.PUBLIC, hour(1), 10)
    return given(world, policy=_holding(world, older, chain_id=10))


@case(217)
def head_too_old() -> Given:
    """The reader asks for a head of the last week; a block fixed this one before, whenever the gateway signs it."""
    world = plain()
    return given(world, policy=_aged(world, 7 * 86_400, time=NOW - 8 * 86_400))


@case(217)
def head_too_old_by_its_signature() -> Given:
    """No independent block dates the head, so the gateway's own clock does, and says that it is old."""
    world = plain()
    return given(world, policy=_aged(world, 7 * 86_400, source=RootSource.OUT_OF_BAND, time=None))


@case(217)
def head_of_a_time_to_come() -> Given:
    """The gateway signed a head ahead of the reader's clock: its age says nothing."""
    world = plain()
    policy = _aged(world, 7 * 86_400, source=RootSource.OUT_OF_BAND, time=None)
    return given(world, policy=policy, now=START + 39 * 86_400)


@case(211, holds=True)
def head_young_enough() -> Given:
    """A block of the last month fixed the head."""
    world = plain()
    return given(world, policy=_aged(world, 30 * 86_400))
