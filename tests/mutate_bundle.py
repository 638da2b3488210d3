"""Changes to a bundle that need no private key, with everything else made to fit again.

A mutation changes one thing as somebody would who holds the bundle and knows the format: fields of a section, places,
bytes of statements, header labels, links, heads of other sizes. Then indexes are put in order and cut hashes are
computed anew where the tree is known, so that what remains to catch it is the evidence and not the clumsiness.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from tally_chain import bundling, pruned
from tally_chain.bundle import AnchorClaim, Attachment, Bundle, Content, Entry, Link, Section
from tally_chain.tree import LeafNodes
from tally_edge import cbor, cose, keys
from tally_edge.errors import DecodeError
from tally_edge.proof import leaf_hash
from tests.world import World

Mutation = Callable[[Bundle, World, random.Random], Bundle]


def _first(bundle: Bundle) -> Section:
    return bundle.sections[0]


def _with(bundle: Bundle, **changes: Any) -> Bundle:
    section = dataclasses.replace(_first(bundle), **changes)
    return dataclasses.replace(bundle, sections=(section, *bundle.sections[1:]))


def _refit(bundle: Bundle, world: World, entries: list[Entry], size: int | None = None) -> Bundle:
    """The bundle with these entries, indexes ascending, and the hashes of a log in which they stood so."""
    known = list(world.entries)
    by_index = {entry.index: entry for entry in entries}
    size = _first(bundle).size if size is None else size
    for index, entry in by_index.items():
        while len(known) <= index:
            known.append(b"padding")
        known[index] = entry.statement
    while len(known) < size:
        known.append(b"padding")
    nodes = LeafNodes([leaf_hash(entry) for entry in known[:size]])
    indexes = sorted(index for index in by_index if index < size)
    return _with(
        bundle,
        size=size,
        entries=tuple(by_index[index] for index in indexes),
        hashes=tuple(pruned.cut_hashes(nodes, indexes, size)),
    )


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return b"\x00"
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _some(bundle: Bundle, rng: random.Random) -> int:
    return rng.randrange(len(_first(bundle).entries))


def flip_statement(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """One bit of a statement, the tree built over it anew."""
    entries = list(_first(bundle).entries)
    at = _some(bundle, rng)
    entries[at] = Entry(entries[at].index, _flip(entries[at].statement, rng))
    return _refit(bundle, world, entries)


def flip_statement_alone(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """One bit of a statement, hashes left as they were."""
    entries = list(_first(bundle).entries)
    at = _some(bundle, rng)
    entries[at] = Entry(entries[at].index, _flip(entries[at].statement, rng))
    return _with(bundle, entries=tuple(entries))


def change_header(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A statement with one label of its protected header changed, or one more in its unprotected header."""
    entries = list(_first(bundle).entries)
    at = _some(bundle, rng)
    sign1 = cose.decode_sign1(entries[at].statement)
    header = cbor.decode(sign1.protected)
    assert isinstance(header, dict)
    if rng.random() < 0.3:
        changed = dataclasses.replace(sign1, unprotected={4: b"x"})
    elif rng.random() < 0.5 and isinstance(header.get(15), dict):
        claims = dict(header[15])  # type: ignore[arg-type]
        label = rng.choice([6, -65537, 267])
        claims[label] = int(claims.get(label) or 0) + rng.choice([1, 3600])  # type: ignore[call-overload]
        changed = dataclasses.replace(sign1, protected=cbor.encode({**header, 15: claims}))
    else:
        algorithm = rng.choice(sorted(keys.CURVE_OF_ALGORITHM))
        changed = dataclasses.replace(sign1, protected=cbor.encode({**header, 1: algorithm}))
    entries[at] = Entry(entries[at].index, changed.encode())
    return _refit(bundle, world, entries)


