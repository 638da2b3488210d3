"""How fast a bundle is verified, beside the bare check of the same signatures; and how large proofs are."""

from __future__ import annotations

import time
from decimal import Decimal

from tally_chain import bundle, bundling, contents, tree
from tally_chain.bundle import Bundle, Content
from tally_chain.verify.verifier import verify
from tally_edge import keys, proof, statement
from tally_edge.proof import InclusionPath, Proof, leaf_hash
from tests.world import HOUR, START, World, p256

NOW = START + 60 * 86_400
PROOF_SIZES = (2**10, 2**16, 2**20)


def _made(statements: int) -> tuple[World, Bundle]:
    """A world with that many statements of one reading each, an hour apart."""
    world = World()
    world.open()
    for number in range(statements):
        world.log(world.readings((number, Decimal(100) + number * Decimal("0.25"))))
    period = (START, START + (statements - 1) * HOUR)
    indexes = bundling.select_full(world.placed(), frozenset(), *period)
    section = bundling.section(world, indexes)
    return world, Bundle(bundle.MEDIA_TYPE, Content.FULL, START, *period, (section,))


def verification(statements: int = 2_000) -> dict[str, float]:
    """Statements a second: decoding and verifying a bundle, and its floor, the bare check of the same signatures."""
    world, made = _made(statements)
    data = bundle.encode(made)
    trusted = world.policy()
    decoded = [statement.decode(entry) for entry in world.entries[4:]]
    keys.load(world.device.signer.public_key)  # parsed once, outside of what is measured

    started = time.process_time()
    for signed in decoded:
        signed.verify(world.device.signer.public_key)
    floor = statements / (time.process_time() - started)

    started = time.process_time()
    verdict = verify(bundle.decode(data), trusted, now=max(NOW, made.to_at))
    seconds = time.process_time() - started
    quantity = verdict.figures[0].quantity
    assert quantity == (statements - 1) * Decimal("0.25"), quantity
    return {
        "statements": statements,
        "bundle_bytes": len(data),
        "statements_per_second": statements / seconds,
        "floor_statements_per_second": floor,
        "ratio": statements / seconds / floor,
    }


def proof_sizes(sizes: tuple[int, ...] = PROOF_SIZES) -> dict[int, int]:
    """Bytes of a proof of one statement by the size of the log."""
    signer = p256("bench")
    out = {}
    for size in sizes:
        nodes = _Even(size)
        root = nodes.node(size.bit_length() - 1, 0)
        head = proof.sign_head("tallystick.example/bench/1", size, root, START, signer)
        path = tree.inclusion_path(nodes, size // 3, size)
        out[size] = len(Proof(head, (InclusionPath(size // 3, tuple(path)),)).encode())
    return out


class _Even:
    """The nodes of a log of equal leaves, whose size is a power of two: one hash a level."""

    def __init__(self, size: int) -> None:
        self._levels = [leaf_hash(b"")]
        while 1 << (len(self._levels) - 1) < size:
            self._levels.append(proof.node_hash(self._levels[-1], self._levels[-1]))

    def node(self, level: int, index: int) -> bytes:
        """See tree.Nodes."""
        return self._levels[level] if index >= 0 else b""


def totals_size(statements: int = 1_000) -> dict[str, int]:
    """Bytes of a totals-only bundle over a log of that many statements, and how many of them are key facts."""
    world = World()
    world.open()
    world.day(statements)
    made = world.bundle(Content.TOTALS, hours=statements)
    parts = contents.describe(made)["bytes"]
    return {"total": parts["total"], "key_facts": parts["key_facts"], "beyond": parts["total"] - parts["key_facts"]}


def results(statements: int = 2_000, totals: int = 1_000) -> dict[str, object]:
    """Everything measured here; `totals`: statements of the log that is told in totals alone."""
    return {"verification": verification(statements), "proof_bytes": proof_sizes(), "totals_bytes": totals_size(totals)}
