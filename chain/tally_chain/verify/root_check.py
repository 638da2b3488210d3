"""Step 2.4: a head that is shown, and the heads of its log that the reader holds. Verdict-critical: no IO.

The same for a gateway's log and for a log of heads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tally_chain import tree
from tally_chain.errors import TreeError
from tally_chain.findings import Code, Ledger, Severity
from tally_chain.policy import PinnedRoot, Policy, RootSource, Standing

_INDEPENDENT_CHAINS: Final = (RootSource.PUBLIC, RootSource.CONSORTIUM)
STRENGTH: Final = {
    RootSource.PUBLIC: 3,
    RootSource.CONSORTIUM: 2,
    RootSource.OUT_OF_BAND: 2,
    RootSource.SELF_ANCHORED: 1,
}


@dataclass(frozen=True, slots=True)
class ShownHead:
    """A head whose signature was checked: how findings name its log, size, root, and the links to heads beside it."""

    touches: str
    size: int
    root: bytes
    links: Mapping[int, Sequence[bytes]]
    """Consistency paths by the size of the other head."""


def check_contradictions(pinned_roots: Iterable[PinnedRoot], touches: str, ledger: Ledger) -> None:
    """Heads of one log that can not all be true, whatever the bundle shows."""
    by_size: dict[int, bytes] = {}
    for pinned in pinned_roots:
        if by_size.setdefault(pinned.size, pinned.root) != pinned.root:
            ledger.add(Code.HEADS_CONTRADICT, touches, f"two roots of size {pinned.size}")
        elif pinned.standing is Standing.DISOWNED:
            ledger.add(Code.HEADS_CONTRADICT, touches, f"its chain does not show the head of size {pinned.size}")


def check_roots(shown: ShownHead, pinned_roots: Iterable[PinnedRoot], ledger: Ledger) -> tuple[PinnedRoot, ...]:
    """The pinned roots that the shown head equals or is consistent with, in order of size."""
    vouching = []
    unlinked = []
    for pinned in sorted(pinned_roots, key=lambda pinned: pinned.size):
        if pinned.size == shown.size:
            if pinned.root != shown.root:
                ledger.add(Code.LOG_REWRITTEN, shown.touches, f"size {pinned.size}")
            else:
                vouching.append(pinned)
            continue
        path = shown.links.get(pinned.size)
        if path is None:
            unlinked.append(pinned)
            continue
        try:
            if pinned.size < shown.size:
                tree.verify_consistency(pinned.size, pinned.root, shown.size, shown.root, path)
            else:
                tree.verify_consistency(shown.size, shown.root, pinned.size, pinned.root, path)
            vouching.append(pinned)
        except TreeError as error:
            ledger.add(Code.NOT_CONSISTENT, shown.touches, f"with the head of size {pinned.size}: {error}")
    _check_unlinked(shown.touches, vouching, unlinked, ledger)
    return tuple(vouching)


def _check_unlinked(touches: str, vouching: list[PinnedRoot], unlinked: list[PinnedRoot], ledger: Ledger) -> None:
    """A head that the reader holds and the bundle says nothing about: it might be of another tree.

    The contract accepts only consistent heads, so heads of one chain vouch for each other. Heads of another source
    must be linked; one that weighs more than all that vouch, or as much on another independent chain, and is left out,
    makes the verdict fail.
    """
    chains = {chain for pinned in vouching if (chain := _history_of(pinned)) is not None}
    strongest = max((STRENGTH[pinned.source] for pinned in vouching), default=0)
    for pinned in unlinked:
        if _history_of(pinned) in chains:
            continue
        least = strongest if pinned.source in _INDEPENDENT_CHAINS and pinned.chain_id is not None else strongest + 1
        graver = vouching and STRENGTH[pinned.source] >= least
        severity = Severity.FAILURE if graver else Severity.WARNING
        ledger.add(Code.ROOT_UNLINKED, touches, f"{pinned.source.value}, size {pinned.size}", severity)


def _history_of(pinned: PinnedRoot) -> tuple[RootSource, int] | None:
    """The history that a head is part of, None where that is not known.

    An operator can make its own chain anew. So heads that a reader noted there at different times are of one history
    only where the chain at hand shows them together.
    """
    if pinned.chain_id is None or pinned.standing is Standing.DISOWNED:
        return None
    if pinned.source in _INDEPENDENT_CHAINS or pinned.standing is Standing.SHOWN:
        return (pinned.source, pinned.chain_id)
    return None


def of_one_history(vouching: Iterable[PinnedRoot], pinned_roots: Iterable[PinnedRoot]) -> tuple[PinnedRoot, ...]:
    """The roots that vouch, and those of the same chain's history, whether the bundle links them or not.

    The contract took each only with the proof that it continues the one before, so they date entries as well: an entry
    that stands under the newest and below the size of an older one stood under that one too.
    """
    vouching = tuple(vouching)
    chains = {chain for pinned in vouching if (chain := _history_of(pinned)) is not None}
    beside = [pinned for pinned in pinned_roots if pinned not in vouching and _history_of(pinned) in chains]
    return (*vouching, *beside)


def dated(pinned_roots: Iterable[PinnedRoot]) -> list[PinnedRoot]:
    """A chain that the operator controls bounds nothing in time, so only independent roots date an entry."""
    return [
        pinned for pinned in pinned_roots if pinned.time is not None and pinned.source is not RootSource.SELF_ANCHORED
    ]


def kind_of_chain(pinned: PinnedRoot, policy: Policy) -> str:
    """For people: what an anchor stands on; of a consortium, who its members are."""
    if pinned.source is not RootSource.CONSORTIUM:
        return str(pinned.source.value)
    chain = policy.chain
    if chain is None or chain.chain_id != pinned.chain_id or not chain.members:
        return "consortium whose members the policy does not name"
    return f"consortium of {', '.join(chain.members)}"


def through(pinned: PinnedRoot) -> str:
    """For people: by which log of heads the reader came to hold a head."""
    return f", through the log of heads {pinned.via}" if pinned.via else ""