def twin_signature(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """The high-s twin of a statement's signature."""
    entries = list(_first(bundle).entries)
    at = _some(bundle, rng)
    sign1 = cose.decode_sign1(entries[at].statement)
    s = keys.P256_ORDER - int.from_bytes(sign1.signature[32:], "big")
    twin = dataclasses.replace(sign1, signature=sign1.signature[:32] + s.to_bytes(32, "big"))
    entries[at] = Entry(entries[at].index, twin.encode())
    return _refit(bundle, world, entries)


def swap(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """Two statements change places."""
    entries = list(_first(bundle).entries)
    one, other = rng.sample(range(len(entries)), 2)
    entries[one], entries[other] = (
        Entry(entries[one].index, entries[other].statement),
        Entry(entries[other].index, entries[one].statement),
    )
    return _refit(bundle, world, entries)


def drop(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A statement is left out, its place shown by a hash."""
    entries = list(_first(bundle).entries)
    del entries[_some(bundle, rng)]
    return _refit(bundle, world, entries)


def drop_and_shrink(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A statement is left out and the log made shorter by one."""
    entries = [Entry(entry.index, entry.statement) for entry in _first(bundle).entries]
    gone = entries.pop(_some(bundle, rng))
    moved = [Entry(entry.index - (entry.index > gone.index), entry.statement) for entry in entries]
    return _refit(bundle, world, moved, max(1, _first(bundle).size - 1))


def duplicate(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A statement once more at the end of a longer log."""
    section = _first(bundle)
    again = Entry(section.size, section.entries[_some(bundle, rng)].statement)
    return _refit(bundle, world, [*section.entries, again], section.size + 1)


def other_size(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """Another size in the section, the head left as it was."""
    return _refit(bundle, world, list(_first(bundle).entries), max(1, _first(bundle).size + rng.choice([-2, -1, 1, 5])))


def older_head(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """The log's own head of a smaller size, with the statements that it holds."""
    smaller = World(entries=world.entries[: rng.randrange(1, len(world.entries))])
    smaller.proof_key, smaller.checkpoint_key = world.proof_key, world.checkpoint_key
    indexes = [entry.index for entry in _first(bundle).entries if entry.index < len(smaller.entries)]
    return dataclasses.replace(bundle, sections=(bundling.section(smaller, indexes),))


def flip_hash(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """One bit of a cut hash, or a hash more."""
    hashes = list(_first(bundle).hashes)
    if not hashes or rng.random() < 0.2:
        return _with(bundle, hashes=(*hashes, rng.randbytes(32)))
    at = rng.randrange(len(hashes))
    hashes[at] = _flip(hashes[at], rng)
    return _with(bundle, hashes=tuple(hashes))


def flip_head(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """One bit of the head, its signature or the checkpoint."""
    name = rng.choice(["head_protected", "head_signature", "checkpoint"])
    return _with(bundle, **{name: _flip(getattr(_first(bundle), name), rng)})


def rename_log(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """Another origin."""
    return _with(bundle, origin=rng.choice(["tallystick.example/mill/2", _first(bundle).origin + "x"]))


def section_twice(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """The section once more, at its head or an older one."""
    again = older_head(bundle, world, rng) if rng.random() < 0.5 else bundle
    return dataclasses.replace(bundle, sections=(_first(bundle), _first(again)))


def claim_anchor(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A claimed anchor and a link that nobody asked for."""
    claim = AnchorClaim(3, rng.randbytes(32), 1, bytes(32), bytes(20), bytes(32), 1, bytes(32), 1)
    return _with(bundle, anchors=(claim,), links=(Link(3, (rng.randbytes(32),)),))


def other_content(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """Full called totals, and the reverse."""
    other = Content.TOTALS if bundle.content is Content.FULL else Content.FULL
    return dataclasses.replace(bundle, content=other)


def other_period(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A longer, shorter or moved period."""
    return dataclasses.replace(
        bundle,
        from_at=bundle.from_at + rng.choice([-7200, -3600, 0, 3600]),
        to_at=bundle.to_at + rng.choice([-3600, 0, 3600, 7200]),
    )


def add_attachment(bundle: Bundle, world: World, rng: random.Random) -> Bundle:
    """A document that nobody signed for."""
    added = Attachment.carry("added.txt", "text/plain", b"added", rng.randbytes(16))
    return dataclasses.replace(bundle, attachments=(*(bundle.attachments or ()), added))


MUTATIONS: tuple[Mutation, ...] = (
    flip_statement, flip_statement_alone, change_header, twin_signature, swap, drop, drop_and_shrink, duplicate,
    other_size, older_head, flip_hash, flip_head, rename_log, section_twice, claim_anchor, other_content, other_period,
    add_attachment,
)  # fmt: skip


def mutate(bundle: Bundle, world: World, rng: random.Random) -> tuple[str, Bundle]:
    """One mutation by chance, and its name. One that does not apply here is drawn again."""
    while True:
        chosen = rng.choice(MUTATIONS)
        try:
            mutated = chosen(bundle, world, rng)
        except DecodeError:
            continue
        if mutated != bundle:
            return chosen.__name__, mutated
