"""What readers of strange worlds hold: older anchors, linked or not, registries, grants that run out.

Times are drawn from a few, so that "not before" and "until" meet the very second.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from tally_chain import bundling, tree
from tally_chain.bundle import Attachment, Bundle
from tally_chain.policy import PinnedRoot, Policy, RegisteredKey, RootSource
from tally_chain.registry.roles import KeyRole
from tests.chain.verify.case import NOW
from tests.chain.verify.cases_grant import granted, reader
from tests.chain.verify.cases_registry import ANCHORED_AT, registered
from tests.world import HOUR, POINT, START, World, p256

_DOCUMENT: Final = Attachment.carry("a.txt", "text/plain", b"a", bytes(16))


def anchored(world: World, made: Bundle, policy: Policy, chance: random.Random) -> tuple[Bundle, Policy]:
    """More heads of the log in the policy, of several chains and times; some of them linked in the bundle."""
    count = len(world.entries)
    sizes = sorted(chance.sample(range(1, count), chance.randint(1, 3)))
    roots = tuple(
        PinnedRoot(
            size,
            tree.root_of(tree.leaf_hash(entry) for entry in world.entries[:size])
            if chance.random() < 0.9
            else bytes(32),
            chance.choice(list(RootSource)),
            chance.choice([None, START, START + chance.randint(0, 7) * HOUR, NOW]),
            chance.choice([None, 1, 1, 2]),
        )
        for size in sizes
    )
    (log,) = policy.logs
    (newest,) = log.roots
    newest = replace(newest, chain_id=chance.choice([None, 1, 2]))
    held = chance.choice([(*roots, newest), (newest, *roots), roots])
    indexes = [entry.index for entry in made.sections[0].entries]
    linked = [size for size in sizes if chance.random() < 0.7]
    section = bundling.section(world, indexes, link_sizes=linked)
    age = chance.choice([None, None, NOW - START, NOW - START - 40 * 86_400])
    return (
        replace(made, sections=(section,)),
        replace(policy, logs=(replace(log, roots=held),), max_head_age_s=age),
    )


def in_registry(world: World, policy: Policy, chance: random.Random) -> Policy:
    """The same reader, who wants every key registered."""
    moments = (NOW, NOW + 1, NOW + 300, NOW + 301, ANCHORED_AT, ANCHORED_AT + 1, START)
    key, number, role = chance.choice(
        [
            (world.authority.signer.public_key, 1, KeyRole.AUTHORITY),
            (world.person.public_key, 2, KeyRole.INSPECTOR),
            (p256("owner").public_key, 3, KeyRole.OPERATOR),
        ]
    )
    changed = RegisteredKey(
        key.kid,
        bytes([chance.choice([number, number, number, 4])]) * 32,
        chance.choice([role, role, role, KeyRole.KEEPER]),
        chance.choice([START - HOUR, *moments]),
        chance.choice([NOW + HOUR, *moments]),
    )
    asked = registered(world, read_at=chance.choice([NOW, NOW - 1, ANCHORED_AT, None]), changed=changed)
    return replace(asked, logs=tuple(
        replace(log, roots=held.roots) for log, held in zip(asked.logs, policy.logs, strict=True)
    ), accept=policy.accept)  # fmt: skip


def with_grant(world: World, made: Bundle, policy: Policy, chance: random.Random) -> tuple[Bundle, Policy]:
    """A grant of this very evidence, but for one thing now and then."""
    odd: dict[str, object] = chance.choice(
        [
            {},
            {},
            {"expires_at": NOW},
            {"expires_at": NOW - 1},
            {"to_at": made.to_at - 1},
            {"points": ()},
            {"points": ("urn:x:y",)},
            {"reader": "Another"},
            {"owner": "Another"},
            {"reader_key": bytes(32)},
            {"evidence": bytes(32)},
        ]
    )
    usual: dict[str, object] = {"from_at": made.from_at, "to_at": made.to_at, "expires_at": NOW + 1, "points": (POINT,)}
    attachments = chance.choice([(), (_DOCUMENT,), (_DOCUMENT.withheld(),), (replace(_DOCUMENT, content=b"b"),)])
    signed = granted(world, attachments, **(usual | odd))
    shown = chance.choice([signed.attachments, signed.attachments, signed.attachments, None])
    knows = replace(policy, owners=reader(world).owners, reader=chance.choice(["", "First Bank"]))
    return replace(made, grant=signed.grant, attachments=shown), knows if chance.random() < 0.9 else policy
