"""Bundles and policies that nobody made on purpose, and what Python says of them. Everything follows from a seed.

Five ways to get one:

- `strange_worlds`: everybody signs, and what they sign follows from chance;
- `mutate_bundle`: one thing changed by somebody who holds the bundle and knows the format, over a plain world;
- a vector's bundle asked another question: another period, content, time, policy. No signature breaks, so the checks of
  registers, coverage and totals are reached with evidence that they were not made for;
- a vector's bundle with a member of its encoding changed, removed, doubled or moved;
- a vector's bundle with bytes flipped, cut or doubled.
"""

from __future__ import annotations

import base64
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tally_chain import bundle, policy_text
from tally_chain.bundle import Bundle, Content
from tally_chain.errors import BundleError, PolicyError
from tally_chain.policy import Policy, RootSource, Standing
from tally_chain.verify.verdict import to_json
from tally_chain.verify.verifier import verify
from tally_edge import cbor
from tally_edge.errors import DecodeError
from tests.chain.page.strange_worlds import strange
from tests.chain.verify.case import NOW, plain
from tests.mutate import edits
from tests.mutate_bundle import mutate
from tests.vectors import generate_bundles

HOUR = 3_600


@dataclass(frozen=True)
class Question:
    """A bundle, a policy, and as of when."""

    name: str
    data: bytes
    policy: str
    at: int

    def to_json(self) -> dict[str, Any]:
        """As the page takes it."""
        return {"bundle": base64.b64encode(self.data).decode(), "policy": self.policy, "at": self.at}

    def answer(self) -> dict[str, Any]:
        """What Python says."""
        try:
            return to_json(verify(bundle.decode(self.data), policy_text.parse(self.policy), now=self.at))
        except PolicyError as error:
            return {"refused": "PolicyError", "text": str(error)}
        except BundleError as error:
            return {"refused": "BundleError", "text": str(error)}


def questions(seed: str, rounds: int) -> Iterator[Question]:
    """`rounds` of each of the five ways."""
    chance = random.Random(seed)
    worlds = [(world := plain(), world.bundle(content, hours=3)) for content in Content]
    for number in range(rounds):
        made, trusting = strange(f"{seed} {number}")
        yield Question("strange world", bundle.encode(made), policy_text.write(trusting), NOW)
        world, good = chance.choice(worlds)
        name, mutated = mutate(good, world, chance)
        with contextlib.suppress(BundleError):  # no file, so nothing to ask
            yield Question(name, bundle.encode(mutated), policy_text.write(world.policy()), NOW)
        folder, evidence, policy = chance.choice(_vectors())
        yield _asked_otherwise(folder.name, evidence, policy, chance)
        data = (folder / "bundle.tally").read_bytes()
        text = policy_text.write(policy)
        yield Question(f"{folder.name}, edited", _edited(data, chance), text, NOW)
        yield Question(f"{folder.name}, damaged", _damaged(data, chance), text, NOW)


@cache
def _vectors() -> list[tuple[Path, Bundle, Policy]]:
    found = []
    for folder in sorted(generate_bundles.HERE.iterdir()):
        if folder.is_dir():
            policy = policy_text.parse((folder / "policy.toml").read_text("utf-8"))
            found.append((folder, bundle.decode((folder / "bundle.tally").read_bytes()), policy))
    return found


def _asked_otherwise(name: str, evidence: Bundle, policy: Policy, chance: random.Random) -> Question:
    steps = (-2 * HOUR, -HOUR, -1, 0, 0, 1, 900, HOUR)
    from_at, to_at = evidence.from_at + chance.choice(steps), evidence.to_at + chance.choice(steps)
    content = chance.choice([evidence.content, evidence.content, *Content])
    asked = replace(evidence, content=content, from_at=from_at, to_at=max(to_at, from_at + 1))
    flags = {field: chance.random() < 0.5 for field in policy.accept.__dataclass_fields__}
    logs = list(policy.logs)
    if chance.random() < 0.5:
        at = chance.randrange(len(logs))
        roots = list(logs[at].roots)
        if roots:
            number = chance.randrange(len(roots))
            changed = replace(
                roots[number],
                source=chance.choice(list(RootSource)),
                time=chance.choice([None, evidence.from_at, roots[number].time]),
                chain_id=chance.choice([None, 1, 10]),
                size=chance.choice([roots[number].size, roots[number].size + chance.choice([-1, 1, 2**62])]),
                standing=Standing.HELD,
            )
            roots[number : number + 1] = chance.choice([[changed], [changed, roots[number]], []])
        logs[at] = replace(logs[at], roots=tuple(roots))
    other = replace(
        policy,
        accept=replace(policy.accept, **flags),
        logs=tuple(logs),
        persons=policy.persons[chance.randrange(2) :] if chance.random() < 0.2 else policy.persons,
        audited=chance.choice([policy.audited, "Office"]),
        reader=chance.choice([policy.reader, "Another Bank"]),
        max_head_age_s=chance.choice([None, 60, 10**6]),
    )
    at = chance.choice([NOW, evidence.to_at, 2**40])
    return Question(f"{name}, asked otherwise", bundle.encode(asked), policy_text.write(other), at)


def _edited(data: bytes, chance: random.Random) -> bytes:
    item = cbor.decode(data)
    for _ in range(chance.choice([1, 1, 2])):
        every = list(edits(item))
        _, item = chance.choice(every)
    try:
        return cbor.encode(item)
    except DecodeError:
        return data


def _damaged(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(out))
        match chance.randrange(4):
            case 0:
                del out[at : at + chance.randint(1, 8)]
            case 1:
                out[at:at] = out[at : at + chance.randint(1, 8)]
            case _:
                out[at] ^= 1 << chance.randrange(8)
    return bytes(out)
